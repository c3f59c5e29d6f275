use super::{Api, ApiError, list_rules};
use crate::events::Rule;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
}

/// `DescribeRule`
pub(super) fn run(api: &Api, input: &Input) -> Result<Value, ApiError> {
    find(api, &input.name).map(|rule| list_rules::describe(api, rule))
}

pub(super) fn find<'a>(api: &'a Api, name: &str) -> Result<&'a Rule, ApiError> {
    let rule = api.bus.rules().iter().find(|rule| rule.name == name);
    rule.ok_or_else(|| {
        ApiError::client(
            "ResourceNotFoundException",
            format!("Rule {name} does not exist on EventBus default."),
        )
    })
}
