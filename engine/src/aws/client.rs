use super::model::Operation;
use super::names::Casing;
use super::{request, response};
use crate::client::{Credentials, Http};
use crate::clock::Clock;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Services that the engine itself plays. It tells accounts apart by the access key, and knows no sessions.
const PLAYED: [&str; 3] = ["states", "events", "lambda"];

/// Services that are the same in all regions, and are signed for the first one of the partition.
const GLOBAL: [&str; 7] = ["iam", "cloudfront", "route53", "organizations", "waf", "shield", "budgets"];

/// Where AWS is, for the calls of state machines and rules. It can be cloned; all clones are the same.
#[derive(Clone)]
pub struct Aws {
    http: Http,
    endpoint: Arc<str>,
    clock: Clock,
    has_sessions: bool,
}

/// Where a call is made, and in whose name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The account.
    pub(crate) account: &'a str,
    /// The region.
    pub(crate) region: &'a str,
    /// The session of a role, where one was assumed for it.
    pub(crate) session: Option<&'a Credentials>,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The output of the operation.
    pub(crate) output: Value,
    /// What it came as.
    pub(crate) body: Bytes,
    status: u16,
    request_id: String,
    headers: Vec<(String, String)>,
}

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallFault {
    /// The operation does not take these parameters: what is wrong with them, in Step Functions' words.
    #[error("{}", .0.join(", "))]
    Parameters(Vec<String>),
    /// No request can be made of them.
    #[error("{0}")]
    Request(String),
    /// There was no answer.
    #[error("Unable to execute HTTP request: {0}")]
    Connection(String),
    /// The answer cannot be read.
    #[error("the answer cannot be read: {0}")]
    Answer(String),
    /// The service answered with an error.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// An error that a service answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct ServiceError {
    /// Its code on the wire: `NoSuchEntity`.
    pub(crate) code: String,
    /// The exception that it is, if the service's model has it: `NoSuchEntityException`.
    pub(crate) exception: Option<String>,
    /// Its message.
    pub(crate) message: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The id of the request.
    pub(crate) request_id: String,
}

impl Aws {
    /// Calls go to this endpoint, for whatever service they are.
    pub fn new(http: Http, endpoint: &str, clock: Clock) -> Self {
        let endpoint = endpoint.trim_end_matches('/').into();
        Self { http, endpoint, clock, has_sessions: false }
    }

    /// The same, if there is an AWS behind it that roles can be assumed of.
    pub fn with_sessions(self, has_sessions: bool) -> Self {
        Self { has_sessions, ..self }
    }

    /// Whether there is an AWS behind it that roles can be assumed of.
    pub(crate) fn has_sessions(&self) -> bool {
        self.has_sessions
    }

    /// Calls an operation in an account and a region.
    pub(crate) async fn call(
        &self,
        Place { account, region, session }: Place<'_>,
        operation: &Operation,
        parameters: &Value,
        casing: Casing,
    ) -> Result<Answer, CallFault> {
        let token = uuid::Uuid::new_v4().to_string();
        let mut request = request::request(&self.endpoint, operation, parameters, casing, &token)?;
        let service = &operation.model().signing;
        if operation.wire().is_none_or(|wire| wire.unsigned == 0) {
            let region = if GLOBAL.contains(&service.as_str()) { first_region(region) } else { region };
            let of_account = Credentials::of_account(account);
            let session = session.filter(|_| !PLAYED.contains(&service.as_str()));
            session
                .unwrap_or(&of_account)
                .sign(&mut request, service, region, self.clock.now())
                .map_err(|error| CallFault::Request(error.to_string()))?;
        }
        let answer =
            self.http.send(request).await.map_err(|error| CallFault::Connection(error.to_string()))?;
        if answer.status().as_u16() >= 300 {
            return Err(response::error(operation.model(), &answer).into());
        }
        let output = response::output(operation, &answer, casing).map_err(CallFault::Answer)?;
        let request_id = response::request_id(answer.headers());
        Ok(Answer {
            output,
            status: answer.status().as_u16(),
            request_id: request_id.unwrap_or(token),
            headers: shown(answer.headers(), answer.body().len()),
            body: answer.into_body(),
        })
    }
}

fn first_region(region: &str) -> &str {
    if region.starts_with("cn-") {
        "cn-north-1"
    } else if region.starts_with("us-gov-") {
        "us-gov-west-1"
    } else {
        "us-east-1"
    }
}

/// The headers that Step Functions shows of an answer, spelled as it spells them.
fn shown(headers: &HeaderMap, length: usize) -> Vec<(String, String)> {
    let named = [("content-type", "Content-Type"), ("date", "Date")];
    let found = named.iter().filter_map(|(name, shown)| {
        Some(((*shown).to_owned(), headers.get(*name)?.to_str().ok()?.to_owned()))
    });
    found.chain([("Content-Length".to_owned(), length.to_string())]).collect()
}

impl Answer {
    /// The output of an optimized integration: with `SdkHttpMetadata` and `SdkResponseMetadata`.
    pub(crate) fn with_metadata(self, keeps_connection: bool) -> Value {
        let mut headers = self.headers;
        headers.push(("x-amzn-RequestId".to_owned(), self.request_id.clone()));
        if keeps_connection {
            headers.push(("connection".to_owned(), "keep-alive".to_owned()));
        }
        headers.sort();
        let all: Map<String, Value> =
            headers.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
        let single: Map<String, Value> =
            headers.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        let mut output = self.output;
        if let Some(map) = output.as_object_mut() {
            let metadata =
                json!({ "AllHttpHeaders": all, "HttpHeaders": single, "HttpStatusCode": self.status });
            map.insert("SdkHttpMetadata".to_owned(), metadata);
            map.insert("SdkResponseMetadata".to_owned(), json!({ "RequestId": self.request_id }));
            map.sort_keys();
        }
        output
    }
}
