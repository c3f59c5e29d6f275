use super::members::{ANY, TAG_KEY, must, text};
use super::shape::{Member, Shape};
use super::{Api, ApiError, Caller, tagged};
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] =
    &[must("resourceArn", text(1, 256)), must("tagKeys", Shape::List { of: &TAG_KEY, min: 0, max: ANY })];

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
