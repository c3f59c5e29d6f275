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

/// Makes the table of actions reach their files.
macro_rules! actions {
    ($($action:literal => $file:ident,)*) => {
        pub(super) async fn dispatch(
            api: &Api,
            caller: &Caller,
            action: &str,
            body: &Bytes,
        ) -> Result<Value, ApiError> {
            match action {
                $($action => $file::run(api, caller, protocol::input(body)?).await,)*
                other => {
                    Err(ApiError::client(UNKNOWN, format!("this engine does not have `events:{other}` yet")))
                }
            }
        }
    };
}

actions! {
    "CreateEventBus" => create_event_bus,
    "DeleteEventBus" => delete_event_bus,
    "DeleteRule" => delete_rule,
    "DescribeEventBus" => describe_event_bus,
    "DescribeRule" => describe_rule,
    "DisableRule" => disable_rule,
    "EnableRule" => enable_rule,
    "ListEventBuses" => list_event_buses,
    "ListRuleNamesByTarget" => list_rule_names_by_target,
    "ListRules" => list_rules,
    "ListTagsForResource" => list_tags_for_resource,
    "ListTargetsByRule" => list_targets_by_rule,
    "PutEvents" => put_events,
    "PutRule" => put_rule,
    "PutTargets" => put_targets,
    "RemoveTargets" => remove_targets,
    "TagResource" => tag_resource,
    "TestEventPattern" => test_event_pattern,
    "UntagResource" => untag_resource,
}
