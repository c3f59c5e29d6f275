use super::members::{PAGE_SIZE, may, must, text};
use super::shape::{Member, Shape};
use super::{Api, ApiError, Caller, arn, protocol};
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("executionArn", text(1, 256)),
    may("maxResults", PAGE_SIZE),
    may("reverseOrder", Shape::Flag),
    may("nextToken", text(1, 1024)),
    may("includeExecutionData", Shape::Flag),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    execution_arn: String,
    max_results: Option<u64>,
    next_token: Option<String>,
    reverse_order: Option<bool>,
    include_execution_data: Option<bool>,
}

/// `GetExecutionHistory`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let (skip, most) = (protocol::skip(input.next_token.as_deref())?, protocol::page_size(input.max_results));
    let row = arn::execution(api, caller, &input.execution_arn).await?.row;
    let reverse = input.reverse_order.unwrap_or(false);
    let found = api.store.history(row, skip, most + 1, reverse).await?;
    let (page, next) = protocol::page(found, skip, most);
    let with_data = input.include_execution_data.unwrap_or(true);
    let events = page.iter().map(|event| event.to_aws(with_data)).collect();
    Ok(protocol::listed("events", events, next))
}
