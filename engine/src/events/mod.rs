//! EventBridge: which events a rule takes, what its targets get, and the bus that delivers them.

pub mod input;
pub mod pattern;
pub mod rule;
pub mod schedule;
pub mod target;

pub use crate::arn::Destination;
pub use pattern::Pattern;
pub use rule::{Rule, RuleError, RuleFile, Target};
pub use schedule::Schedule;
