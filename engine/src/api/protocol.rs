//! AWS's JSON protocols.

use super::ApiError;
use crate::workflow::Place;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Who asks, and where.
pub(super) struct Caller {
    pub(super) place: Place,
}

impl Caller {
    /// The region is that of the signature: `Credential=AKIA.../20261122/eu-west-1/states/aws4_request`.
    pub(super) fn of(headers: &HeaderMap, place: &Place) -> Self {
        let signature = headers.get("authorization").and_then(|value| value.to_str().ok());
        let region = signature
            .and_then(|text| text.split_once("Credential=")?.1.split('/').nth(2))
            .filter(|region| is_region(region));
        let region = region.unwrap_or(&place.region).to_owned();
        Self { place: Place { region, ..place.clone() } }
    }
}

fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 32
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The input of an action. What this engine does not know of it is refused by name.
pub(super) fn input<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}".as_slice() } else { body };
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("the request cannot be read: {error}");
        if error.is_data() {
            ApiError::validation(message)
        } else {
            ApiError::client("SerializationException", message)
        }
    })
}

/// An answer.
pub(super) fn answer(status: u16, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    if let Ok(status) = status.try_into() {
        *response.status_mut() = status;
    }
    let request_id = uuid::Uuid::new_v4().to_string();
    for (name, value) in
        [("content-type", "application/x-amz-json-1.0"), ("x-amzn-requestid", request_id.as_str())]
    {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A page of a list, and the token for the next one. The token is the place to go on from; it says nothing else.
pub(super) fn page<T>(mut items: Vec<T>, skip: usize, most: usize) -> (Vec<T>, Option<String>) {
    let more = items.len() > most;
    items.truncate(most);
    (items, more.then(|| hex::encode(format!("from {}", skip + most))))
}

/// Where a page begins.
pub(super) fn skip(token: Option<&str>) -> Result<usize, ApiError> {
    let Some(token) = token else { return Ok(0) };
    let decoded = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = decoded.and_then(|text| text.strip_prefix("from ")?.parse().ok());
    place.ok_or_else(|| ApiError::client("InvalidToken", format!("Invalid Token: '{token}'")))
}

/// How many items a page has: 100 where nothing is said, at most 1,000.
pub(super) fn page_size(wanted: Option<u64>) -> Result<usize, ApiError> {
    match wanted {
        None | Some(0) => Ok(100),
        Some(wanted @ 1..=1000) => Ok(wanted as usize),
        Some(wanted) => Err(ApiError::validation(format!(
            "1 validation error detected: Value '{wanted}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000"
        ))),
    }
}
