//! Sorts the errors of AWS calls into those that a workflow retries and those that need a person.

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

/// Client errors that pass by themselves.
const TRANSIENT: &[&str] = &[
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

/// The answer of AWS to a call that changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer<T> {
    Done(T),
    /// The resource is not there.
    Gone,
    /// AWS refuses this change, and will again. The text is for people.
    Refused(String),
}

impl<T> Answer<T> {
    /// The same answer with another value.
    pub(crate) fn map<U>(self, of: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Done(done) => Answer::Done(of(done)),
            Self::Gone => Answer::Gone,
            Self::Refused(why) => Answer::Refused(why),
        }
    }
}

/// Codes with which IAM refuses a change for good.
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

/// Sorts an error of an AWS call. `doing` is what the task tried, such as `reading the role`.
pub(crate) fn fault<E>(doing: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(context) => {
            let code = context.err().code().unwrap_or("no error code");
            let message = context.err().message().unwrap_or("no message");
            let (doing, why) = (doing.to_owned(), format!("AWS answered `{code}`: {message}"));
            let status = context.raw().status();
            if THROTTLES.contains(&code) || status.as_u16() == 429 {
                Fault::Throttled { doing, why }
            } else if DENIALS.contains(&code) {
                Fault::AccessDenied { doing, why }
            } else if status.is_server_error() || TRANSIENT.contains(&code) {
                Fault::Unavailable { doing, why }
            } else {
                Fault::Refused { doing, why }
            }
        }
        SdkError::ConstructionFailure(_) => {
            Fault::internal(doing, format!("the request could not be built: {}", causes(error)))
        }
        _ => Fault::Unavailable {
            doing: doing.to_owned(),
            why: format!("AWS gave no answer: {}", causes(error)),
        },
    }
}

/// An error with its causes, the outermost first.
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
