use super::{Api, ApiError, Caller, list_rules, rule_name};
use serde::Deserialize;
use serde_json::Value;

/// What names a rule.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) event_bus_name: Option<String>,
}

/// `DescribeRule`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let key = rule_name::key(caller, input.event_bus_name.as_deref(), &input.name)?;
    let mut rule = list_rules::describe(&*api.bus.rules().get(&key).await?);
    if let Some(map) = rule.as_object_mut() {
        map.insert("CreatedBy".to_owned(), Value::from(caller.place.account.as_str()));
    }
    Ok(rule)
}
