//! `request-approval`: asks a person, and waits with a task token that never leaves the account.
//!
//! A workflow that reminds people, or does something else meanwhile, waits with one token until then, and asks `again` with
//! another. An answer that arrives between the two is on record. `answer-approval` passes it on with the new token if it
//! comes soon, and otherwise the workflow has it as the error `Answered`.

use crate::error::task_error;
use crate::{Finding, Looked, Nature, Question, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `request-approval`.
pub struct RequestApproval;

impl Task for RequestApproval {
    const NAME: &'static str = "request-approval";
    const NATURE: Nature = Nature::Ask;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// The input of `request-approval`. It has no `Debug`, since it holds a task token.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The ARN of the execution.
    pub execution: String,
    /// The task token. It goes into the case table and nowhere else.
    pub task_token: String,
    /// The question.
    pub question: Question,
    /// How long the question is open, in seconds.
    pub seconds: u64,
    /// How long the task token is valid, in seconds: the state's own timeout. If that is less than `seconds`, the
    /// workflow asks `again` then. Default: as long as the question is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_seconds: Option<u64>,
    /// Whether this reminds people of the question that the execution has asked before: it keeps its id, its expiry and
    /// the answers so far, and gets the new token.
    #[serde(default)]
    pub again: bool,
    /// Whether a question that is asked `again` only gets the new token, and nobody is reminded.
    #[serde(default)]
    pub quietly: bool,
    /// The finding.
    pub finding: Finding,
    /// The result of the look, which the question shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<Looked>,
    /// How many events had arrived before that look, as the output of `open-case` gives it. Without it, or with `again`, the
    /// question is asked whatever has arrived since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<u64>,
    /// Patterns of identities that may answer, instead of the setting `APPROVERS`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// How many people must say yes, 1 or 2, instead of the setting `APPROVALS_NEEDED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<u8>,
    /// Patterns of identities that may not answer, such as whoever caused the event. Sessions of the role that acted
    /// never may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_by: Vec<String>,
}

/// The output of `request-approval`, which is in the history while the question is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// The opaque id: 128 bits of randomness in hexadecimal. It names the question and does not answer it.
    pub approval_id: String,
    /// The question's name: `change` or `undo`.
    pub question: String,
    /// The time at which it expires, RFC 3339.
    pub expires_at: String,
}

task_error! {
    /// A person has answered the question since the last token ended. The message is the `Answer` as JSON.
    Answered {
        /// The answer.
        answer: String,
    } => "{answer}",
    /// An event has joined the case that the look may not have seen. Nobody was asked: look again.
    Overtaken {
        /// The case.
        case_id: String,
        /// How many events have arrived. The message begins with it, and the workflow reads it there.
        arrived: u64,
        /// How many had arrived before the look.
        seen: u64,
    } => "{arrived} events have arrived in the case `{case_id}`, and the look has seen {seen}",
}
