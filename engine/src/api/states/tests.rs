//! What the actions answer: one file a case, with the calls in their order. `make golden` writes the answers anew; the
//! calls of a case are made on the wire, so what is checked is what a client would read.

use super::super::tests::api;
use super::super::{Api, MOST_BYTES, handle};
use crate::scratch::Scratch;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    calls: Vec<Call>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    /// The action; `kill -9` takes the state as it is and starts another engine over it.
    call: String,
    /// `{#1/stateMachineArn}` is what stands there in the first answer. A definition and an input are given as JSON.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    with: Map<String, Value>,
    /// Whose signature it has: a region, or an account and a region.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    /// It is asked again until the answer is this one: something goes on in the background.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    soon: bool,
    /// What is answered, with `<time>` and `<uuid 1>` for what differs from run to run; an error as code, message and,
    /// where it has one, reason.
    #[serde(default)]
    answer: Value,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_answers_as_aws_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api/states/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "the cases are missing");
    for file in files {
        let mut case: Case = serde_json::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let is_golden = std::env::var_os("GOLDEN").is_some();
        let mut world = World::new().await;
        for call in &mut case.calls {
            let expected = call.answer.clone();
            let found = world.make(call, &expected).await;
            if is_golden {
                call.answer = found;
            } else {
                assert_eq!(found, expected, "{}: {} {:?}", file.display(), call.call, call.with);
            }
        }
        if is_golden {
            std::fs::write(&file, serde_json::to_string_pretty(&case).unwrap() + "\n").unwrap();
        }
    }
}

struct World {
    api: Arc<Api>,
    folders: Vec<Scratch>,
    answers: Vec<Value>,
    uuids: BTreeMap<String, usize>,
}

impl World {
    async fn new() -> Self {
        let folder = Scratch::new();
        let api = api(&folder).await;
        Self { api, folders: vec![folder], answers: Vec::new(), uuids: BTreeMap::new() }
    }

    async fn make(&mut self, call: &Call, expected: &Value) -> Value {
        if call.call == "kill -9" {
            let copy = Scratch::new();
            for name in ["redress.sqlite", "redress.sqlite-wal"] {
                let from = self.folders.last().unwrap().path().join(name);
                std::fs::copy(from, copy.path().join(name)).unwrap();
            }
            self.api = api(&copy).await;
            self.folders.push(copy);
            self.answers.push(Value::Null);
            return Value::Null;
        }
        // Where the answers are written nobody knows which one to wait for.
        let is_golden = std::env::var_os("GOLDEN").is_some();
        let seconds = if is_golden { 2 } else { 20 };
        let give_up = tokio::time::Instant::now() + Duration::from_secs(seconds);
        loop {
            let answer = self.ask(call).await;
            let shown = self.shown(&answer);
            let is_late = tokio::time::Instant::now() > give_up;
            let is_expected = shown == *expected && !is_golden;
            if !call.soon || is_expected || is_late {
                self.answers.push(answer);
                return shown;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn ask(&self, call: &Call) -> Value {
        let mut with = call.with.clone();
        for (name, value) in &mut with {
            let is_json = matches!(name.as_str(), "definition" | "input" | "output") && !value.is_string();
            if is_json {
                *value = value.to_string().into();
            }
        }
        let body = self.filled(&Value::Object(with)).to_string();
        let signed = call.signed.as_deref().unwrap_or("us-east-1");
        let (account, region) = signed.split_once(' ').unwrap_or(("AKIAEXAMPLE", signed));
        let request = Request::post("/")
            .header("host", "127.0.0.1:8083")
            .header("x-amz-target", format!("AWSStepFunctions.{}", call.call))
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={account}/20261122/{region}/states/aws4_request"),
            )
            .body(Body::from(body))
            .unwrap();
        let answer = handle(State(Arc::clone(&self.api)), request).await;
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), MOST_BYTES).await.unwrap();
        let value: Value = serde_json::from_slice(&body).unwrap();
        match value.get("reason") {
            _ if status == 200 => value,
            None => json!([value["__type"], value["message"]]),
            Some(reason) => json!([value["__type"], value["message"], reason]),
        }
    }

    /// What was answered before stands in the place of what refers to it.
    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let mut text = text.clone();
                while let Some((before, rest)) = text.split_once("{#") {
                    let (place, after) = rest.split_once('}').unwrap();
                    let (number, pointer) = place.split_at(place.find('/').unwrap());
                    let answer = &self.answers[number.parse::<usize>().unwrap() - 1];
                    let found = answer.pointer(pointer).and_then(Value::as_str);
                    text = format!("{before}{}{after}", found.unwrap_or_else(|| panic!("{place}: {answer}")));
                }
                text.into()
            }
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(name, value)| (name.clone(), self.filled(value))).collect())
            }
            other => other.clone(),
        }
    }

    /// An answer without what differs from run to run.
    fn shown(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.without_uuids(text).into(),
            Value::Array(items) => items.iter().map(|item| self.shown(item)).collect(),
            Value::Object(fields) => {
                let shown = |(name, value): (&String, &Value)| {
                    let is_time = value.is_number() && (name.ends_with("Date") || name == "timestamp");
                    let is_token = name == "taskToken" && value.is_string();
                    let shown = match (is_time, is_token) {
                        (true, _) => "<time>".into(),
                        (_, true) => "<token>".into(),
                        _ => self.shown(value),
                    };
                    (name.clone(), shown)
                };
                Value::Object(fields.iter().map(shown).collect())
            }
            other => other.clone(),
        }
    }

    fn without_uuids(&mut self, text: &str) -> String {
        let mut shown = text.to_owned();
        let is_part = |c: char| c.is_ascii_hexdigit() || c == '-';
        for word in text.split(|c: char| !is_part(c)).filter(|word| word.len() == 36) {
            if uuid::Uuid::parse_str(word).is_ok() {
                let next = self.uuids.len() + 1;
                let number = *self.uuids.entry(word.to_owned()).or_insert(next);
                shown = shown.replace(word, &format!("<uuid {number}>"));
            }
        }
        shown
    }
}
