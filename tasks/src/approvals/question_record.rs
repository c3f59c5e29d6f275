//! The record of a question in the case table.

use super::people::Person;
use crate::aws::case_table::{CaseTable, Key, Record};
use crate::aws::document;
use contract::{Answer, Fault, Finding, Looked, Plan, Question, Target};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The record of a question. It holds the task token, so it has no `Debug`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approval {
    pub(crate) approval_id: String,
    pub(crate) case_id: String,
    pub(crate) question: Question,
    pub(crate) execution: String,
    /// The task token, encrypted if there is a key: see `approvals::token`.
    pub(crate) task_token: String,
    pub(crate) expires_at: String,
    /// Who asked for this question after the window had passed, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) requested: Option<Requested>,
    /// The finding and the look, for the page.
    #[serde(default)]
    pub(crate) finding: Option<Finding>,
    #[serde(default)]
    pub(crate) looked: Option<Looked>,
    /// The address of the execution in the console.
    #[serde(default)]
    pub(crate) link: String,
    /// Patterns of the identities that may answer. An empty list is everybody.
    #[serde(default)]
    pub(crate) approvers: Vec<String>,
    /// How many people must say yes.
    #[serde(default = "one")]
    pub(crate) needed: u8,
    /// Patterns of the identities that may not answer.
    #[serde(default)]
    pub(crate) not_by: Vec<String>,
    /// The people who have said yes so far.
    #[serde(default)]
    pub(crate) approvals: Vec<Approved>,
    /// The key with which the forms of this question are signed.
    #[serde(default)]
    pub(crate) secret: String,
    /// The time at which the task token ends and the workflow asks again with another, if it does.
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
    /// How many calls have tried to pass the decision on to the execution.
    #[serde(default)]
    pub(crate) tries: u32,
    /// Whether the execution has it.
    #[serde(default)]
    pub(crate) delivered: bool,
}

/// A request to take the change of a case back after its window, by a person whom the API has authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Requested {
    pub(crate) by: String,
    pub(crate) reason: String,
    pub(crate) at: String,
    /// The name of the execution that offers the undo.
    pub(crate) run: String,
    /// How many requests there were.
    pub(crate) number: u32,
    /// Whether that execution was started.
    #[serde(default)]
    pub(crate) started: bool,
}

impl Requested {
    /// For people.
    pub(crate) fn sentence(&self) -> String {
        format!("{} asked at {} to take it back: {}", self.by, self.at, self.reason)
    }
}

/// The approval of one person.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approved {
    pub(crate) by: String,
    pub(crate) reason: String,
    pub(crate) at: String,
    /// The person, so that nobody approves twice, and so that an approval ends if its person may not answer any more.
    #[serde(default)]
    pub(crate) person: Option<Person>,
}

fn one() -> u8 {
    1
}

/// The most by which the clocks of a task and of the workflow differ, with the time that a call takes.
const SLACK: SignedDuration = SignedDuration::from_secs(20);

/// The SHA-256 of everything that people decide about: the question, the target and the plan. What people answer is the
/// question with this hash, and a question with another one is another question.
pub(crate) fn hash(question: &Question, looked: Option<&Looked>) -> Result<String, Fault> {
    let decided: (&Question, Option<(&Target, &Plan)>) =
        (question, looked.map(|looked| (&looked.target, &looked.plan)));
    let text = serde_json::to_string(&decided)
        .map_err(|error| Fault::internal("writing the question as JSON", error))?;
    Ok(document::hash_text(&text))
}

impl Approval {
    /// The hash of what people are shown and asked.
    pub(crate) fn hash(&self) -> Result<String, Fault> {
        hash(&self.question, self.looked.as_ref())
    }

    /// Whether the workflow is about to ask again, so that another task token follows one that has ended.
    pub(crate) fn is_asked_again(&self, now: Timestamp) -> bool {
        let again = self.again_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        again.is_some_and(|at| at.checked_sub(SLACK).is_ok_and(|at| at <= now)) && !self.has_expired(now)
    }

    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.parse::<Timestamp>().is_ok_and(|expires| expires <= now)
    }
}

/// The question that an opaque id names.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pointer {
    pub(crate) case_id: String,
    pub(crate) question: String,
}

/// The key of a question. A case has one record for each of its questions, so that asking twice is asking once.
pub(crate) fn question_key(pointer: &Pointer) -> Key {
    Key::question(&pointer.case_id, &pointer.question)
}

/// The question that an id names. A text that cannot be an id is not looked up.
pub(crate) async fn find(table: &CaseTable, id: &str) -> Result<Option<(Key, Record<Approval>)>, Fault> {
    let is_id = |id: &str| id.len() == 32 && id.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    if !is_id(id) {
        return Ok(None);
    }
    let pointer: Option<Record<Pointer>> = table.get(&Key::approval(id)).await?;
    let Some(pointer) = pointer else { return Ok(None) };
    let key = question_key(&pointer.value);
    let record: Option<Record<Approval>> = table.get(&key).await?;
    Ok(record.filter(|record| record.value.approval_id == id).map(|record| (key, record)))
}
