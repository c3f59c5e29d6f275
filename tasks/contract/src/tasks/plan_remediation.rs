//! `plan-remediation`: what is dangerous in the live policy, and the smallest change that removes it.

use crate::error::task_error;
use crate::iam::{ANY_GROUP, ANY_OF_IAM, ANY_POLICY, ANY_ROLE, ANY_USER, MEMBER_SETTINGS, REACH_MEMBERS};
use crate::{Finding, Nature, Plan, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `plan-remediation`.
pub struct PlanRemediation;

impl Task for PlanRemediation {
    const NAME: &'static str = "plan-remediation";
    const SUMMARY: &'static str =
        "Analyses the live policy of a finding and plans the smallest change that removes its dangers.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:ListEntitiesForPolicy"],
            ANY_POLICY,
            "Reads what a managed policy says, and who has it.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Reads a role's trust policy, its inline policy, and whether a managed policy is attached.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
            ANY_USER,
            "Reads a user's inline policy, and whether a managed policy is attached.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Reads a group's inline policy, and whether a managed policy is attached.",
        ),
        Statement::allow(
            &["iam:GenerateServiceLastAccessedDetails"],
            ANY_OF_IAM,
            "Asks for the report of which services were used when.",
        ),
        Statement::allow(
            &["iam:GetServiceLastAccessedDetails"],
            &["*"],
            "Fetches that report. IAM knows no resource for it.",
        ),
        REACH_MEMBERS,
    ];
    const ENVIRONMENT: &'static [&'static str] = &["KNOWN_ACCOUNTS"];
    const SETTINGS: &'static [Setting] = MEMBER_SETTINGS;
    const TIMEOUT_SECONDS: u32 = 20;
    type Input = Input;
    type Output = Plan;
    type Error = Error;
}

/// What `plan-remediation` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding, whose subject is the policy.
    pub finding: Finding,
}

task_error! {}
