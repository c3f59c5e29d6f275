//! EventBridge: events, rules, targets and buses. One file per action.

mod create_event_bus;
mod delete_event_bus;
mod delete_rule;
mod describe_event_bus;
mod describe_rule;
mod disable_rule;
mod enable_rule;
mod list_event_buses;
mod list_rule_names_by_target;
mod list_rules;
mod list_tags_for_resource;
mod list_targets_by_rule;
mod put_events;
mod put_rule;
mod put_targets;
mod remove_targets;
mod shared;
mod tag_resource;
mod test_event_pattern;
mod untag_resource;

use super::protocol::{self, Caller};
use super::{Api, ApiError};
use bytes::Bytes;
use serde_json::Value;
use shared::rule_name;

/// What `dispatch` answers where it has no such action.
pub(super) const UNKNOWN: &str = "UnknownOperationException";

pub(super) async fn dispatch(
    api: &Api,
    caller: &Caller,
    action: &str,
    body: &Bytes,
) -> Result<Value, ApiError> {
    match action {
        "CreateEventBus" => create_event_bus::run(api, caller, protocol::input(body)?).await,
        "DeleteEventBus" => delete_event_bus::run(api, caller, protocol::input(body)?).await,
        "DeleteRule" => delete_rule::run(api, caller, protocol::input(body)?).await,
        "DescribeEventBus" => describe_event_bus::run(api, caller, protocol::input(body)?).await,
        "DescribeRule" => describe_rule::run(api, caller, protocol::input(body)?).await,
        "DisableRule" => disable_rule::run(api, caller, protocol::input(body)?).await,
        "EnableRule" => enable_rule::run(api, caller, protocol::input(body)?).await,
        "ListEventBuses" => list_event_buses::run(api, caller, protocol::input(body)?).await,
        "ListRuleNamesByTarget" => list_rule_names_by_target::run(api, caller, protocol::input(body)?).await,
        "ListRules" => list_rules::run(api, caller, protocol::input(body)?).await,
        "ListTagsForResource" => list_tags_for_resource::run(api, protocol::input(body)?).await,
        "ListTargetsByRule" => list_targets_by_rule::run(api, caller, protocol::input(body)?).await,
        "PutEvents" => put_events::run(api, caller, protocol::input(body)?).await,
        "PutRule" => put_rule::run(api, caller, protocol::input(body)?).await,
        "PutTargets" => put_targets::run(api, caller, protocol::input(body)?).await,
        "RemoveTargets" => remove_targets::run(api, caller, protocol::input(body)?).await,
        "TagResource" => tag_resource::run(api, protocol::input(body)?).await,
        "TestEventPattern" => test_event_pattern::run(&protocol::input(body)?),
        "UntagResource" => untag_resource::run(api, protocol::input(body)?).await,
        other => Err(ApiError::client(UNKNOWN, format!("this engine does not have `events:{other}` yet"))),
    }
}
