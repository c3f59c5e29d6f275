//! What an IAM policy allows that it should not, why that is dangerous, and the smallest change that puts it right.
//!
//! Pure: text in, judgement out. The table of actions and the list of escalations are data, made from public sources
//! that they name.

pub mod actions;
pub mod analyse;
mod conditions;
pub mod diff;
pub mod document;
pub mod escalation;
mod grants;
mod identity;
pub mod matching;
mod reading;
mod resource;
pub mod safe;
mod trust;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod laws;

pub use analyse::{Danger, Grant, Severity, identity, trust};
pub use diff::{harmless, unified};
pub use document::Document;
pub use reading::Malformed;
pub use safe::{Remedy, trusts_nobody, without};

use std::collections::BTreeSet;

/// Whom we know: to trust anybody else is a danger.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The account that the policy stands in.
    pub account: String,
    /// The other accounts that belong to us or are trusted.
    pub accounts: BTreeSet<String>,
    /// Our organizations, such as `o-a1b2c3d4e5`.
    pub organizations: BTreeSet<String>,
}

impl Known {
    /// Whether this is an account of ours.
    pub(crate) fn has(&self, account: &str) -> bool {
        self.account == account || self.accounts.contains(account)
    }
}
