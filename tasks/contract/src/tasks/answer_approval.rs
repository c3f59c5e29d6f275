//! `answer-approval`: a person's decision, recorded once and passed on to the workflow.
//!
//! It is invoked in two ways. `redress approve`, `deny` and `undo` invoke the function itself with `Input`; who decides
//! is then the caller's word, and IAM says who may call. An HTTP API (payload 2.0, routes `GET`, `HEAD` and `POST
//! /approvals/{id}`) invokes its alias `page`; who decides is then what the API's authorizer has proven: a claim of a
//! JWT of an OIDC issuer, or the ARN behind a SigV4 signature. An event of an API that comes any other way than through
//! the alias is refused, since whoever may invoke the function could write one by hand and be anybody. So grant people
//! the function without a qualifier, grant the alias to the API alone, and make no API at all where there is no
//! authorizer: without one every request is answered with 401.

use crate::error::task_error;
use crate::{Decision, Nature, Task};
use serde::{Deserialize, Serialize};

/// The alias of the function through which an HTTP API invokes it, and nobody else may.
pub const PAGE: &str = "page";

/// The declaration of `answer-approval`.
pub struct AnswerApproval;

impl Task for AnswerApproval {
    const NAME: &'static str = "answer-approval";
    const NATURE: Nature = Nature::Ask;
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
    /// It counts, and more people are needed; or the same person said it before, and it counts once.
    Counted {
        /// The case.
        case_id: String,
        /// The decision.
        decision: Decision,
        /// Who has said it so far.
        by: Vec<String>,
        /// How many people are needed.
        needed: u8,
        /// Whether it had been said before.
        repeated: bool,
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
    UnknownApproval {
        /// The id.
        id: String,
    } => "there is no question `{id}`",
    /// The decision does not answer this question.
    WrongDecision {
        /// The decision.
        decision: String,
        /// The decisions that would answer it.
        possible: String,
    } => "`{decision}` does not answer this question; {possible} would",
    /// The person may not answer this question.
    NotAllowed {
        /// Why not.
        why: String,
    } => "{why}",
}
