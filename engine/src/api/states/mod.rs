//! Step Functions. One file per action; what several of them need is in `shared`.

mod create_activity;
mod create_state_machine;
mod create_state_machine_alias;
mod delete_activity;
mod delete_state_machine;
mod delete_state_machine_alias;
mod delete_state_machine_version;
mod describe_activity;
mod describe_execution;
mod describe_map_run;
mod describe_state_machine;
mod describe_state_machine_alias;
mod describe_state_machine_for_execution;
mod get_activity_task;
mod get_execution_history;
mod list_activities;
mod list_executions;
mod list_map_runs;
mod list_state_machine_aliases;
mod list_state_machine_versions;
mod list_state_machines;
mod list_tags_for_resource;
mod publish_state_machine_version;
mod redrive_execution;
mod send_task_failure;
mod send_task_heartbeat;
mod send_task_success;
mod shared;
mod start_execution;
mod start_sync_execution;
mod stop_execution;
mod tag_resource;
mod test_state;
mod untag_resource;
mod update_map_run;
mod update_state_machine;
mod update_state_machine_alias;
mod validate_state_machine_definition;

use super::protocol::{self, Caller};
use super::{Api, ApiError};
use crate::arn::ActivityArn;
use crate::execution::{Stimulus, TaskToken};
use crate::service::ExecutorError;
use crate::service::Owner;
use crate::service::activities::Activity;
use crate::service::executions::Summary;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::shape::Member;
use shared::{
    arn, definition, describe, execution_input, map_run, members, routing, settings, shape, tagged,
};

/// Makes the table of actions reach their files: what a request may hold is checked before an action sees it.
macro_rules! actions {
    ($($action:literal => $file:ident,)*) => {
        /// The members of the request of an action. None for an action that the service does not have.
        fn members_of(action: &str) -> Option<&'static [Member]> {
            match action {
                $($action => Some($file::MEMBERS),)*
                _ => None,
            }
        }

        pub(super) async fn dispatch(
            api: &Api,
            caller: &Caller,
            action: &str,
            body: &Bytes,
        ) -> Result<Value, ApiError> {
            let request = read(action, body)?;
            match action {
                $($action => $file::run(api, caller, input(request)?).await,)*
                other => Err(unknown(other)),
            }
        }
    };
}

actions! {
    "CreateActivity" => create_activity,
    "CreateStateMachine" => create_state_machine,
    "CreateStateMachineAlias" => create_state_machine_alias,
    "DeleteActivity" => delete_activity,
    "DeleteStateMachine" => delete_state_machine,
    "DeleteStateMachineAlias" => delete_state_machine_alias,
    "DeleteStateMachineVersion" => delete_state_machine_version,
    "DescribeActivity" => describe_activity,
    "DescribeExecution" => describe_execution,
    "DescribeMapRun" => describe_map_run,
    "DescribeStateMachine" => describe_state_machine,
    "DescribeStateMachineAlias" => describe_state_machine_alias,
    "DescribeStateMachineForExecution" => describe_state_machine_for_execution,
    "GetActivityTask" => get_activity_task,
    "GetExecutionHistory" => get_execution_history,
    "ListActivities" => list_activities,
    "ListExecutions" => list_executions,
    "ListMapRuns" => list_map_runs,
    "ListStateMachineAliases" => list_state_machine_aliases,
    "ListStateMachineVersions" => list_state_machine_versions,
    "ListStateMachines" => list_state_machines,
    "ListTagsForResource" => list_tags_for_resource,
    "PublishStateMachineVersion" => publish_state_machine_version,
    "RedriveExecution" => redrive_execution,
    "SendTaskFailure" => send_task_failure,
    "SendTaskHeartbeat" => send_task_heartbeat,
    "SendTaskSuccess" => send_task_success,
    "StartExecution" => start_execution,
    "StartSyncExecution" => start_sync_execution,
    "StopExecution" => stop_execution,
    "TagResource" => tag_resource,
    "TestState" => test_state,
    "UntagResource" => untag_resource,
    "UpdateMapRun" => update_map_run,
    "UpdateStateMachine" => update_state_machine,
    "UpdateStateMachineAlias" => update_state_machine_alias,
    "ValidateStateMachineDefinition" => validate_state_machine_definition,
}

fn unknown(action: &str) -> ApiError {
    ApiError::client("UnknownOperationException", format!("this engine does not have `states:{action}`"))
}

/// A request whose members are of the right types and satisfy their constraints.
pub(super) fn read(action: &str, body: &Bytes) -> Result<Value, ApiError> {
    let members = members_of(action).ok_or_else(|| unknown(action))?;
    let body = if body.is_empty() { b"{}".as_slice() } else { body };
    let request = serde_json::from_slice::<Value>(body).map_err(|error| {
        ApiError::client("SerializationException", format!("the request is not JSON: {error}"))
    })?;
    let Value::Object(fields) = &request else {
        return Err(ApiError::client("SerializationException", "Unexpected field type"));
    };
    shape::check(fields, members)?;
    Ok(without_nulls(request))
}

/// A member that is null is one that is not there.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(there.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// The request of an action. What it was checked for is not looked at again; what is left is a mistake of ours.
fn input<T: DeserializeOwned>(request: Value) -> Result<T, ApiError> {
    serde_json::from_value(request).map_err(|error| {
        ApiError::client("SerializationException", format!("the request cannot be read: {error}"))
    })
}

/// The activity of an ARN.
async fn activity(api: &Api, caller: &Caller, activity_arn: &str) -> Result<Activity, ApiError> {
    let wanted: ActivityArn = arn::read(activity_arn, "activity")?;
    let is_at_home = caller.is_at_home(activity_arn);
    let found = api.store.activity(wanted).await?;
    found.filter(|_| is_at_home).ok_or_else(|| ApiError::no_activity(activity_arn))
}

/// A name of a machine, an execution or an activity. Source: API reference, `StartExecution`, `name`.
fn check_name(name: &str) -> Result<(), ApiError> {
    if (1..=80).contains(&name.chars().count()) && !name.chars().any(crate::asl::is_forbidden) {
        Ok(())
    } else {
        Err(ApiError::client("InvalidName", format!("Invalid Name: '{name}'")))
    }
}

/// Whose task token it is.
async fn known(api: &Api, token: &str) -> Result<Owner, ApiError> {
    let owner = api.executor.owner(TaskToken::new(token.to_owned())).await?;
    owner.ok_or_else(ApiError::invalid_token)
}

/// Answers a task token. Whether there is such a token is looked at before the answer is.
async fn answer(
    api: &Api,
    token: String,
    stimulus: impl FnOnce(crate::execution::AttemptId) -> Result<Stimulus, ApiError>,
) -> Result<Value, ApiError> {
    let owner = known(api, &token).await?;
    let gone = || ApiError::client("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    if owner.spent {
        return Err(gone());
    }
    match api.executor.submit(owner.execution, stimulus(owner.attempt)?).await {
        Ok(()) => Ok(Value::Object(serde_json::Map::new())),
        Err(ExecutorError::NotAwaited(_)) => Err(gone()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
