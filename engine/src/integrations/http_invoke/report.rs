//! What a state gets of an answer.

use super::super::Report;
use crate::execution::Failure;
use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value, json};

/// What is no text, and fails a state.
const NO_TEXT: [&str; 4] = ["application/octet-stream", "image/", "video/", "audio/"];

pub(super) fn report(answer: &Response<Bytes>) -> Report {
    let status = answer.status();
    let mut headers = Map::new();
    for (name, value) in answer.headers() {
        let values = headers.entry(name.as_str()).or_insert_with(|| json!([]));
        if let (Some(values), Ok(value)) = (values.as_array_mut(), value.to_str()) {
            values.push(json!(value));
        }
    }
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    let no_text = |why: &str| Failure::new("States.Runtime", format!("The response {why}"));
    if NO_TEXT.iter().any(|unreadable| kind.starts_with(unreadable)) {
        return Err(no_text(&format!("has the content type '{kind}', which is not supported")));
    }
    let text = std::str::from_utf8(answer.body()).map_err(|_| no_text("cannot be read as text"))?;
    let body = match serde_json::from_str(text) {
        Ok(body) if kind.contains("json") => body,
        _ => Value::from(text),
    };
    let text = status.canonical_reason().unwrap_or_default();
    if status.is_success() {
        return Ok(json!({
            "Headers": headers,
            "ResponseBody": body,
            "StatusCode": status.as_u16(),
            "StatusText": text,
        }));
    }
    let cause = json!({
        "StatusCode": status.as_u16(),
        "StatusText": text,
        "ResponseBody": body,
        "Headers": headers,
    });
    Err(Failure::new(&format!("States.Http.StatusCode.{}", status.as_u16()), cause.to_string()))
}
