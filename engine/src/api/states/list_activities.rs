use super::members::{PAGE_SIZE, may, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, protocol};
use crate::service::activities::Activity;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[may("maxResults", PAGE_SIZE), may("nextToken", text(1, 1024))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    max_results: Option<u64>,
    next_token: Option<String>,
}

/// `ListActivities`, those of the caller's account and region.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let (skip, most) = (protocol::skip(input.next_token.as_deref())?, protocol::page_size(input.max_results));
    let prefix = caller.place.arn("states", "activity:");
    let found = api.store.activities(prefix).await?;
    let (page, next) = protocol::page(found.into_iter().skip(skip).collect(), skip, most);
    let describe = |activity: Activity| {
        json!({
            "activityArn": activity.arn,
            "name": activity.name,
            "creationDate": seconds(activity.created_at),
        })
    };
    Ok(protocol::listed("activities", page.into_iter().map(describe).collect(), next))
}
