//! `answer-approval`: a person's decision, recorded once and passed on to the workflow.
//!
//! It is invoked by an HTTP API (payload 2.0) and by nothing else, through its alias `page`. The API has authenticated who
//! decides: by a claim of a JWT of an OIDC issuer (routes `GET`, `HEAD` and `POST /approvals/{id}`, for browsers), or by a
//! SigV4 signature (`GET` and `POST /answers/{id}`, for `redress`). A direct invocation decides nothing, since whoever may
//! invoke a function can write any name into the payload. With the id of a case in the place of a question's, a `POST` that
//! accepts JSON asks to take the case's change back: it starts the run that offers the undo, and decides nothing.
//! So grant the alias to the API alone, and make no route without
//! an authorizer: without one every request is answered with 401.

use crate::error::task_error;
use crate::{Decision, Nature, Task};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The alias of the function through which an HTTP API invokes it, and nobody else may.
pub const PAGE: &str = "page";

/// The declaration of `answer-approval`.
pub struct AnswerApproval;

impl Task for AnswerApproval {
    const NAME: &'static str = "answer-approval";
    const NATURE: Nature = Nature::Ask;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Value;
    type Output = Output;
    type Error = Error;
}

/// The result of a decision, as the command line gets it.
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
    /// The undo of a case whose window has passed is offered again by a run of its own, as somebody asked for.
    Asked {
        /// The case.
        case_id: String,
        /// The name of the run.
        run: String,
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
    /// The change of this case cannot be taken back.
    NotRestorable {
        /// The case.
        case_id: String,
        /// Why not.
        why: String,
    } => "the change of the case `{case_id}` cannot be taken back: {why}",
    /// The person may not answer this question.
    NotAllowed {
        /// Why not.
        why: String,
    } => "{why}",
}
