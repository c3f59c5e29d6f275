//! `check-guardrails`: may the role be contained, or the policy be changed, looked at as it is now?

use crate::error::task_error;
use crate::iam::{
    ANY_GROUP, ANY_POLICY, ANY_ROLE, ANY_USER, CASE_TABLE, MEMBER_SETTINGS, REACH_MEMBERS, keys,
};
use crate::{Finding, Nature, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `check-guardrails`.
pub struct CheckGuardrails;

impl Task for CheckGuardrails {
    const NAME: &'static str = "check-guardrails";
    const SUMMARY: &'static str =
        "Decides on the live role or policy whether to proceed, to ask first, or to hand over to people.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy"],
            ANY_ROLE,
            "Reads the role's unique id, path and tags at the last moment before it or its policy is changed.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy"],
            ANY_USER,
            "Reads the path and the tags of the user whose policy is to be changed, and whether a person wants that policy.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy"],
            ANY_GROUP,
            "Reads the path of the group whose policy is to be changed, and whether a person wants that policy.",
        ),
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListEntitiesForPolicy"],
            ANY_POLICY,
            "Reads the tags of the policy that is to be changed, what it says, and whether somebody protected has it.",
        ),
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Counts the changes of the last hour, so that a flood of findings cannot stop a company.",
        )
        .when(keys!("breaker")),
        Statement::allow(
            &["dynamodb:GetItem"],
            CASE_TABLE,
            "Knows what a person has taken back, and asks before it is changed again.",
        )
        .when(keys!("restored#*")),
        REACH_MEMBERS,
    ];
    const ENVIRONMENT: &'static [&'static str] =
        &["CASE_TABLE", "PROTECTED_ROLES", "RESPONDER_ROLES", "CONTAINMENTS_PER_HOUR"];
    const SETTINGS: &'static [Setting] = MEMBER_SETTINGS;
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
    /// The finding, whose principal must be the live role, or whose subject the live policy.
    pub finding: Finding,
    /// Whether a change follows. Only then is it counted.
    pub follows: Follows,
}

/// Whether a change follows the verdict: a containment or a remediation.
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
