use super::Api;
use serde_json::{Value, json};

/// `ListRules`
pub(super) fn run(api: &Api) -> Value {
    let rules: Vec<Value> = api.bus.rules().iter().map(|rule| describe(api, rule)).collect();
    json!({ "Rules": rules })
}

pub(super) fn describe(api: &Api, rule: &crate::events::Rule) -> Value {
    json!({
        "Name": rule.name,
        "Arn": api.bus.rule_arn(rule),
        "EventPattern": rule.source.to_string(),
        "State": "ENABLED",
        "Description": rule.description,
        "EventBusName": "default",
    })
}
