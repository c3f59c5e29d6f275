use super::{Api, ApiError, Caller, check_name};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    name: String,
    definition: String,
    role_arn: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

/// `CreateStateMachine`. Creating the same machine again gives the same machine.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    check_name(&input.name)?;
    if input.kind.as_deref().is_some_and(|kind| kind != "STANDARD") {
        return Err(ApiError::client(
            "StateMachineTypeNotSupported",
            "this engine runs STANDARD state machines; EXPRESS is not there yet",
        ));
    }
    let arn = caller.place.arn("states", &format!("stateMachine:{}", input.name));
    if let Some(before) = api.machines.get(&arn).await? {
        let same = before.stored.definition == input.definition && before.stored.role_arn == input.role_arn;
        return if same {
            Ok(json!({ "stateMachineArn": arn, "creationDate": seconds(before.stored.created_at) }))
        } else {
            Err(ApiError::new(
                409,
                "StateMachineAlreadyExists",
                format!("State Machine Already Exists: '{arn}'"),
            ))
        };
    }
    let machine = api.machines.put(&arn, &input.name, &input.definition, &input.role_arn).await?;
    Ok(json!({ "stateMachineArn": arn, "creationDate": seconds(machine.stored.created_at) }))
}
