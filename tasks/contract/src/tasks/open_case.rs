//! `open-case`: turns an event into a finding and opens its case, once, however often the event is delivered.

use crate::error::task_error;
use crate::{CaseStatus, Finding, Looked, Mode, Nature, Recorded, Task};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The declaration of `open-case`.
pub struct OpenCase;

impl Task for OpenCase {
    const NAME: &'static str = "open-case";
    const NATURE: Nature = Nature::Look;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// The input of `open-case`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The event, as EventBridge delivered it.
    pub event: Value,
    /// The id of a case whose change is to be taken back after its window, in the place of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<String>,
    /// The name of the response's kind, which reads the target from the event.
    pub kind: String,
    /// How far the workflow may go. It is checked here, so that a wrong word fails before anything is done.
    pub mode: Mode,
    /// The ARN of the execution.
    pub execution: String,
    /// The start time of the execution, RFC 3339.
    pub started: String,
    /// Whether the change of the earlier case still holds, if the first answer was to verify it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
    /// Whether the case is opened without the case table, which could not be reached: the response must not wait for it.
    #[serde(default)]
    pub unrecorded: bool,
}

/// The output of `open-case`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// Whether the execution has anything to do.
    pub disposition: Disposition,
    /// Why, in one sentence.
    pub reason: String,
    /// The case id: twelve hexadecimal digits of a hash of response, source, account, region and finding, and a number if the
    /// case was opened again.
    /// A case that is not on record has `x` and eight digits of the event's hash.
    pub case_id: String,
    /// The finding.
    pub finding: Finding,
    /// How many events have arrived in the case.
    pub occurrences: u64,
    /// The change that is to be verified, or that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Box<Recorded>>,
    /// How long to wait before it is verified, in seconds: it may have been recorded only a moment ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_seconds: Option<u64>,
    /// How the case ended of which people are to be reminded; `Open` if it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<CaseStatus>,
    /// What people are asked about at this moment, if the event joined a case with an open question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Box<Looked>>,
    /// Whether the circumstances of that question are others than those of the event: another source, session or target.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other_circumstances: bool,
}

/// What is to be done with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disposition {
    /// The case is open, and this execution has it.
    Opened,
    /// Another execution has the case, or it has ended. This occurrence was added to it.
    AlreadyHandled,
    /// The target was changed by an earlier case: verify that change, and call the task again with the result.
    VerifyFirst,
    /// Another execution has the case, or changed the target. The occurrence was added to it, and people may not know what it
    /// brought: look, and tell them.
    Joined,
    /// The case has ended, and people were last told of it some time ago, or a person asked for it: tell them. This
    /// occurrence was added to it.
    Remind,
    /// A person asked to take the change of the case back after its window. The case is open again, and this execution has
    /// it: offer the undo.
    Restore,
    /// The event is a sample, is settled or archived, or was caused by the responder itself.
    Ignored,
}

task_error! {
    /// The event is not a finding that the responder can read.
    UnreadableEvent {
        /// What is missing or wrong.
        why: String,
    } => "the event cannot be read: {why}",
    /// The change of the case cannot be taken back.
    NotRestorable {
        /// The case.
        case_id: String,
        /// Why not.
        why: String,
    } => "the change of the case `{case_id}` cannot be taken back: {why}",
    /// Other executions wrote to the case at the same moment. Retried: one of them has it by then.
    CaseContended {
        /// The id of the finding.
        finding: String,
        /// How often the write was tried.
        rounds: usize,
    } => "other events of the finding `{finding}` were faster, {rounds} times",
}
