//! `verify-containment`: does the containment still hold, after the seconds in which an attacker could have fought back?

use crate::error::task_error;
use crate::iam::{ANY_ROLE, MEMBER_SETTINGS, REACH_MEMBERS};
use crate::{Before, Nature, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `verify-containment`.
pub struct VerifyContainment;

impl Task for VerifyContainment {
    const NAME: &'static str = "verify-containment";
    const SUMMARY: &'static str = "Reads the role again and says whether the containment holds.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy"],
            ANY_ROLE,
            "Reads the role's unique id and the policy that containment put.",
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

/// What `verify-containment` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The role as it was recorded.
    pub before: Before,
}

/// What `verify-containment` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// What it saw.
    pub state: Hold,
    /// In a sentence.
    pub detail: String,
}

/// Whether a containment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hold {
    /// The policy is there, as it was put.
    Holds,
    /// It is gone, or it says something else.
    Drifted,
    /// The role itself is gone, or another one has its name: there is nothing left to contain.
    RoleGone,
}

task_error! {}
