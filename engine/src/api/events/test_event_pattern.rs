use super::{Api, ApiError, Caller, put_rule};
use crate::events::Pattern;
use serde::Deserialize;
use serde_json::{Value, json};

/// What every event has.
const REQUIRED: [&str; 6] = ["id", "account", "source", "time", "region", "detail-type"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    event_pattern: String,
    event: String,
}

/// `TestEventPattern`
pub(super) async fn run(_: &Api, _: &Caller, input: Input) -> Result<Value, ApiError> {
    put_rule::check_pattern(&input.event_pattern)?;
    let pattern = Pattern::read(&input.event_pattern)
        .map_err(|error| ApiError::client("InvalidEventPatternException", error.to_string()))?;
    let event: Value = serde_json::from_str(&input.event).unwrap_or_default();
    if REQUIRED.iter().any(|name| event.get(name).is_none()) {
        return Err(ApiError::validation("Parameter Event is not valid."));
    }
    Ok(json!({ "Result": pattern.matches(&event) }))
}
