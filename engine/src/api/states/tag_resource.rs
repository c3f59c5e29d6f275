use super::members::{TAGS, must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, settings, tagged};
use crate::service::tags::Tag;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("resourceArn", text(1, 256)), must("tags", TAGS)];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    resource_arn: String,
    tags: Vec<Tag>,
}

/// `TagResource`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let (arn, tags) = (input.resource_arn, input.tags);
    settings::check_tags(&tags)?;
    let mut all = tagged::tags_of(api, caller, &arn).await?;
    all.retain(|tag| tags.iter().all(|new| new.key != tag.key));
    all.extend(tags.iter().cloned());
    settings::check_count(&all)?;
    api.store.put_tags(arn, tags).await?;
    Ok(json!({}))
}
