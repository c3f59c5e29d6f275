use super::{Api, ApiError, Caller, arn};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_arn: String,
}

/// `DeleteStateMachine`, with its versions, its aliases and its tags. Executions that run go on.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    arn::check_machine(&input.state_machine_arn)?;
    if crate::service::qualified(&input.state_machine_arn).is_some() {
        return Err(ApiError::validation("A state machine ARN without a version or an alias is required"));
    }
    if caller.is_at_home(&input.state_machine_arn) {
        api.machines.delete(&input.state_machine_arn).await?;
    }
    Ok(json!({}))
}
