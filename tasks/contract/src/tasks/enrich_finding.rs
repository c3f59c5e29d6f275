//! `enrich-finding`: the context that people need, and the blast radius.

use crate::error::task_error;
use crate::iam::{ANY_ROLE, MEMBER_SETTINGS, REACH_MEMBERS};
use crate::{Context, Finding, Nature, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `enrich-finding`.
pub struct EnrichFinding;

impl Task for EnrichFinding {
    const NAME: &'static str = "enrich-finding";
    const SUMMARY: &'static str = "Looks up the role, the instance, its owner, and who else uses the role.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["ec2:DescribeInstances"],
            &["*"],
            "Reads the instance's tags and finds the other instances of the role. EC2 cannot narrow this call to a resource.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:ListInstanceProfilesForRole"],
            ANY_ROLE,
            "Checks that the role is the one of the finding, by its unique id, and finds its instance profiles.",
        ),
        Statement::allow(
            &["iam:GetInstanceProfile"],
            &["arn:${Partition}:iam::${Account}:instance-profile/*"],
            "Tells which role the instance's profile carries now: a profile is not a role.",
        ),
        REACH_MEMBERS,
    ];
    const ENVIRONMENT: &'static [&'static str] = &[];
    const SETTINGS: &'static [Setting] = MEMBER_SETTINGS;
    const TIMEOUT_SECONDS: u32 = 20;
    type Input = Input;
    type Output = Context;
    type Error = Error;
}

/// What `enrich-finding` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding.
    pub finding: Finding,
}

task_error! {}
