//! `answer-approval`: a person's decision, recorded once and passed on to the workflow.

use crate::error::task_error;
use crate::iam::{CASE_TABLE, keys};
use crate::{Decision, Nature, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `answer-approval`.
pub struct AnswerApproval;

impl Task for AnswerApproval {
    const NAME: &'static str = "answer-approval";
    const SUMMARY: &'static str =
        "Records who decided what and why, once, and answers the workflow's task token.";
    const NATURE: Nature = Nature::Ask;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Reads the question and records the decision with a conditional put, so that the first one counts.",
        )
        .when(keys!("question#*", "approval#*")),
        Statement::allow(
            &["states:SendTaskSuccess", "states:SendTaskFailure"],
            &["${StateMachines}"],
            "Passes the decision on to the execution that waits for it.",
        ),
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE"];
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// What `answer-approval` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The opaque id of the question.
    pub approval_id: String,
    /// The decision.
    pub decision: Decision,
    /// Who decides.
    pub by: String,
    /// Why. It must not be empty.
    pub reason: String,
}

/// What `answer-approval` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all_fields = "camelCase")]
pub enum Output {
    /// The decision counts.
    Decided {
        /// The case.
        case_id: String,
        /// The decision.
        decision: Decision,
    },
    /// Somebody decided before: that decision counts.
    AlreadyDecided {
        /// The case.
        case_id: String,
        /// The decision that counts.
        decision: Decision,
        /// Who made it.
        by: String,
        /// Why.
        reason: String,
        /// When, RFC 3339.
        at: String,
    },
    /// It is too late: the question has expired, and its default was taken.
    Expired {
        /// The case.
        case_id: String,
        /// When it expired, RFC 3339.
        expired_at: String,
    },
}

task_error! {
    /// There is no question with this id.
    UnknownApproval,
    /// The decision does not answer this question.
    WrongDecision,
}
