use super::{Api, ApiError, machine};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    state_machine_arn: String,
}

/// `DescribeStateMachine`
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    let stored = machine(api, &input.state_machine_arn).await?.stored;
    Ok(json!({
        "stateMachineArn": stored.arn,
        "name": stored.name,
        "status": "ACTIVE",
        "definition": stored.definition,
        "roleArn": stored.role_arn,
        "type": "STANDARD",
        "creationDate": seconds(stored.created_at),
        "loggingConfiguration": { "level": "OFF", "includeExecutionData": false },
        "tracingConfiguration": { "enabled": false },
    }))
}
