use super::{Api, ApiError, Caller, describe_event_bus, list_rules};
use crate::service::rules::{DEFAULT, place_of};
use serde::Deserialize;
use serde_json::Value;

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
    let created = created.into_iter().map(|bus| (bus.name, bus.description));
    let all = std::iter::once((DEFAULT.to_owned(), None)).chain(created);
    let buses = all.filter(|(name, _)| name.starts_with(&input.name_prefix));
    let buses = buses.map(|(name, description)| describe_event_bus::described(caller, &name, description));
    list_rules::page("EventBuses", buses.collect(), input.next_token.as_deref(), input.limit)
}
