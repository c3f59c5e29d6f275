//! `open-case`: one event in, one case out, however often the event comes.

use crate::error::task_error;
use crate::iam::{CASE_TABLE, MEMBER_SETTINGS, REACH_MEMBERS, keys};
use crate::{Finding, Mode, Nature, Setting, Statement, Task};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The declaration of `open-case`.
pub struct OpenCase;

impl Task for OpenCase {
    const NAME: &'static str = "open-case";
    const SUMMARY: &'static str = "Turns an event into a finding and opens its case, once.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Opens a case with a conditional put, so that a repeated event joins the open one.",
        )
        .when(keys!("finding#*")),
        Statement::allow(
            &["states:DescribeExecution"],
            &["${Executions}"],
            "Takes over a case whose execution ended without closing it.",
        ),
        Statement::allow(
            &["iam:ListPolicies"],
            &["*"],
            "Finds the ARN of the policy that AWS Config names by its unique id. IAM cannot narrow this call to a resource.",
        ),
        REACH_MEMBERS,
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE", "RESPONDER_ROLES"];
    const SETTINGS: &'static [Setting] = MEMBER_SETTINGS;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// What `open-case` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The event, as EventBridge delivered it.
    pub event: Value,
    /// How far the workflow may go. It is only checked here, so that a wrong word fails before anything is done.
    pub mode: Mode,
    /// The ARN of the execution.
    pub execution: String,
    /// When the execution started, RFC 3339.
    pub started: String,
}

/// What `open-case` gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// Whether there is something to do.
    pub disposition: Disposition,
    /// Why, in a sentence.
    pub reason: String,
    /// The case: twelve hexadecimal digits of the finding, and a number where it was opened again.
    pub case_id: String,
    /// The finding.
    pub finding: Finding,
    /// How many events of this finding there have been.
    pub occurrences: u64,
}

/// What is to be done with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disposition {
    /// The case is open, and this execution has it.
    Opened,
    /// Another execution has it; this occurrence was added.
    AlreadyHandled,
    /// It is a sample, it is settled or archived, or the responder itself caused it.
    Ignored,
}

task_error! {
    /// The event is not a finding that the responder can read.
    UnreadableEvent,
    /// Two executions opened the case at the same moment. Retry: one of them has it now.
    CaseContended,
}
