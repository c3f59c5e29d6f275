//! `verify-remediation`: does the change still hold, after the seconds in which somebody could have put it back?

use crate::error::task_error;
use crate::iam::{ANY_GROUP, ANY_ROLE, ANY_USER, MEMBER_SETTINGS, OWN_POLICY, REACH_MEMBERS};
use crate::{Nature, PolicyBefore, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `verify-remediation`.
pub struct VerifyRemediation;

impl Task for VerifyRemediation {
    const NAME: &'static str = "verify-remediation";
    const SUMMARY: &'static str = "Reads the policy again and says whether the remediation holds.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion"],
            OWN_POLICY,
            "Reads what a managed policy says now.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Reads a role's trust policy, its inline policy, and what is attached to it.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
            ANY_USER,
            "Reads a user's inline policy, and what is attached to it.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Reads a group's inline policy, and what is attached to it.",
        ),
        REACH_MEMBERS,
    ];
    const ENVIRONMENT: &'static [&'static str] = &[];
    const SETTINGS: &'static [Setting] = MEMBER_SETTINGS;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// What `verify-remediation` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The policy as it was recorded, with the change that was made.
    pub before: PolicyBefore,
}

/// What `verify-remediation` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// What it saw.
    pub state: Hold,
    /// In a sentence.
    pub detail: String,
}

/// Whether a remediation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hold {
    /// The policy is as the change made it.
    Holds,
    /// It is as it was before the change: somebody put it back. The change can be made again.
    PutBack,
    /// It is something else now: only a person can judge it.
    Drifted,
    /// The policy, or whoever had it, is gone: there is nothing left that is dangerous.
    Gone,
}

task_error! {}
