use super::{Api, ApiError, Caller, describe_event_bus, list_rules};
use crate::service::rules::{DEFAULT, place_of};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    #[serde(default)]
    name_prefix: String,
    next_token: Option<String>,
    limit: Option<u64>,
}

/// `ListEventBuses`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let created = api.bus.rules().buses(&place_of(&caller.place)).await?;
    let names = std::iter::once(DEFAULT.to_owned()).chain(created.into_iter().map(|bus| bus.name));
    let buses = names.filter(|name| name.starts_with(&input.name_prefix));
    let buses = buses.map(|name| json!({ "Name": name, "Arn": describe_event_bus::arn(caller, &name) }));
    list_rules::page("EventBuses", buses.collect(), input.next_token.as_deref(), input.limit)
}
