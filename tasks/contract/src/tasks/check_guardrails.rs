//! `check-guardrails`: may the role be contained, looked at as it is now?

use crate::error::task_error;
use crate::iam::{ANY_ROLE, CASE_TABLE, keys};
use crate::{Finding, Nature, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `check-guardrails`.
pub struct CheckGuardrails;

impl Task for CheckGuardrails {
    const NAME: &'static str = "check-guardrails";
    const SUMMARY: &'static str =
        "Decides on the live role whether to proceed, to ask first, or to hand over to people.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:GetRole"],
            ANY_ROLE,
            "Reads the role's unique id, path and tags at the last moment before it is contained.",
        ),
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Counts the containments of the last hour, so that a flood of findings cannot stop a company.",
        )
        .when(keys!("breaker")),
    ];
    const ENVIRONMENT: &'static [&'static str] =
        &["CASE_TABLE", "PROTECTED_ROLES", "RESPONDER_ROLES", "CONTAINMENTS_PER_HOUR"];
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Verdict;
    type Error = Error;
}

/// What `check-guardrails` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding, whose principal must be the live role.
    pub finding: Finding,
    /// Whether a containment follows. Only then is it counted.
    pub follows: Follows,
}

/// Whether a containment follows the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Follows {
    /// None follows: the verdict is for people.
    Never,
    /// One follows if nothing speaks against it.
    IfClear,
    /// A person has approved one.
    Approved,
}

/// What `check-guardrails` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verdict {
    /// What may be done.
    pub decision: Ruling,
    /// Why: one reason for each guardrail that spoke. `Proceed` has none.
    pub reasons: Vec<Reason>,
}

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ruling {
    /// Nothing speaks against it.
    Proceed,
    /// A person may overrule what speaks against it.
    AskFirst,
    /// It must not be done by this workflow, whoever says so.
    HandOver,
}

/// A guardrail that spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reason {
    /// The guardrail, such as `exempt-tag`.
    pub guardrail: String,
    /// What it says, in a sentence.
    pub message: String,
}

task_error! {
    /// Too many executions count their containment at the same moment. Retry.
    BreakerContended,
}
