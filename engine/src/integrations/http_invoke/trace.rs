//! What went over the wire, for `TestState` at the level `TRACE`.
//!
//! Source: Step Functions developer guide, "Using TestState API to test a state", "TRACE inspectionLevel", whose example
//! this has the form of.

use super::super::Caller;
use super::connection::Additions;
use super::request::{self, said};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Notes the last request and its response.
pub(crate) struct Trace {
    /// Whether what a connection adds is noted too.
    reveals: bool,
    notes: Mutex<Map<String, Value>>,
}

impl Trace {
    /// Notes nothing yet. What a connection adds is a secret, and left out unless it is to be revealed.
    pub(crate) fn new(reveals: bool) -> Self {
        Self { reveals, notes: Mutex::default() }
    }

    /// `request` and `response`, as far as there were any.
    pub(crate) fn into_notes(self) -> Map<String, Value> {
        self.notes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request. Without secrets it is the one that the state makes by itself.
    pub(super) fn sent(
        &self,
        caller: &Caller,
        arguments: &Value,
        additions: &Additions,
        sent: &Request<Bytes>,
    ) {
        let none = Additions::default();
        let own = if self.reveals { None } else { request::request(caller, arguments, &none).ok() };
        let (request, additions) = match &own {
            Some(own) => (own, &none),
            None if self.reveals => (sent, additions),
            // What the state makes by itself cannot be told from the secrets.
            None => return,
        };
        let of_state = said(arguments, "Headers").map(|(name, _)| name.as_str());
        let of_connection = additions.headers.iter().map(|(name, _)| name.as_str());
        let of_token = ["Authorization"].into_iter().filter(|_| self.reveals);
        let names = of_state.chain(of_connection).chain(of_token).chain(["User-Agent", "Range"]);
        let mut note = json!({
            "protocol": sent.uri().scheme_str().unwrap_or("https"),
            "method": request.method().as_str(),
            "url": request.uri().to_string(),
            "headers": headers(names, request.headers()),
        });
        put_body(&mut note, request.body());
        self.put("request", note);
    }

    /// Notes the response to it.
    pub(super) fn got(&self, protocol: &str, answer: &Response<Bytes>) {
        let names = answer.headers().keys().map(http::HeaderName::as_str);
        let mut note = json!({
            "protocol": protocol,
            "statusCode": answer.status().as_u16().to_string(),
            "statusMessage": answer.status().canonical_reason().unwrap_or_default(),
            "headers": headers(names, answer.headers()),
        });
        put_body(&mut note, answer.body());
        self.put("response", note);
    }

    fn put(&self, name: &str, note: Value) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), note);
    }
}

/// Headers as Java writes a list of them, each name once, as it was first written.
fn headers<'n>(names: impl Iterator<Item = &'n str>, headers: &HeaderMap) -> String {
    let mut written: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.to_ascii_lowercase()) {
            continue;
        }
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        written.extend(values.map(|value| format!("{name}: {value}")));
    }
    format!("[{}]", written.join(", "))
}

fn put_body(note: &mut Value, body: &Bytes) {
    if let (false, Some(note)) = (body.is_empty(), note.as_object_mut()) {
        note.insert("body".to_owned(), String::from_utf8_lossy(body).into());
    }
}
