use super::put_rule::TagInput;
use super::{Api, ApiError, Caller};
use crate::service::tags::Tag;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    tags: Vec<TagInput>,
}

/// `TagResource`
pub(super) async fn run(api: &Api, _: &Caller, input: Input) -> Result<Value, ApiError> {
    let new: Vec<Tag> = input.tags.into_iter().map(Tag::from).collect();
    api.store.put_tags(input.resource_arn, new).await?;
    Ok(json!({}))
}
