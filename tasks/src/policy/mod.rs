//! Finds what an IAM policy allows that it should not, why that is dangerous, and the smallest change that removes it.
//!
//! Pure: text in, judgement out. A danger follows from a witness: requests that the document allows, and that are not tied
//! to anything known. What is known about AWS (actions, requests, condition keys, issuers, escalations) is data from public
//! sources, which the tables name.

mod access;
pub mod actions;
pub mod analyse;
mod construct;
mod dates;
pub mod diff;
pub mod document;
pub mod escalation;
mod found;
mod grants;
mod home;
mod identity;
mod ids;
mod issuers;
mod keys;
mod knowledge;
mod managed;
pub mod matching;
mod names;
mod narrow;
mod operators;
mod outsider;
mod reading;
pub mod request;
mod requests;
mod resource;
mod rules;
pub mod safe;
mod solver;
mod table;
mod tagging;
mod targets;
mod ties;
mod trust;
pub mod verdict;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod forms;
#[cfg(test)]
pub(crate) mod laws;

pub use analyse::{Danger, Grant, Severity, Unjudged, identity, identity_within, trust, trust_within};
pub use diff::unified;
pub use document::Document;
pub use matching::Effort;
pub use narrow::narrowed;
pub use reading::Malformed;
pub use request::{Context, Request, Witness};
pub use safe::{Remedy, trusts_nobody, without};
pub use table::{BrokenTable, tables};
pub use verdict::{Ask, Stake, Verdict, asks, verdict};

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
    /// Our networks: in CIDR notation, or the ids of VPCs and of VPC endpoints.
    pub networks: BTreeSet<String>,
    /// Whose jobs are ours at an identity provider that everybody can use, such as
    /// `token.actions.githubusercontent.com/octo-org`. Where none is named for a provider, any owner that a policy names
    /// is taken for one of ours.
    pub owners: BTreeSet<String>,
    /// Roles and users that nobody else should reach: names with their paths, or ARNs, with wildcards. Protected ones,
    /// administrators, and those of this program.
    pub protected: BTreeSet<String>,
    /// The ARNs of the users, groups and roles that have the policy, and of the policy itself where it is a managed one:
    /// to change them is to change one's own permissions.
    pub holders: BTreeSet<String>,
    /// Whether IAM gave the trust policy back: there a unique id stands for a principal that was deleted. Somebody who
    /// writes one can name a living principal of any account by it.
    pub saved: bool,
    /// The time of the judgement, in seconds since 1970: no earlier time comes again. Where it is not said it is 0, and
    /// every time is still to come.
    pub now: i64,
}

/// Whether this is an owner at an identity provider that everybody can use, as [`Known::owners`] has them.
pub fn is_oidc_owner(text: &str) -> bool {
    knowledge::knowledge().is_ok_and(|tables| tables.issuers.has_owner(text))
}

/// Whether this is a network in CIDR notation, a VPC or a VPC endpoint, as [`Known::networks`] has them.
pub fn is_network(text: &str) -> bool {
    let id = text.strip_prefix("vpc-").or_else(|| text.strip_prefix("vpce-"));
    let is_id = |id: &str| id.len() >= 8 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    operators::Network::read(text).is_some() || id.is_some_and(is_id)
}

impl Known {
    /// Whether this is an account of ours.
    pub(crate) fn has(&self, account: &str) -> bool {
        self.account == account || self.accounts.contains(account)
    }
}
