//! Finds what an IAM policy allows that it should not, why that is dangerous, and the smallest change that removes it.
//!
//! Pure: text in, judgement out. The table of actions and the list of escalations are data from public sources, which
//! they name.

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
mod table;
mod trust;

#[cfg(test)]
mod cases;
#[cfg(test)]
pub(crate) mod laws;

pub use analyse::{Danger, Grant, Severity, identity, trust};
pub use diff::unified;
pub use document::Document;
pub use reading::Malformed;
pub use safe::{Remedy, trusts_nobody, without};
pub use table::{BrokenTable, tables};

use std::collections::BTreeSet;

/// The known accounts and organizations. To trust any other is a danger.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The account of the policy.
    pub account: String,
    /// Other accounts that are ours or trusted.
    pub accounts: BTreeSet<String>,
    /// Our organizations, such as `o-a1b2c3d4e5`.
    pub organizations: BTreeSet<String>,
}

impl Known {
    /// Whether the account is known.
    pub(crate) fn has(&self, account: &str) -> bool {
        self.account == account || self.accounts.contains(account)
    }
}
