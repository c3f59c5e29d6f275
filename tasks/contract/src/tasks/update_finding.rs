//! `update-finding`: the context goes back to the finding, where analysts look.

use crate::error::task_error;
use crate::{Condition, Context, Finding, Nature, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `update-finding`.
pub struct UpdateFinding;

impl Task for UpdateFinding {
    const NAME: &'static str = "update-finding";
    const SUMMARY: &'static str = "Writes a note and the context to the finding in Security Hub.";
    const NATURE: Nature = Nature::Tell;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["securityhub:GetFindings"],
            &["*"],
            "Reads the user-defined fields and the note first: a write replaces them, it does not merge.",
        ),
        Statement::allow(
            &["securityhub:BatchUpdateFindings"],
            &["*"],
            "Writes the note and the fields. Security Hub narrows this call by field, not by resource.",
        ),
        Statement::deny(
            &["securityhub:BatchUpdateFindings"],
            &["*"],
            "May not set a workflow status: only `set-workflow-status` does, after verification.",
        )
        .when(&[Condition {
            operator: "Null",
            key: "securityhub:ASFFSyntaxPath/Workflow.Status",
            values: &["false"],
        }]),
    ];
    const ENVIRONMENT: &'static [&'static str] = &[];
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// What `update-finding` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding.
    pub finding: Finding,
    /// The context, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What the note says, in a sentence or two. It is cut at 512 characters.
    pub note: String,
}

/// What `update-finding` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// The note as it was written.
    pub note: String,
    /// How many user-defined fields the finding has now.
    pub fields: usize,
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
