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
    let place = place_of(&caller.place);
    api.bus.rules().check_bus(&place, name).await?;
    let created = api.bus.rules().buses(&place).await?;
    let description = created.into_iter().find(|bus| bus.name == name).and_then(|bus| bus.description);
    Ok(described(caller, name, description))
}

/// What is told of a bus.
pub(super) fn described(caller: &Caller, name: &str, description: Option<String>) -> Value {
    let mut bus = json!({ "Name": name, "Arn": arn(caller, name) });
    if let (Some(description), Some(map)) = (description, bus.as_object_mut()) {
        map.insert("Description".to_owned(), Value::from(description));
    }
    bus
}

pub(super) fn arn(caller: &Caller, name: &str) -> String {
    caller.place.arn("events", &format!("event-bus/{name}"))
}
