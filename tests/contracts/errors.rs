//! The names of errors: those of the tasks, and those of Step Functions and Lambda.

use crate::definition::State;
use crate::subjects::declaration;
use contract::APPROVAL_DENIED;

/// Transient errors. Every task state retries them.
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

/// Permanent errors, and the wildcards that would match them. No task state retries them.
pub(crate) const PERMANENT: &[&str] = &[
    "InvalidInput",
    "Misconfigured",
    "Internal",
    "AccessDenied",
    "Refused",
    APPROVAL_DENIED,
    "States.ALL",
    "States.TaskFailed",
];

/// Other errors of Step Functions and Lambda. Source: Step Functions, "Handling errors"; Lambda, `Invoke`.
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

/// Errors that only states with inner states can have.
const KNOWN_OUTSIDE: &[&str] = &[
    "States.BranchFailed",
    "States.ExceedToleratedFailureThreshold",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ResultWriterFailed",
];

/// Whether a state can fail with an error of this name, so that a Retry or a Catch may name it.
pub(crate) fn can_occur(state: &State, error: &str) -> bool {
    let around = KNOWN.contains(&error) || TRANSIENT.iter().any(|name| *name == error && error.contains('.'));
    let own = state.function().and_then(|function| declaration(function).ok());
    around
        || own.is_some_and(|task| task.errors.contains(&error))
        || (state.waits_for_token() && error == APPROVAL_DENIED)
        || state.states().iter().any(|(_, inside)| can_occur(inside, error))
        || (!state.states().is_empty() && KNOWN_OUTSIDE.contains(&error))
}
