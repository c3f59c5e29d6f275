use super::members::{must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, tagged};
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("resourceArn", text(1, 256))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    resource_arn: String,
}

/// `ListTagsForResource`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    Ok(json!({ "tags": tagged::tags_of(api, caller, &input.resource_arn).await? }))
}
