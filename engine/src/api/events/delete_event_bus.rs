use super::{Api, ApiError, Caller, rule_name};
use crate::service::rules::{DEFAULT, place_of};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    name: String,
}

/// `DeleteEventBus`. A bus that is not there is deleted already.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let name = rule_name::bus_name(Some(&input.name));
    if name == DEFAULT {
        return Err(ApiError::validation("Cannot delete event bus default."));
    }
    api.bus.rules().delete_bus(&place_of(&caller.place), name).await?;
    Ok(json!({}))
}
