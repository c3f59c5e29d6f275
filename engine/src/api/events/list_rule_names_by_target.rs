use super::{Api, ApiError, Caller, list_rules, rule_name};
use crate::service::rules::place_of;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    target_arn: String,
    event_bus_name: Option<String>,
    next_token: Option<String>,
    limit: Option<u64>,
}

/// `ListRuleNamesByTarget`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let bus = rule_name::bus_name(input.event_bus_name.as_deref());
    let names = api.bus.rules().telling(&place_of(&caller.place), bus, &input.target_arn).await?;
    let names = names.into_iter().map(Value::from).collect();
    list_rules::page("RuleNames", names, input.next_token.as_deref(), input.limit)
}
