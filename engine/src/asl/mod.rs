//! The Amazon States Language: from text to a `StateMachine`, or to every problem that it has.
//!
//! Illegal combinations have no value in these types: there is no state with both `Next` and `End`, no transition to a
//! state that is not there, and no `Parameters` on a JSONata state.

mod definition;
mod evaluated;
mod fields;
mod graph;
mod handlers;
mod machine;
mod names;
mod problem;
mod query;
mod source;
pub mod state;
mod states_fields;
mod template;
mod variables;
pub mod warnings;

pub(crate) use evaluated::references;
pub(crate) use graph::machines;
pub use handlers::{Catcher, Retrier};
pub use machine::{StateId, StateMachine, States, processor_of};
pub use names::{ErrorName, ErrorPattern};
pub(crate) use problem::settled;
pub use problem::{Problem, Rule, Severity};
pub use query::QueryLanguage;
pub use source::{Origin, ResultPath, Select, Source};
pub(crate) use state::label::{WrongLabel, is_forbidden};
pub use state::{Kind, State, Transition};
pub use template::{Setting, Template};
pub use warnings::Page;

#[cfg(test)]
mod tests;
