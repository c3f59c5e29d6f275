use super::{Api, ApiError, Caller};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
}

/// `ListTagsForResource`
pub(super) async fn run(api: &Api, _: &Caller, input: Input) -> Result<Value, ApiError> {
    let tags = api.store.tags(input.resource_arn).await?;
    let tags: Vec<Value> = tags.iter().map(|tag| json!({ "Key": tag.key, "Value": tag.value })).collect();
    Ok(json!({ "Tags": tags }))
}
