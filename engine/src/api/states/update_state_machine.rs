use super::{Api, ApiError, machine};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    state_machine_arn: String,
    #[serde(default)]
    definition: Option<String>,
    #[serde(default)]
    role_arn: Option<String>,
}

/// `UpdateStateMachine`. Executions that run keep the definition that they started with.
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    if input.definition.is_none() && input.role_arn.is_none() {
        return Err(ApiError::client(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
        ));
    }
    let before = machine(api, &input.state_machine_arn).await?.stored;
    let definition = input.definition.unwrap_or(before.definition);
    let role_arn = input.role_arn.unwrap_or(before.role_arn);
    let after = api.machines.put(&before.arn, &before.name, &definition, &role_arn).await?;
    Ok(json!({ "updateDate": seconds(after.stored.updated_at) }))
}
