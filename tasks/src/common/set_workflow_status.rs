//! `set-workflow-status`: sets the finding to NOTIFIED, once the change was verified.

use crate::aws::Aws;
use crate::aws::security_hub::{self, Update, from_unwritten};
use crate::runtime::Run;
use crate::runtime::permissions::{Condition, Statement};
use aws_sdk_securityhub::types::WorkflowStatus;
use contract::tasks::SetWorkflowStatus;
use contract::tasks::set_workflow_status::{Error, Input, Output};

from_unwritten!(Error);

impl Run for SetWorkflowStatus {
    const SUMMARY: &'static str = "Sets the finding's workflow status in Security Hub to NOTIFIED.";
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["securityhub:GetFindings"],
            &["*"],
            "Reads the note first: a write replaces it, and the note of a person must not be lost.",
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

    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let status = WorkflowStatus::Notified;
        let existing = security_hub::known(&input.finding, aws).await?;
        let note = security_hub::note(&input.note, Some(&existing));
        let update = Update { note, fields: None, status: Some(status.clone()) };
        security_hub::write(&input.finding, update, aws).await?;
        Ok(Output { status: status.as_str().to_owned() })
    }
}
