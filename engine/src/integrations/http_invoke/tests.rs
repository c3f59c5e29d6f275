//! States that call an API, with connections of each kind: the cases are files in `cases/`. `GOLDEN=1` fills in what is sent
//! and what the state gets, for somebody to read. Everything lies on one address: EventBridge, Secrets Manager, the
//! authorization server at `/token`, and the API.

use super::*;
use crate::execution::About;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::future::IntoFuture;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// What stands in every secret of the cases, and nowhere in what a state gets.
const SECRET: &str = "EXAMPLE";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    /// What `DescribeConnection` answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connection: Option<Value>,
    /// What Secrets Manager keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<Value>,
    /// The calls, one after another. `${ENDPOINT}` is where everything lies.
    calls: Vec<Call>,
    /// What the authorization server answers, one after another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<Answer>,
    /// What the API answers, one after another.
    answers: Vec<Answer>,
    #[serde(default)]
    expected: Expected,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    at: Timestamp,
    arguments: Value,
    /// What goes over the wire is noted: with its secrets, or without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revealing: Option<bool>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Expected {
    sent: Vec<Sent>,
    got: Vec<Got>,
    /// What is noted of the calls for which something is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    noted: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    line: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Got {
    Result(Value),
    Error { error: String, cause: String },
}

/// What lies at the address.
#[derive(Default)]
struct World {
    connection: Option<Value>,
    secret: Option<Value>,
    tokens: VecDeque<Answer>,
    answers: VecDeque<Answer>,
    sent: Vec<Sent>,
}

async fn handle(State(world): State<Arc<Mutex<World>>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    let mut world = world.lock().unwrap();
    let target = parts.headers.get("x-amz-target").map(|it| it.to_str().unwrap().to_owned());
    let not_found = || {
        (
            400,
            serde_json::json!({ "__type": "ResourceNotFoundException", "message": "Connection gone does not exist." }),
        )
    };
    if let Some(target) = target {
        let (status, answer) = match target.as_str() {
            "AWSEvents.DescribeConnection" => world.connection.clone().map_or_else(not_found, |it| (200, it)),
            "secretsmanager.GetSecretValue" => world
                .secret
                .clone()
                .map_or_else(not_found, |it| (200, serde_json::json!({ "SecretString": it.to_string() }))),
            other => panic!("{other}"),
        };
        return Response::builder().status(status).body(Body::from(answer.to_string())).unwrap();
    }
    let is_hop = |name: &str| matches!(name, "host" | "content-length");
    let headers = parts.headers.iter().filter(|(name, _)| !is_hop(name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let sent = Sent { line: format!("{} {}", parts.method, parts.uri), headers: headers.collect(), body };
    world.sent.push(sent);
    let queue = if parts.uri.path() == "/token" { &mut world.tokens } else { &mut world.answers };
    let answer = queue.pop_front().unwrap();
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}

async fn happens(case: &Case) -> Expected {
    let world = Arc::new(Mutex::new(World {
        connection: case.connection.clone(),
        secret: case.secret.clone(),
        tokens: case.tokens.clone().into(),
        answers: case.answers.clone().into(),
        sent: Vec::new(),
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let there = |value: &Value| -> Value {
        serde_json::from_str(&value.to_string().replace("${ENDPOINT}", &endpoint)).unwrap()
    };
    {
        let mut world = world.lock().unwrap();
        world.connection = world.connection.as_ref().map(there);
        world.secret = world.secret.as_ref().map(there);
    }
    let router = Router::new().fallback(handle).with_state(Arc::clone(&world));
    let server = tokio::spawn(axum::serve(listener, router).into_future());
    let http = Http::new().unwrap();
    let aws = Aws::new(http.clone(), &endpoint, crate::clock::Clock);
    let (tokens, caller) = (Tokens::default(), caller());
    let (mut got, mut noted) = (Vec::new(), Vec::new());
    for case in &case.calls {
        let trace = case.revealing.map(Trace::new);
        let means = Means { http: &http, aws: &aws, tokens: &tokens, trace: trace.as_ref() };
        let report = call(&means, &caller, case.at, &there(&case.arguments)).await;
        let said = match report {
            Ok(mut result) => {
                // When it was is not to be compared.
                result["Headers"].as_object_mut().map(|headers| headers.remove("date"));
                Got::Result(result)
            }
            Err(failure) => Got::Error {
                error: failure.error.unwrap().as_str().to_owned(),
                cause: without_date(&failure.cause.unwrap_or_default()).replace(&endpoint, "${ENDPOINT}"),
            },
        };
        assert!(!format!("{said:?}").contains(SECRET), "{said:?}");
        got.push(said);
        if let Some(trace) = trace {
            let mut notes = Value::Object(trace.into_notes());
            if let Some(headers) = notes.pointer_mut("/response/headers") {
                let kept: Vec<&str> =
                    headers.as_str().unwrap().split(", ").filter(|it| !is_date(it)).collect();
                *headers = Value::from(format!("{}]", kept.join(", ").trim_end_matches(']')));
            }
            let notes = notes.to_string().replace(&endpoint, "${ENDPOINT}");
            assert_eq!(notes.contains(SECRET), case.revealing == Some(true), "{notes}");
            noted.push(serde_json::from_str(&notes).unwrap());
        }
    }
    server.abort();
    let world = world.lock().unwrap();
    assert!(world.tokens.is_empty() && world.answers.is_empty(), "not everything was asked for");
    Expected { sent: world.sent.clone(), got, noted }
}

/// Whether it is a part of the date among the headers, which has a comma in it.
fn is_date(part: &str) -> bool {
    part.trim_end_matches(']').ends_with(" GMT") || part.trim_start_matches('[').starts_with("date: ")
}

fn without_date(cause: &str) -> String {
    let Ok(mut cause) = serde_json::from_str::<Value>(cause) else { return cause.to_owned() };
    cause["Headers"].as_object_mut().map(|headers| headers.remove("date"));
    cause.to_string()
}

fn caller() -> Caller {
    Caller::of(&About {
        arn: "arn:aws:states:us-east-1:123456789012:execution:m:e".parse().unwrap(),
        name: "e".to_owned(),
        machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:m".parse().unwrap(),
        machine_name: "m".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/m".to_owned(),
        region: "us-east-1".to_owned(),
        input: "{}".into(),
        seed: [0; 32],
    })
}

#[tokio::test]
async fn apis_are_called_with_what_connections_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/integrations/http_invoke/cases");
    let files = crate::workflow::json_files(&folder).unwrap();
    assert!(files.len() >= 18, "{files:?}");
    for file in files {
        let mut case: Case = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let happened = happens(&case).await;
        if std::env::var_os("GOLDEN").is_some() {
            case.expected = happened;
            std::fs::write(&file, serde_json::to_string_pretty(&case).unwrap() + "\n").unwrap();
        } else {
            assert_eq!(case.expected, happened, "{}: {}", file.display(), case.comment);
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_a_socket_error() {
    let http = Http::new().unwrap();
    let aws = Aws::new(http.clone(), "http://127.0.0.1:1", crate::clock::Clock);
    let tokens = Tokens::default();
    let means = Means { http: &http, aws: &aws, tokens: &tokens, trace: None };
    let arguments = serde_json::json!({ "ApiEndpoint": "http://127.0.0.1:1/x?key=EXAMPLE", "Method": "GET" });
    let failure = call(&means, &caller(), Timestamp::UNIX_EPOCH, &arguments).await.unwrap_err();
    assert_eq!(failure.error.unwrap().as_str(), "States.Http.Socket");
    assert!(!failure.cause.unwrap().contains(SECRET));
}
