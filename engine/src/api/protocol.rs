//! AWS's JSON protocols.

use super::ApiError;
use crate::arn;
use crate::workflow::Place;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Who asks, and where.
pub(super) struct Caller {
    pub(super) place: Place,
    /// Whether a signature says so. Nobody else is kept out of another region.
    is_signed: bool,
}

impl Caller {
    /// Region and account are those of the signature: `Credential=AKIA.../20261122/eu-west-1/states/aws4_request`. An
    /// access key of twelve digits is an account; every other one belongs to the account that the engine plays.
    pub(super) fn of(headers: &HeaderMap, place: &Place) -> Self {
        let signature = headers.get("authorization").and_then(|value| value.to_str().ok());
        let scope: Vec<&str> = signature
            .and_then(|text| text.split_once("Credential="))
            .map(|(_, scope)| scope.split('/').collect())
            .unwrap_or_default();
        let region = scope.get(2).copied().filter(|region| is_region(region));
        let account = scope.first().copied().filter(|key| is_account(key)).unwrap_or(&place.account);
        let place = Place {
            partition: place.partition.clone(),
            region: region.unwrap_or(&place.region).to_owned(),
            account: account.to_owned(),
        };
        Self { place, is_signed: region.is_some() }
    }

    /// Whether an ARN is of the caller's region and account.
    pub(super) fn is_at_home(&self, arn: &str) -> bool {
        arn::place(arn) == Some((&self.place.region, &self.place.account)) || !self.is_signed
    }
}

fn is_account(key: &str) -> bool {
    key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit())
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

/// The same for a list that goes on after its last item, wherever that is by then.
pub(super) fn page_after<T>(
    mut items: Vec<T>,
    most: usize,
    place: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let more = items.len() > most;
    items.truncate(most);
    let last = items.last().filter(|_| more);
    let token = last.map(|last| hex::encode(format!("after {}", place(last))));
    (items, token)
}

/// The place of the last item of the page before.
pub(super) fn after(token: &str) -> Option<String> {
    let decoded = String::from_utf8(hex::decode(token).ok()?).ok()?;
    decoded.strip_prefix("after ").map(str::to_owned)
}

/// Where a page begins.
pub(super) fn skip(token: Option<&str>) -> Result<usize, ApiError> {
    let Some(token) = token else { return Ok(0) };
    let decoded = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = decoded.and_then(|text| text.strip_prefix("from ")?.parse().ok());
    place.ok_or_else(ApiError::invalid_token)
}

/// How many items a page has: 100 where nothing is said, at most 1,000.
pub(super) fn page_size(wanted: Option<u64>) -> usize {
    match wanted {
        None | Some(0) => 100,
        Some(wanted) => wanted.min(1_000) as usize,
    }
}

/// An answer with a list, and the token for the next page, where there is one.
pub(super) fn listed(name: &str, items: Vec<Value>, next: Option<String>) -> Value {
    let mut answer = serde_json::Map::new();
    answer.insert(name.to_owned(), Value::Array(items));
    if let Some(next) = next {
        answer.insert("nextToken".to_owned(), Value::String(next));
    }
    Value::Object(answer)
}
