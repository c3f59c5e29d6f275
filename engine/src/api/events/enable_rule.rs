use super::describe_rule::Input;
use super::{Api, ApiError, Caller, rule_name};
use serde_json::{Value, json};

/// `EnableRule`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let key = rule_name::key(caller, input.event_bus_name.as_deref(), &input.name)?;
    api.bus.rules().set_state(&key, "ENABLED").await?;
    Ok(json!({}))
}
