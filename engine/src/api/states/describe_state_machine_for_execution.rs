use super::{Api, ApiError, execution};
use crate::service::executions;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    execution_arn: String,
}

/// `DescribeStateMachineForExecution`: the machine as it was when the execution started.
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    let found = execution(api, &input.execution_arn).await?;
    let recovery = api.store.read(move |connection| executions::recovery(connection, found.row)).await?;
    Ok(json!({
        "stateMachineArn": recovery.about.machine_arn,
        "name": recovery.about.machine_name,
        "definition": recovery.definition,
        "roleArn": recovery.about.role_arn,
        "updateDate": seconds(found.started_at),
        "loggingConfiguration": { "level": "OFF", "includeExecutionData": false },
        "tracingConfiguration": { "enabled": false },
    }))
}
