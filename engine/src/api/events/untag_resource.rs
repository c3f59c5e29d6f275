use super::{Api, ApiError, Caller};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// `UntagResource`
pub(super) async fn run(api: &Api, _: &Caller, input: Input) -> Result<Value, ApiError> {
    api.store.take_tags(input.resource_arn, input.tag_keys).await?;
    Ok(json!({}))
}
