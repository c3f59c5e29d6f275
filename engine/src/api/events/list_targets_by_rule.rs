use super::{Api, ApiError, describe_rule};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    rule: String,
}

/// `ListTargetsByRule`
pub(super) fn run(api: &Api, input: &Input) -> Result<Value, ApiError> {
    Ok(json!({ "Targets": describe_rule::find(api, &input.rule)?.targets }))
}
