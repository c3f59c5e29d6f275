//! `remediate-policy`: the change that was recorded is made, and read back.

use crate::error::task_error;
use crate::iam::{
    ANY_GROUP, ANY_ROLE, ANY_USER, CASE_TABLE, MEMBER_SETTINGS, OWN_POLICY, REACH_MEMBERS, UNTOUCHABLE, keys,
};
use crate::{Nature, PolicyBefore, Remediated, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `remediate-policy`.
pub struct RemediatePolicy;

impl Task for RemediatePolicy {
    const NAME: &'static str = "remediate-policy";
    const SUMMARY: &'static str =
        "Makes the recorded change of a policy, if the policy is still what was recorded, and reads it back.";
    const NATURE: Nature = Nature::Act;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion"],
            OWN_POLICY,
            "Makes a safe version the default, and deletes the oldest other one where IAM has no room for a sixth.",
        ),
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"],
            OWN_POLICY,
            "Refuses a policy that is not what was recorded, and reads the change back.",
        ),
        Statement::allow(
            &[
                "iam:PutRolePolicy",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:UpdateAssumeRolePolicy",
            ],
            ANY_ROLE,
            "Changes or deletes a role's inline policy, detaches a managed one, or changes who may use the role.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Refuses a role that is not what was recorded, and reads the change back.",
        ),
        Statement::allow(
            &["iam:PutUserPolicy", "iam:DeleteUserPolicy", "iam:DetachUserPolicy"],
            ANY_USER,
            "Changes or deletes a user's inline policy, or detaches a managed one.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
            ANY_USER,
            "Refuses a user that is not what was recorded, and reads the change back.",
        ),
        Statement::allow(
            &["iam:PutGroupPolicy", "iam:DeleteGroupPolicy", "iam:DetachGroupPolicy"],
            ANY_GROUP,
            "Changes or deletes a group's inline policy, or detaches a managed one.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Refuses a group that is not what was recorded, and reads the change back.",
        ),
        Statement::allow(
            &["dynamodb:GetItem"],
            CASE_TABLE,
            "Reads what was recorded: it acts on that, whatever its input says.",
        )
        .when(keys!("before#*")),
        Statement::deny(
            &[
                "iam:CreatePolicyVersion",
                "iam:SetDefaultPolicyVersion",
                "iam:DeletePolicyVersion",
                "iam:PutRolePolicy",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:UpdateAssumeRolePolicy",
                "iam:PutUserPolicy",
                "iam:DeleteUserPolicy",
                "iam:DetachUserPolicy",
                "iam:PutGroupPolicy",
                "iam:DeleteGroupPolicy",
                "iam:DetachGroupPolicy",
            ],
            UNTOUCHABLE,
            "Never what is the responder's own, linked to a service, or managed by Identity Center.",
        ),
        REACH_MEMBERS,
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE"];
    const SETTINGS: &'static [Setting] = MEMBER_SETTINGS;
    const TIMEOUT_SECONDS: u32 = 20;
    type Input = Input;
    type Output = Remediated;
    type Error = Error;
}

/// What `remediate-policy` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The policy as it was recorded, with the change that it was recorded for.
    pub before: PolicyBefore,
}

task_error! {
    /// The policy is gone or says something else than was recorded. Nothing was changed.
    PolicyChanged,
    /// IAM refuses the change. At most the oldest version was deleted; the policy says what it said.
    CannotBeRemediated,
    /// The change was made, and reading it back showed something else.
    NotReadBack,
}
