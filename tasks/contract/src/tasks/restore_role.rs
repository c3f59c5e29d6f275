//! `restore-role`: removes exactly what `contain-role` put, and nothing else.

use crate::error::task_error;
use crate::iam::{ANY_ROLE, CASE_TABLE, MEMBER_SETTINGS, REACH_MEMBERS, UNTOUCHABLE_ROLES, keys};
use crate::{Before, Nature, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `restore-role`.
pub struct RestoreRole;

impl Task for RestoreRole {
    const NAME: &'static str = "restore-role";
    const SUMMARY: &'static str =
        "Removes the case's deny-all policy from the role, if it is still what was put, and verifies.";
    const NATURE: Nature = Nature::Undo;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:DeleteRolePolicy"],
            ANY_ROLE,
            "Removes the deny-all policy. IAM cannot narrow this call to one policy name; the task compares the document first.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Refuses on drift, reads back that the policy is gone, and says what else changed meanwhile.",
        ),
        Statement::allow(
            &["dynamodb:GetItem"],
            CASE_TABLE,
            "Reads what was recorded: it acts on that, whatever its input says.",
        )
        .when(keys!("before#*")),
        Statement::deny(
            &["iam:DeleteRolePolicy"],
            UNTOUCHABLE_ROLES,
            "Never the responder's own roles, service-linked roles, or those that Identity Center manages.",
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

/// What `restore-role` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The role as it was recorded.
    pub before: Before,
}

/// What `restore-role` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// Whether the policy was there to be removed. Restoring twice is restoring once.
    pub removed: bool,
    /// What else changed on the role since it was recorded, a sentence each. It was left alone.
    pub changed_meanwhile: Vec<String>,
}

task_error! {
    /// The policy is not what was put, or the role is another one now. Nothing was changed.
    Drifted,
    /// The policy was deleted, and reading back showed it again.
    NotReadBack,
}
