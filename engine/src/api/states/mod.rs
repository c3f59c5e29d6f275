//! Step Functions. One file per action.

mod create_state_machine;
mod delete_state_machine;
mod describe_execution;
mod describe_state_machine;
mod describe_state_machine_for_execution;
mod get_execution_history;
mod list_executions;
mod list_state_machines;
mod send_task_failure;
mod send_task_heartbeat;
mod send_task_success;
mod start_execution;
mod stop_execution;
mod update_state_machine;
mod validate_state_machine_definition;

use super::protocol::{self, Caller};
use super::{Api, ApiError};
use crate::execution::{Stimulus, TaskToken};
use crate::service::executions::Summary;
use crate::service::{ExecutorError, Machine};
use bytes::Bytes;
use serde_json::Value;

pub(super) async fn dispatch(
    api: &Api,
    caller: &Caller,
    action: &str,
    body: &Bytes,
) -> Result<Value, ApiError> {
    match action {
        "CreateStateMachine" => create_state_machine::run(api, caller, protocol::input(body)?).await,
        "DeleteStateMachine" => delete_state_machine::run(api, protocol::input(body)?).await,
        "DescribeExecution" => describe_execution::run(api, protocol::input(body)?).await,
        "DescribeStateMachine" => describe_state_machine::run(api, protocol::input(body)?).await,
        "DescribeStateMachineForExecution" => {
            describe_state_machine_for_execution::run(api, protocol::input(body)?).await
        }
        "GetExecutionHistory" => get_execution_history::run(api, protocol::input(body)?).await,
        "ListExecutions" => list_executions::run(api, protocol::input(body)?).await,
        "ListStateMachines" => list_state_machines::run(api, caller, protocol::input(body)?).await,
        "SendTaskFailure" => send_task_failure::run(api, protocol::input(body)?).await,
        "SendTaskHeartbeat" => send_task_heartbeat::run(api, protocol::input(body)?).await,
        "SendTaskSuccess" => send_task_success::run(api, protocol::input(body)?).await,
        "StartExecution" => start_execution::run(api, protocol::input(body)?).await,
        "StopExecution" => stop_execution::run(api, protocol::input(body)?).await,
        "UpdateStateMachine" => update_state_machine::run(api, protocol::input(body)?).await,
        "ValidateStateMachineDefinition" => validate_state_machine_definition::run(protocol::input(body)?),
        other => Err(ApiError::client(
            "UnknownOperationException",
            format!("this engine does not have `states:{other}` yet"),
        )),
    }
}

/// The machine of an ARN.
async fn machine(api: &Api, arn: &str) -> Result<Machine, ApiError> {
    check_arn(arn)?;
    api.machines.get(arn).await?.ok_or_else(|| ApiError::no_machine(arn))
}

/// The execution of an ARN.
async fn execution(api: &Api, arn: &str) -> Result<Summary, ApiError> {
    check_arn(arn)?;
    let wanted = arn.to_owned();
    let found =
        api.store.read(move |connection| crate::service::executions::get(connection, &wanted)).await?;
    found.ok_or_else(|| ApiError::no_execution(arn))
}

fn check_arn(arn: &str) -> Result<(), ApiError> {
    if arn.starts_with("arn:") {
        Ok(())
    } else {
        Err(ApiError::client("InvalidArn", format!("Invalid Arn: 'Invalid ARN prefix: {arn}'")))
    }
}

/// A name of a machine or of an execution. Source: API reference, `StartExecution`, `name`.
fn check_name(name: &str) -> Result<(), ApiError> {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c);
    if (1..=80).contains(&name.chars().count()) && !name.chars().any(forbidden) {
        Ok(())
    } else {
        Err(ApiError::client("InvalidName", format!("Invalid Name: '{name}'")))
    }
}

/// Answers a task token.
async fn answer(
    api: &Api,
    token: String,
    stimulus: impl FnOnce(crate::execution::AttemptId) -> Stimulus,
) -> Result<Value, ApiError> {
    let owner = api.executor.owner(TaskToken::new(token)).await?;
    let owner = owner.ok_or_else(|| ApiError::client("InvalidToken", "Invalid Token: 'Invalid token'"))?;
    let gone = || ApiError::client("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    if owner.spent {
        return Err(gone());
    }
    match api.executor.submit(owner.execution, stimulus(owner.attempt)).await {
        Ok(()) => Ok(Value::Object(serde_json::Map::new())),
        Err(ExecutorError::NotAwaited(_)) => Err(gone()),
        Err(error) => Err(error.into()),
    }
}
