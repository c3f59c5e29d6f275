//! `restore-policy`: takes back exactly what `remediate-policy` changed, and nothing else.

use crate::error::task_error;
use crate::iam::{
    ANY_GROUP, ANY_ROLE, ANY_USER, CASE_TABLE, MEMBER_SETTINGS, OWN_POLICY, REACH_MEMBERS, UNTOUCHABLE, keys,
};
use crate::{Nature, PolicyBefore, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `restore-policy`.
pub struct RestorePolicy;

impl Task for RestorePolicy {
    const NAME: &'static str = "restore-policy";
    const SUMMARY: &'static str = "Puts the policy back as it was recorded, if it is still what the remediation made of it, and verifies.";
    const NATURE: Nature = Nature::Undo;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:CreatePolicyVersion"],
            OWN_POLICY,
            "Makes the recorded version the default again, deletes the one that was made, and gives back the one that made room.",
        ),
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:ListEntitiesForPolicy"],
            OWN_POLICY,
            "Refuses on drift, reads back what it restored, and says what else changed meanwhile.",
        ),
        Statement::allow(
            &["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"],
            ANY_ROLE,
            "Puts a role's inline or trust policy back, or attaches the managed one again.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Refuses on drift, and reads back what it restored.",
        ),
        Statement::allow(
            &["iam:PutUserPolicy", "iam:AttachUserPolicy"],
            ANY_USER,
            "Puts a user's inline policy back, or attaches the managed one again.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
            ANY_USER,
            "Refuses on drift, and reads back what it restored.",
        ),
        Statement::allow(
            &["iam:PutGroupPolicy", "iam:AttachGroupPolicy"],
            ANY_GROUP,
            "Puts a group's inline policy back, or attaches the managed one again.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Refuses on drift, and reads back what it restored.",
        ),
        Statement::allow(
            &["dynamodb:GetItem"],
            CASE_TABLE,
            "Reads what was recorded: it acts on that, whatever its input says.",
        )
        .when(keys!("before#*")),
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Remembers what a person took back, so that the next finding about it is a question and no change.",
        )
        .when(keys!("restored#*")),
        Statement::deny(
            &[
                "iam:SetDefaultPolicyVersion",
                "iam:DeletePolicyVersion",
                "iam:CreatePolicyVersion",
                "iam:PutRolePolicy",
                "iam:AttachRolePolicy",
                "iam:UpdateAssumeRolePolicy",
                "iam:PutUserPolicy",
                "iam:AttachUserPolicy",
                "iam:PutGroupPolicy",
                "iam:AttachGroupPolicy",
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
    type Output = Output;
    type Error = Error;
}

/// What `restore-policy` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The policy as it was recorded, with the change that was made.
    pub before: PolicyBefore,
}

/// What `restore-policy` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// Whether there was something to take back. Restoring twice is restoring once.
    pub restored: bool,
    /// What else changed since it was recorded, a sentence each. It was left alone.
    pub changed_meanwhile: Vec<String>,
    /// What IAM cannot give back as it was, a sentence each.
    pub not_as_before: Vec<String>,
}

task_error! {
    /// The policy is not what the remediation made of it, or it is another one now. Nothing was changed.
    Drifted,
    /// IAM refuses to put it back.
    CannotBeRestored,
    /// It was put back, and reading it back showed something else.
    NotReadBack,
}
