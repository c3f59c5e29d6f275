use super::protocol;
use crate::asl::Problem;
use crate::service::{ExecutorError, StoreError};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response};
use serde_json::json;

/// An error as AWS answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    status: u16,
    code: &'static str,
    message: String,
    /// What kind of `ValidationException` it is, where AWS says it.
    reason: Option<&'static str>,
}

impl ApiError {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), reason: None }
    }

    /// Whether it is of this code.
    pub(super) fn is(&self, code: &str) -> bool {
        self.code == code
    }

    /// A fault of the caller.
    pub(super) fn client(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// A `ValidationException` with a reason. Source: API reference, `ValidationException`, `reason`.
    pub(super) fn because(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason: Some(reason), ..Self::validation(message) }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::client("ValidationException", message)
    }

    pub(super) fn no_machine(arn: &str) -> Self {
        Self::client("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
    }

    pub(super) fn no_execution(arn: &str) -> Self {
        Self::client("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{arn}'"))
    }

    pub(super) fn definition(problems: &[Problem]) -> Self {
        let list = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Self::client("InvalidDefinition", format!("Invalid State Machine Definition: '{list}'"))
    }

    pub(super) fn invalid_arn(why: &str) -> Self {
        Self::client("InvalidArn", format!("Invalid Arn: '{why}'"))
    }

    /// A task token, or the token of a page, that nobody gave.
    pub(super) fn invalid_token() -> Self {
        Self::client("InvalidToken", "Invalid Token: 'Invalid token'")
    }

    pub(super) fn no_activity(arn: &str) -> Self {
        Self::client("ActivityDoesNotExist", format!("Activity Does Not Exist: '{arn}'"))
    }

    /// Something of an Express machine that only a Standard one has, or the other way round.
    pub(super) fn wrong_kind() -> Self {
        Self::client(
            "StateMachineTypeNotSupported",
            "This operation is not supported by this type of state machine",
        )
    }

    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalFailure", message)
    }

    /// Its name and its message.
    #[cfg(test)]
    pub(super) fn parts(self) -> [String; 2] {
        [self.code.to_owned(), self.message]
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut body = json!({ "__type": self.code, "message": self.message });
        if let (Some(reason), Some(body)) = (self.reason, body.as_object_mut()) {
            body.insert("reason".to_owned(), reason.into());
        }
        let mut response = protocol::answer(self.status, &body);
        if let Ok(code) = self.code.parse() {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        response
    }

    /// The same in the protocol of whoever asked. What is not for this engine may be for a service that speaks XML.
    pub(super) fn into_response_for(self, headers: &HeaderMap) -> Response<Body> {
        let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.contains("json") {
            return self.into_response();
        }
        let xml = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>",
            self.code,
            self.message.replace('&', "&amp;").replace('<', "&lt;")
        );
        let mut response = self.into_response();
        *response.body_mut() = Body::from(xml);
        response.headers_mut().insert("content-type", HeaderValue::from_static("text/xml"));
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<crate::service::MachineError> for ApiError {
    fn from(error: crate::service::MachineError) -> Self {
        match error {
            crate::service::MachineError::Definition(problems) => Self::definition(&problems),
            crate::service::MachineError::Store(error) => error.into(),
        }
    }
}

impl From<ExecutorError> for ApiError {
    fn from(error: ExecutorError) -> Self {
        match error {
            ExecutorError::AlreadyExists(_) => Self::client("ExecutionAlreadyExists", error.to_string()),
            other => Self::internal(other.to_string()),
        }
    }
}
