//! What an AWS call's error means to a workflow: wait and try again, or ask a person.

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use contract::Fault;
use std::error::Error;

const THROTTLES: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
];

/// What passes by itself, although it is no error of the server's.
const PASSING: &[&str] = &[
    "ConcurrentModification",
    "ConcurrentModificationException",
    "EntityTemporarilyUnmodifiable",
    "TransactionInProgressException",
];

const DENIALS: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
    "AuthFailure",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "ExpiredToken",
    "ExpiredTokenException",
    "SignatureDoesNotMatch",
];

/// The error code that AWS answered with, such as `NoSuchEntity`.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> &str {
    error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default()
}

/// How IAM answered a call that changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer<T> {
    Done(T),
    /// What was to be changed is not there.
    Gone,
    /// IAM refuses this change, and will again. The text is for people.
    Refused(String),
}

/// What a policy can be refused for.
const REFUSALS: &[&str] = &[
    "LimitExceeded",
    "UnmodifiableEntity",
    "MalformedPolicyDocument",
    "PolicyNotAttachable",
    "DeleteConflict",
    "InvalidInput",
    "ValidationError",
];

/// Sorts the answer to a call that changes something.
pub(crate) fn answer<T, E>(
    doing: &str,
    result: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Answer<T>, Fault>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match result {
        Ok(done) => Ok(Answer::Done(done)),
        Err(error) if code(&error) == "NoSuchEntity" => Ok(Answer::Gone),
        Err(error) if REFUSALS.contains(&code(&error)) => Ok(Answer::Refused(format!(
            "{doing}: `{}`: {}",
            code(&error),
            error.as_service_error().and_then(ProvideErrorMetadata::message).unwrap_or("no message")
        ))),
        Err(error) => Err(fault(doing, &error)),
    }
}

/// Sorts an error of an AWS call. `doing` says what was tried, such as `reading the role`.
pub(crate) fn fault<E>(doing: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(context) => {
            let code = context.err().code().unwrap_or("no error code");
            let message = context.err().message().unwrap_or("no message");
            let text = format!("{doing}: AWS answered `{code}`: {message}");
            let status = context.raw().status();
            if THROTTLES.contains(&code) || status.as_u16() == 429 {
                Fault::Throttled(text)
            } else if DENIALS.contains(&code) {
                Fault::AccessDenied(text)
            } else if status.is_server_error() || PASSING.contains(&code) {
                Fault::Unavailable(text)
            } else {
                Fault::Refused(text)
            }
        }
        SdkError::ConstructionFailure(_) => {
            Fault::InvalidInput(format!("{doing}: the request could not be built: {}", causes(error)))
        }
        _ => Fault::Unavailable(format!("{doing}: AWS gave no answer: {}", causes(error))),
    }
}

/// An error with all that caused it, outermost first.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
