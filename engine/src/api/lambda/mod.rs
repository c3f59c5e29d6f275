//! Lambda: enough for the AWS CLI and SDKs to list and invoke the functions of this engine.

mod invoke;
mod list_functions;

use super::{Api, ApiError};
use axum::body::Body;
use axum::http::{Method, Response};
use bytes::Bytes;

pub(super) async fn dispatch(api: &Api, method: &Method, path: &str, body: Bytes) -> Response<Body> {
    let path: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, path.as_slice()) {
        (&Method::GET, ["2015-03-31", "functions"]) => list_functions::run(api),
        (&Method::GET, ["2015-03-31", "functions", name]) => list_functions::get(api, &decoded(name)),
        (&Method::POST, ["2015-03-31", "functions", name, "invocations"]) => {
            invoke::run(api, &decoded(name), body).await
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
