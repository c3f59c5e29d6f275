//! What StartExecution and StartSyncExecution take.

use super::{Api, ApiError, check_name};
use crate::java;
use crate::service::{NewExecution, Resolved};
use serde::Deserialize;

/// The most bytes that an input may have. Source: Step Functions quotas.
pub(in crate::api) const MOST_BYTES: usize = 262_144;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct Input {
    pub(in crate::api) state_machine_arn: String,
    name: Option<String>,
    input: Option<String>,
    trace_header: Option<String>,
    pub(in crate::api) included_data: Option<String>,
    /// What stood behind the ARN after a `#`: a test case of the mock configuration.
    #[serde(skip)]
    test_case: Option<String>,
}

impl Input {
    /// Takes the test case off the ARN, as Step Functions Local has it: `arn:...:stateMachine:name#case`.
    pub(in crate::api) fn split(mut self) -> Self {
        if let Some((arn, test_case)) = self.state_machine_arn.split_once('#') {
            self.test_case = Some(test_case.to_owned());
            self.state_machine_arn = arn.to_owned();
        }
        self
    }
}

/// Refuses a name or an input that no execution can have.
pub(in crate::api) fn check(request: &Input) -> Result<(), ApiError> {
    if let Some(name) = &request.name {
        check_name(name)?;
    }
    check_input(request.input.as_deref())
}

/// Refuses an input that no execution can have.
pub(in crate::api) fn check_input(input: Option<&str>) -> Result<(), ApiError> {
    let Some(input) = input else { return Ok(()) };
    if input.len() > MOST_BYTES {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to {MOST_BYTES}"
        )));
    }
    let why = if input.trim().is_empty() {
        "Invalid execution input.".to_owned()
    } else {
        match java::parse_error(input) {
            None => return Ok(()),
            Some(why) => why,
        }
    };
    Err(ApiError::client("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{why}'")))
}

/// The execution that is asked for.
pub(in crate::api) fn new_execution(
    api: &Api,
    of: Resolved,
    request: Input,
) -> Result<NewExecution, ApiError> {
    let machine = &of.machine.stored.name;
    if let Some(test_case) = request.test_case.as_ref().filter(|it| !api.executor.has_test_case(machine, it))
    {
        return Err(ApiError::validation(format!(
            "the mock configuration has no test case '{test_case}' for the state machine '{machine}'"
        )));
    }
    let name = request.name.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let input = request.input.unwrap_or_else(|| "{}".to_owned());
    Ok(NewExecution::new(of, name, input).traced(request.trace_header).mocked(request.test_case))
}
