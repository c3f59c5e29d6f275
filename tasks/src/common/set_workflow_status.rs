//! `set-workflow-status`: NOTIFIED, once the containment was verified.

use crate::aws::Aws;
use crate::aws::security_hub::{self, Update, from_unwritten};
use crate::serve::Run;
use aws_sdk_securityhub::types::WorkflowStatus;
use contract::tasks::SetWorkflowStatus;
use contract::tasks::set_workflow_status::{Error, Input, Output};

from_unwritten!(Error);

impl Run for SetWorkflowStatus {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let status = WorkflowStatus::Notified;
        let existing = security_hub::known(&input.finding, aws).await?;
        let note = security_hub::note(&input.note, Some(&existing));
        let update = Update { note, fields: None, status: Some(status.clone()) };
        security_hub::write(&input.finding, update, aws).await?;
        Ok(Output { status: status.as_str().to_owned() })
    }
}
