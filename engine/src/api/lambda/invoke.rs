use super::{Api, ApiError};
use crate::lambda::InvokeError;
use axum::body::Body;
use axum::http::Response;
use bytes::Bytes;

/// `POST /2015-03-31/functions/NAME/invocations`
pub(super) async fn run(api: &Api, function: &str, payload: Bytes) -> Response<Body> {
    match api.functions.invoke(function, payload).await {
        Ok(answer) => {
            let mut response = Response::builder()
                .header("content-type", "application/json")
                .header("x-amzn-requestid", answer.request_id)
                .header("x-amz-executed-version", "$LATEST");
            if answer.function_error {
                response = response.header("x-amz-function-error", "Unhandled");
            }
            response
                .body(Body::from(answer.payload))
                .unwrap_or_else(|error| ApiError::internal(error.to_string()).into_response())
        }
        Err(error) => {
            let (status, code) = match error {
                InvokeError::NoSuchFunction(_) => (404, "ResourceNotFoundException"),
                InvokeError::Denied { .. } | InvokeError::Reserved(_) => (403, "AccessDeniedException"),
                InvokeError::Throttled { .. } => (429, "TooManyRequestsException"),
                InvokeError::Invalid { .. } => (400, "InvalidRequestContentException"),
                InvokeError::TooLarge(_) => (413, "RequestTooLargeException"),
                InvokeError::Start { .. } | InvokeError::Unreachable { .. } => (502, "ServiceException"),
            };
            ApiError::new(status, code, error.to_string()).into_response()
        }
    }
}
