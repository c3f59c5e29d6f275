use super::{Api, ApiError, Caller, rule_name};
use crate::service::rules::place_of;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    name: Option<String>,
}

/// `DescribeEventBus`: without a name the one that is always there.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let name = rule_name::bus_name(input.name.as_deref());
    api.bus.rules().check_bus(&place_of(&caller.place), name).await?;
    Ok(json!({ "Name": name, "Arn": arn(caller, name) }))
}

pub(super) fn arn(caller: &Caller, name: &str) -> String {
    caller.place.arn("events", &format!("event-bus/{name}"))
}
