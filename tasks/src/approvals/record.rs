//! A question as the case table keeps it.

use crate::aws::case_table::{CaseTable, Key, Record};
use contract::{Answer, Context, Fault, Finding, Question};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A question as the case table keeps it. It holds the task token, so it is neither logged nor printed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approval {
    pub(crate) approval_id: String,
    pub(crate) case_id: String,
    pub(crate) question: Question,
    pub(crate) execution: String,
    /// The task token, or what KMS made of it: see `approval::token`.
    pub(crate) task_token: String,
    pub(crate) expires_at: String,
    /// What the question is about, for the page.
    #[serde(default)]
    pub(crate) finding: Option<Finding>,
    #[serde(default)]
    pub(crate) context: Option<Context>,
    /// Where the run can be looked at.
    #[serde(default)]
    pub(crate) link: String,
    /// Who may answer, as patterns; none is everybody.
    #[serde(default)]
    pub(crate) approvers: Vec<String>,
    /// How many people must say yes.
    #[serde(default = "one")]
    pub(crate) needed: u8,
    /// Who may not answer, as patterns.
    #[serde(default)]
    pub(crate) not_by: Vec<String>,
    /// Who has said yes so far.
    #[serde(default)]
    pub(crate) approvals: Vec<Approved>,
    /// What the forms of this question are signed with.
    #[serde(default)]
    pub(crate) secret: String,
    /// When the task token ends and the workflow asks again with another, if it does.
    #[serde(default)]
    pub(crate) again_at: Option<String>,
    /// Whether people were told.
    pub(crate) told: bool,
    /// Whether people were reminded.
    #[serde(default)]
    pub(crate) reminded: bool,
    /// The decision, once there is one.
    #[serde(default)]
    pub(crate) answer: Option<Answer>,
    /// How often somebody set out to pass the decision on to the execution.
    #[serde(default)]
    pub(crate) tries: u32,
    /// Whether the execution has it.
    #[serde(default)]
    pub(crate) delivered: bool,
}

/// That a person said yes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approved {
    pub(crate) by: String,
    pub(crate) reason: String,
    pub(crate) at: String,
    /// What makes it the same person, whatever the name.
    pub(crate) voice: String,
}

fn one() -> u8 {
    1
}

/// How far the clocks of a task and of the workflow may be apart, and how long a call may be under way.
const SLACK: SignedDuration = SignedDuration::from_secs(20);

impl Approval {
    /// Whether the workflow is about to ask again, so that a task token that is not good any more is followed by another.
    pub(crate) fn is_asked_again(&self, now: Timestamp) -> bool {
        let again = self.again_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        again.is_some_and(|at| at.checked_sub(SLACK).is_ok_and(|at| at <= now)) && !self.has_expired(now)
    }

    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.parse::<Timestamp>().is_ok_and(|expires| expires <= now)
    }
}

/// Which question an opaque id names.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pointer {
    pub(crate) case_id: String,
    pub(crate) question: String,
}

/// Where a case's question stands: one place for each kind, so that asking twice is asking once.
pub(crate) fn place(pointer: &Pointer) -> Key {
    Key::question(&pointer.case_id, &pointer.question)
}

/// The question that an id names. What is no id of ours is not even looked for.
pub(crate) async fn find(table: &CaseTable, id: &str) -> Result<Option<(Key, Record<Approval>)>, Fault> {
    let is_id = |id: &str| id.len() == 32 && id.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    if !is_id(id) {
        return Ok(None);
    }
    let pointer: Option<Record<Pointer>> = table.get(&Key::approval(id)).await?;
    let Some(pointer) = pointer else { return Ok(None) };
    let key = place(&pointer.value);
    let record: Option<Record<Approval>> = table.get(&key).await?;
    Ok(record.filter(|record| record.value.approval_id == id).map(|record| (key, record)))
}
