use super::members::{PAGE_SIZE, may, must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn, protocol};
use crate::service::versions::Version;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] =
    &[must("stateMachineArn", text(1, 256)), may("nextToken", text(1, 1024)), may("maxResults", PAGE_SIZE)];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_arn: String,
    max_results: Option<u64>,
    next_token: Option<String>,
}

/// `ListStateMachineVersions`, the latest first.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let (skip, most) = (protocol::skip(input.next_token.as_deref())?, protocol::page_size(input.max_results));
    let machine_arn = arn::machine(api, caller, &input.state_machine_arn).await?.stored.arn;
    let found = api.store.versions(machine_arn.clone(), skip, most + 1).await?;
    let (page, next) = protocol::page(found, skip, most);
    let describe = |version: Version| {
        json!({
            "stateMachineVersionArn": machine_arn.qualified(version.number),
            "creationDate": seconds(version.created_at),
        })
    };
    Ok(protocol::listed("stateMachineVersions", page.into_iter().map(describe).collect(), next))
}
