//! `snapshot-role`: the role as it is goes on record before anything changes. This arms the undo.

use crate::error::task_error;
use crate::iam::{ANY_ROLE, CASE_TABLE, MEMBER_SETTINGS, REACH_MEMBERS, keys};
use crate::{Before, Finding, Nature, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `snapshot-role`.
pub struct SnapshotRole;

impl Task for SnapshotRole {
    const NAME: &'static str = "snapshot-role";
    const SUMMARY: &'static str = "Records the role as it is, in the execution and in the case table.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Reads everything that decides what the role may do.",
        ),
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Keeps the first snapshot of a case: a repeated one must not record the containment as the state before.",
        )
        .when(keys!("before#*")),
        REACH_MEMBERS,
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE"];
    const SETTINGS: &'static [Setting] = MEMBER_SETTINGS;
    const TIMEOUT_SECONDS: u32 = 20;
    type Input = Input;
    type Output = Before;
    type Error = Error;
}

/// What `snapshot-role` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding, whose principal is the role.
    pub finding: Finding,
}

task_error! {
    /// The role is gone, or another role has its name now.
    RoleChanged,
    /// The role carries a policy of the name that containment would use, with another document.
    PolicyNameTaken,
}
