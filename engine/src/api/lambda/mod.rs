//! Lambda: enough for the AWS CLI and SDKs to list and invoke the functions of this engine.

mod invoke;
mod list_functions;

use super::{Api, ApiError, guard};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, Response};
use bytes::Bytes;

pub(super) async fn dispatch(api: &Api, parts: &Parts, body: Bytes) -> Response<Body> {
    let path: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
    match (&parts.method, path.as_slice()) {
        (&Method::GET, ["2015-03-31", "functions"]) => list_functions::run(api),
        (&Method::GET, ["2015-03-31", "functions", name]) => list_functions::get(api, &decoded(name)),
        (&Method::POST, ["2015-03-31", "functions", name, "invocations"]) => {
            match guard::check_payload(&parts.headers) {
                Ok(()) => invoke::run(api, &decoded(name), body).await,
                Err(error) => error.into_response(),
            }
        }
        _ => ApiError::new(
            501,
            "NotImplemented",
            "this engine lists, gets and invokes functions; the rest of Lambda is not there",
        )
        .into_response(),
    }
}

/// SDKs write an ARN into the path with its colons encoded.
fn decoded(name: &str) -> String {
    percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned()
}
