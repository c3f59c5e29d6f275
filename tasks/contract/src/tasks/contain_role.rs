//! `contain-role`: the deny-all policy goes on the role, and is read back.

use crate::error::task_error;
use crate::iam::{ANY_ROLE, CASE_TABLE, MEMBER_SETTINGS, REACH_MEMBERS, UNTOUCHABLE_ROLES, keys};
use crate::{Before, Contained, Nature, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `contain-role`.
pub struct ContainRole;

impl Task for ContainRole {
    const NAME: &'static str = "contain-role";
    const SUMMARY: &'static str =
        "Puts the deny-all inline policy of the case on the role and reads it back.";
    const NATURE: Nature = Nature::Act;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:PutRolePolicy"],
            ANY_ROLE,
            "Puts the deny-all policy. IAM cannot narrow this call to one policy name; the deny below and the alarm on other principals stand in for that.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy"],
            ANY_ROLE,
            "Checks the role's unique id at the last moment, and reads the policy back at once.",
        ),
        Statement::allow(
            &["dynamodb:GetItem"],
            CASE_TABLE,
            "Reads what was recorded: it acts on that, whatever its input says.",
        )
        .when(keys!("before#*")),
        Statement::deny(
            &["iam:PutRolePolicy"],
            UNTOUCHABLE_ROLES,
            "Never the responder's own roles, service-linked roles, or those that Identity Center manages.",
        ),
        REACH_MEMBERS,
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE"];
    const SETTINGS: &'static [Setting] = MEMBER_SETTINGS;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Contained;
    type Error = Error;
}

/// What `contain-role` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The role as it was recorded.
    pub before: Before,
}

task_error! {
    /// The role is gone, or another role has its name now.
    RoleChanged,
    /// IAM refuses: the role has no room left for an inline policy, or is managed by a service. Nothing was changed.
    CannotBeContained,
    /// The policy was put, and reading it back showed something else.
    NotReadBack,
}
