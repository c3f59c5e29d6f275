//! The wire: one port that speaks the AWS protocols of `states`, `events` and `lambda`. Requests for any other service go on
//! to the AWS endpoint.

mod error;
mod events;
mod forward;
pub(crate) mod guard;
mod lambda;
mod protocol;
mod states;

pub use forward::Forward;

use crate::clock::Clock;
use crate::lambda::Functions;
use crate::service::{Bus, Executor, Machines, Store};
use crate::workflow::Place;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, Response};
use error::ApiError;
use protocol::Caller;
use std::sync::Arc;

/// The most that a request may hold.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Where the paths of Lambda's API begin.
const FUNCTIONS: &str = "/2015-03-31/functions";

/// What the actions work with.
pub struct Api {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The state machines.
    pub machines: Machines,
    /// The executions.
    pub executor: Executor,
    /// The event bus.
    pub bus: Bus,
    /// The functions.
    pub functions: Functions,
    /// Where requests for other services go.
    pub forward: Option<Forward>,
    /// The partition and the account, and the region of requests without one.
    pub place: Place,
}

/// The routes of the API.
pub fn router(api: Api) -> Router {
    Router::new().fallback(handle).with_state(Arc::new(api))
}

async fn handle(State(api): State<Arc<Api>>, request: Request<Body>) -> Response<Body> {
    respond(&api, request).await
}

/// Answers a request.
pub(crate) async fn respond(api: &Api, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let is_lambda = parts.uri.path().starts_with(FUNCTIONS);
    match guard::check(&parts) {
        Err(error) if is_lambda => return error.into_response(),
        Err(error) => return error.into_response_for(&parts.headers),
        Ok(()) => {}
    }
    let caller = Caller::of(&parts.headers, &api.place);
    let body = match to_bytes(body, MOST_BYTES).await {
        Ok(body) => body,
        Err(error) => return ApiError::new(413, "RequestEntityTooLarge", error.to_string()).into_response(),
    };
    let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = parts.uri.path();
    let answer = if let Some(action) = target.strip_prefix("AWSStepFunctions.") {
        states::dispatch(api, &caller, action, &body).await
    } else if let Some(action) = target.strip_prefix("AWSEvents.") {
        match (events::dispatch(api, &caller, action, &body).await, &api.forward) {
            // What this engine does not have of EventBridge, such as connections, the AWS endpoint may have.
            (Err(error), Some(forward)) if error.is(events::UNKNOWN) => {
                return forward.send(parts, body).await;
            }
            (answer, _) => answer,
        }
    } else if is_lambda {
        return lambda::dispatch(api, &parts, body).await;
    } else if path == "/_redress/health" {
        return Response::new(Body::from("ok"));
    } else {
        return match &api.forward {
            Some(forward) => forward.send(parts, body).await,
            None => ApiError::new(501, "NotImplemented", "this engine has `states`, `events` and `lambda`; for other services start it with `--aws-endpoint`").into_response_for(&parts.headers),
        };
    };
    match answer {
        Ok(value) => protocol::answer(200, &value),
        Err(error) => error.into_response(),
    }
}

/// Reads the request of an action of Step Functions, and does nothing with it.
pub(crate) fn decode(action: &str, body: &[u8]) {
    let _ = states::read(action, &bytes::Bytes::copy_from_slice(body));
}

#[cfg(test)]
mod jobs_tests;
#[cfg(test)]
mod tests;
