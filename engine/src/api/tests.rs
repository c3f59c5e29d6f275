//! What the API lets in.

use super::*;
use crate::client::Http;
use crate::integrations::Integrations;
use crate::lambda::Remote;
use crate::scratch::Scratch;

/// An engine whose functions and whose AWS are not there: what gets that far is answered with 502.
pub(super) async fn api(folder: &Scratch) -> Arc<Api> {
    let (store, clock, place) = (Store::open(folder.path()).unwrap(), Clock, Place::example());
    let (http, nowhere) = (Http::new().unwrap(), "http://127.0.0.1:1");
    let machines = Machines::new(store.clone(), clock);
    let functions = Functions::remote(Remote::new(http.clone(), nowhere));
    let integrations = Integrations::new(functions.clone());
    let executor = Executor::start(store.clone(), clock, machines.clone(), integrations).await.unwrap();
    let arn = place.arn("events", "rule/");
    let bus = Bus::start(
        store.clone(),
        clock,
        Vec::new(),
        arn,
        machines.clone(),
        executor.clone(),
        functions.clone(),
    );
    let forward = Some(Forward::new(http, nowhere));
    Arc::new(Api { store, clock, machines, executor, bus, functions, forward, place })
}

const HEALTH: &str = "GET /_redress/health";
const INVOKE: &str = "POST /2015-03-31/functions/contain-role/invocations";
const STATES: &str = "POST / x-amz-target=AWSStepFunctions.ListStateMachines";
const EVENTS: &str = "POST / x-amz-target=AWSEvents.ListRules";
const OTHERS: &str = "POST / content-type=application/x-www-form-urlencoded";
const ALL: [(&str, u16); 5] = [(HEALTH, 200), (INVOKE, 502), (STATES, 200), (EVENTS, 200), (OTHERS, 502)];

/// The status of the answer to `METHOD PATH header=value`, with more headers.
async fn status(api: &Arc<Api>, what: &str, more: &[(&str, &str)]) -> u16 {
    let mut words = what.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let headers = words.map(|word| word.split_once('=').unwrap());
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers.chain(more.iter().copied()) {
        request = request.header(name, value);
    }
    handle(State(Arc::clone(api)), request.body(Body::from("{}")).unwrap()).await.status().as_u16()
}

#[tokio::test]
async fn a_web_page_cannot_drive_the_engine() {
    let folder = Scratch::new();
    let api = api(&folder).await;
    let own: &[&[(&str, &str)]] = &[
        &[("host", "127.0.0.1:8083")],
        &[("host", "127.0.0.1")],
        &[("host", "LocalHost:8083")],
        &[("host", "[::1]:8083")],
        &[("host", "sync-states.localhost:8083")],
        &[("host", "127.0.0.1:8083"), ("sec-fetch-site", "none")],
        &[("host", "127.0.0.1:8083"), ("sec-fetch-site", "same-origin")],
    ];
    let others: &[&[(&str, &str)]] = &[
        &[],
        &[("host", "127.0.0.1:8083"), ("origin", "https://evil.example")],
        &[("host", "127.0.0.1:8083"), ("origin", "null")],
        &[("host", "127.0.0.1:8083"), ("origin", "http://127.0.0.1:8083")],
        &[("host", "127.0.0.1:8083"), ("sec-fetch-site", "cross-site")],
        &[("host", "127.0.0.1:8083"), ("sec-fetch-site", "same-site")],
        &[("host", "127.0.0.1:8083"), ("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")],
        &[("host", "rebound.example:8083")],
        &[("host", "127.0.0.1.rebound.example")],
        &[("host", "localhost.rebound.example:8083")],
        &[("host", "notlocalhost")],
        &[("host", "127.0.0.1@rebound.example")],
        &[("host", "localhost@127.0.0.1")],
        &[("host", "10.0.0.1:8083")],
        &[("host", "")],
        &[("host", "127.0.0.1:8083"), ("host", "rebound.example")],
    ];
    for (what, answered) in ALL {
        for headers in own {
            assert_eq!(status(&api, what, headers).await, answered, "{what} {headers:?}");
        }
        for headers in others {
            assert_eq!(status(&api, what, headers).await, 403, "{what} {headers:?}");
        }
    }
    let absolute = "POST http://rebound.example/2015-03-31/functions/contain-role/invocations";
    assert_eq!(status(&api, absolute, &[("host", "127.0.0.1:8083")]).await, 403);
}

/// What a page can send to another without asking is refused even where nothing says that it is from a page.
#[tokio::test]
async fn a_function_takes_no_payload_that_a_form_could_send() {
    let folder = Scratch::new();
    let api = api(&folder).await;
    for (kind, answered) in [
        ("application/json", 502),
        ("application/json; charset=utf-8", 502),
        ("application/octet-stream", 502),
        ("application/x-amz-json-1.0", 502),
        ("text/plain", 415),
        ("Text/Plain; charset=application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=application/json", 415),
    ] {
        let headers = [("host", "127.0.0.1:8083"), ("content-type", kind)];
        assert_eq!(status(&api, INVOKE, &headers).await, answered, "{kind}");
    }
}

/// Those who speak XML are refused in XML.
#[tokio::test]
async fn a_refusal_is_in_the_protocol_of_whoever_asked() {
    let folder = Scratch::new();
    let api = api(&folder).await;
    for (path, kind, begins) in [
        ("/", "application/x-amz-json-1.0", "{\"__type\":\"AccessDeniedException\""),
        ("/2015-03-31/functions", "text/plain", "{\"__type\":\"AccessDeniedException\""),
        ("/", "application/x-www-form-urlencoded", "<ErrorResponse>"),
    ] {
        let request = Request::builder().uri(path).header("content-type", kind).body(Body::empty()).unwrap();
        let body = handle(State(Arc::clone(&api)), request).await.into_body();
        let text = String::from_utf8(to_bytes(body, MOST_BYTES).await.unwrap().to_vec()).unwrap();
        assert!(text.starts_with(begins), "{text}");
    }
}
