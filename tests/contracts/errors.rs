//! The names that an error can have: those of the task, and those of what stands around it.

use crate::definition::State;
use crate::workflows::declaration;
use contract::APPROVAL_DENIED;

/// What stands around a task and gets better by itself. Every call is tried again after it.
///
/// Source: Step Functions, "Handle transient Lambda service exceptions"; `Throttled` and `Unavailable` are
/// `contract::Fault`.
pub(crate) const TRANSIENT: &[&str] = &[
    "Throttled",
    "Unavailable",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "Lambda.Unknown",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
];

/// What does not get better by trying again, and the wildcards that would take it.
pub(crate) const PERMANENT: &[&str] =
    &["InvalidInput", "AccessDenied", "Refused", APPROVAL_DENIED, "States.ALL", "States.TaskFailed"];

/// Other names that Step Functions and Lambda give. Source: Step Functions, "Handling errors"; Lambda, `Invoke`.
const KNOWN: &[&str] = &[
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.InvalidParameterValueException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotFoundException",
    "Lambda.ResourceNotReadyException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "States.ALL",
    "States.DataLimitExceeded",
    "States.HeartbeatTimeout",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];

/// Names that only states with states inside can meet.
const KNOWN_OUTSIDE: &[&str] = &[
    "States.BranchFailed",
    "States.ExceedToleratedFailureThreshold",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ResultWriterFailed",
];

/// Whether an error of that name can come out of a state, so that a Retry or a Catch may speak of it.
pub(crate) fn can_come(state: &State, error: &str) -> bool {
    let around = KNOWN.contains(&error) || TRANSIENT.iter().any(|name| *name == error && error.contains('.'));
    let own = state.function().and_then(|function| declaration(function).ok());
    around
        || own.is_some_and(|task| task.manifest.errors.contains(&error))
        || (state.waits_for_token() && error == APPROVAL_DENIED)
        || state.states().iter().any(|(_, inside)| can_come(inside, error))
        || (!state.states().is_empty() && KNOWN_OUTSIDE.contains(&error))
}
