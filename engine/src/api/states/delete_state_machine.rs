use super::{Api, ApiError, check_arn};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    state_machine_arn: String,
}

/// `DeleteStateMachine`. One that is not there is deleted already. Executions that run go on.
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    check_arn(&input.state_machine_arn)?;
    api.machines.delete(&input.state_machine_arn).await?;
    Ok(json!({}))
}
