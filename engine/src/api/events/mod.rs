//! EventBridge: taking events, and looking at the rules. One file per action.

mod describe_rule;
mod list_rules;
mod list_targets_by_rule;
mod put_events;

use super::protocol::{self, Caller};
use super::{Api, ApiError};
use bytes::Bytes;
use serde_json::Value;

pub(super) async fn dispatch(
    api: &Api,
    caller: &Caller,
    action: &str,
    body: &Bytes,
) -> Result<Value, ApiError> {
    match action {
        "PutEvents" => put_events::run(api, caller, protocol::input(body)?).await,
        "ListRules" => Ok(list_rules::run(api)),
        "DescribeRule" => describe_rule::run(api, &protocol::input(body)?),
        "ListTargetsByRule" => list_targets_by_rule::run(api, &protocol::input(body)?),
        other => Err(ApiError::client(
            "UnknownOperationException",
            format!("this engine does not have `events:{other}` yet"),
        )),
    }
}
