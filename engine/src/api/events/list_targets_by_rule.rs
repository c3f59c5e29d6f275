use super::{Api, ApiError, Caller, list_rules, rule_name};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    rule: String,
    event_bus_name: Option<String>,
    next_token: Option<String>,
    limit: Option<u64>,
}

/// `ListTargetsByRule`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let key = rule_name::key(caller, input.event_bus_name.as_deref(), &input.rule)?;
    let held = api.bus.rules().get(&key).await?;
    let targets = held.targets.iter().map(|target| json!(target)).collect();
    list_rules::page("Targets", targets, input.next_token.as_deref(), input.limit)
}
