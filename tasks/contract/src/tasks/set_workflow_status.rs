//! `set-workflow-status`: the finding says NOTIFIED, and only after the containment was verified.

use crate::error::task_error;
use crate::{Condition, Finding, Nature, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `set-workflow-status`.
pub struct SetWorkflowStatus;

impl Task for SetWorkflowStatus {
    const NAME: &'static str = "set-workflow-status";
    const SUMMARY: &'static str = "Sets the finding's workflow status in Security Hub to NOTIFIED.";
    const NATURE: Nature = Nature::Tell;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["securityhub:GetFindings"],
            &["*"],
            "Reads the note first: a write replaces it, and what a person wrote must not be lost.",
        ),
        Statement::allow(
            &["securityhub:BatchUpdateFindings"],
            &["*"],
            "Sets the workflow status. Security Hub narrows this call by field, not by resource.",
        ),
        Statement::deny(
            &["securityhub:BatchUpdateFindings"],
            &["*"],
            "May not suppress, resolve or reopen a finding: that is for people.",
        )
        .when(&[Condition {
            operator: "StringEquals",
            key: "securityhub:ASFFSyntaxPath/Workflow.Status",
            values: &["NEW", "RESOLVED", "SUPPRESSED"],
        }]),
    ];
    const ENVIRONMENT: &'static [&'static str] = &[];
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// What `set-workflow-status` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding.
    pub finding: Finding,
    /// What the note says: what was done, and that it was verified. It is cut at 512 characters.
    pub note: String,
}

/// What `set-workflow-status` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// The status that was set: `NOTIFIED`.
    pub status: String,
}

task_error! {
    /// Security Hub does not know the finding, or not yet: it may lag five minutes behind GuardDuty.
    FindingNotFound,
    /// Somebody else wrote to the finding at the same moment. Retry.
    ConcurrentUpdate,
    /// Security Hub took the call and refused the finding, with a code that a retry cannot help.
    FindingRejected,
    /// Security Hub is not enabled in this account and region.
    HubNotEnabled,
}
