use super::execution_input::{self, new_execution};
use super::members::{DATA, may, must, patterned, text};
use super::shape::{Member, Pattern};
use super::{Api, ApiError, Caller, arn};
use crate::service::ExecutorError;
use crate::time::seconds;
use serde_json::{Value, json};

pub(super) use execution_input::Input;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("stateMachineArn", text(1, 256)),
    may("name", text(1, 80)),
    may("input", DATA),
    may("traceHeader", patterned(0, 256, Pattern::Ascii)),
];

/// `StartExecution`: of a machine, of a version, or of what an alias leads to. Starting an execution of a Standard machine
/// again with the same name and input while it runs gives the same execution.
pub(super) async fn run(api: &Api, caller: &Caller, request: Input) -> Result<Value, ApiError> {
    let request = request.split();
    execution_input::check(&request)?;
    let found = arn::resolved(api, caller, &request.state_machine_arn).await?;
    let new = new_execution(api, found, request)?;
    let execution_arn = new.arn.clone();
    match api.executor.start_execution(new).await {
        Ok(started) => Ok(json!({ "executionArn": execution_arn, "startDate": seconds(started) })),
        Err(error @ ExecutorError::AlreadyExists(_)) => {
            Err(ApiError::client("ExecutionAlreadyExists", error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}
