//! What people are asked about a case, for the events that join it: without the task token, which is in the question's record.

use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::text::digest;
use contract::{Fault, Finding, Looked};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The question whether the planned change of a case may be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    /// The execution that asked it.
    pub(crate) execution: String,
    pub(crate) expires_at: String,
    /// What people were shown.
    pub(crate) looked: Option<Looked>,
    /// As [`circumstances`] of the finding that they were shown.
    pub(crate) circumstances: String,
}

impl Asked {
    /// Writes it over that of an earlier question of the case.
    pub(crate) async fn write(&self, table: &CaseTable, case_id: &str) -> Result<(), Fault> {
        let key = Key::asked(case_id);
        let record: Option<Record<Self>> = table.get(&key).await?;
        let written = match &record {
            None => table.create(&key, self).await?,
            Some(record) if record.value == *self => Written::Yes,
            Some(record) => table.replace(&key, record, self).await?,
        };
        match written {
            Written::Yes => Ok(()),
            Written::No => Err(Fault::lost_race("recording what people are asked")),
        }
    }

    /// The question that an execution asked and that has not expired.
    pub(crate) async fn open(
        table: &CaseTable,
        case_id: &str,
        execution: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, Fault> {
        let record: Option<Record<Self>> = table.get(&Key::asked(case_id)).await?;
        let is_open = |asked: &Self| {
            asked.execution == execution
                && asked.expires_at.parse::<Timestamp>().is_ok_and(|expires| expires > now)
        };
        Ok(record.map(|record| record.value).filter(is_open))
    }
}

/// A digest of what a person who decides about a finding is shown of the circumstances: from where and in whose session
/// the credentials were used, and on what. Access keys are not in it, since those of a role change every few hours.
pub(crate) fn circumstances(finding: &Finding) -> String {
    let actor = finding.actor.clone().unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let digest = digest(&[
        &actor.name,
        &text(&actor.session),
        &text(&actor.source_identity),
        &text(&actor.ip),
        &text(&actor.country),
        &text(&actor.organization),
        &text(&actor.account),
        finding.target.what(),
    ]);
    digest.chars().take(16).collect()
}
