//! What a case is about. Findings of several services, and several calls, can be about one subject: one case answers them.

use crate::aws::case_table::Key;
use crate::common::case::digest;
use crate::kinds::Registered;
use contract::{Fault, Finding, Target};
use serde::{Deserialize, Serialize};

/// The latest case about a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claim {
    /// The hash that names the record of the case.
    pub(super) hash: String,
    pub(super) case_id: String,
    /// The execution that opened it.
    pub(super) execution: String,
}

/// The record of the finding's subject. A response that only tells has none: each of its findings is news of its own.
pub(super) fn key(finding: &Finding, kind: &Registered, lane: &str) -> Result<Option<Key>, Fault> {
    match &finding.target {
        Target::Resource { resource, .. } if kind.changes => {
            let subject = (kind.subject)(resource)?;
            let digest = digest(&[lane, kind.name, &finding.account, &subject]);
            Ok(Some(Key::subject(&digest.chars().take(24).collect::<String>())))
        }
        Target::Resource { .. } | Target::Other { .. } => Ok(None),
    }
}
