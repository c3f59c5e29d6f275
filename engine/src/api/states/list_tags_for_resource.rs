use super::{Api, ApiError, Caller, tagged};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    resource_arn: String,
}

/// `ListTagsForResource`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    Ok(json!({ "tags": tagged::tags_of(api, caller, &input.resource_arn).await? }))
}
