//! What a case is about. Findings of several services, and several calls, can be about one subject: one case answers them.

use super::ROUNDS;
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written, hash_of};
use crate::kinds::Registered;
use crate::text::digest;
use contract::{Fault, Finding, OtherCase, Target};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How many cases about a principal are kept, how many of them people are shown, and for how long.
const KEPT: usize = 20;
const SHOWN: usize = 5;
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

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

/// The record of the cases about the principal of the finding.
pub(super) fn principal(finding: &Finding, kind: &Registered) -> Result<Option<Key>, Fault> {
    let Target::Resource { resource, .. } = &finding.target else { return Ok(None) };
    let Some(principal) = (kind.principal)(resource)? else { return Ok(None) };
    // IAM does not tell names apart by their case.
    let digest = digest(&[&finding.account, principal.kind.word(), &principal.name.to_lowercase()]);
    Ok(Some(Key::principal(&digest.chars().take(24).collect::<String>())))
}

/// The cases about a principal, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Cases {
    cases: Vec<OtherCase>,
}

/// Adds a case to those about its principal, and returns the others of the last days.
pub(super) async fn others(
    table: &CaseTable,
    key: &Key,
    ours: OtherCase,
    aws: &Aws,
) -> Result<Vec<OtherCase>, Fault> {
    let is_recent = |case: &OtherCase| {
        let opened: Option<Timestamp> = case.opened_at.parse().ok();
        opened.is_some_and(|opened| aws.timestamp().duration_since(opened) < RECENT)
    };
    for _ in 0..ROUNDS {
        let record: Option<Record<Cases>> = table.get(key).await?;
        let mut all = record.as_ref().map(|record| record.value.clone()).unwrap_or_default();
        // A case that was opened again is the same case.
        all.cases.retain(|case| hash_of(&case.case_id) != hash_of(&ours.case_id));
        let others = all.cases.iter().filter(|case| is_recent(case)).take(SHOWN).cloned().collect();
        all.cases.insert(0, ours.clone());
        all.cases.truncate(KEPT);
        let written = match &record {
            None => table.create(key, &all).await?,
            Some(record) if record.value == all => Written::Yes,
            Some(record) => table.replace(key, record, &all).await?,
        };
        if written == Written::Yes {
            return Ok(others);
        }
    }
    Err(Fault::lost_race("adding the case to those of its principal"))
}
