use super::{Api, ApiError, Caller, tagged};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// `UntagResource`. A tag that is not there is no error.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let (arn, keys) = (input.resource_arn, input.tag_keys);
    tagged::tags_of(api, caller, &arn).await?;
    api.store.take_tags(arn, keys).await?;
    Ok(json!({}))
}
