//! `snapshot-policy`: the policy as it is goes on record before anything changes. This arms the undo.

use crate::error::task_error;
use crate::iam::{
    ANY_GROUP, ANY_POLICY, ANY_ROLE, ANY_USER, CASE_TABLE, MEMBER_SETTINGS, REACH_MEMBERS, keys,
};
use crate::{Change, Finding, Nature, PolicyBefore, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `snapshot-policy`.
pub struct SnapshotPolicy;

impl Task for SnapshotPolicy {
    const NAME: &'static str = "snapshot-policy";
    const SUMMARY: &'static str = "Records the policy as it is and the change that is planned for it, in the execution and in the case table.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:ListEntitiesForPolicy"],
            ANY_POLICY,
            "Reads everything of a managed policy that the undo needs.",
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
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Keeps the first snapshot of a case: a repeated one must not record the remediation as the state before.",
        )
        .when(keys!("before#*")),
        REACH_MEMBERS,
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE", "KNOWN_ACCOUNTS"];
    const SETTINGS: &'static [Setting] = MEMBER_SETTINGS;
    const TIMEOUT_SECONDS: u32 = 20;
    type Input = Input;
    type Output = PolicyBefore;
    type Error = Error;
}

/// What `snapshot-policy` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding, whose subject is the policy.
    pub finding: Finding,
    /// The change that was planned, and shown to people. The task works it out anew and refuses where it is another.
    pub change: Change,
}

task_error! {
    /// The policy is gone or says something else than when the change was planned. Plan anew.
    PolicyChanged,
}
