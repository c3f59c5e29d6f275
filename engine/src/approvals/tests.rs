//! Who gets to the function, and what it is told. The function is not there: what gets that far is answered with 502.

use super::*;
use crate::client::Http;
use crate::lambda::{InvokeError, Remote};
use crate::scratch::Scratch;
use axum::http::{Request, response};

type Headers = &'static [(&'static str, &'static str)];

const ID: &str = "0123456789abcdef0123456789abcdef";

fn approvals(folder: &Scratch) -> Approvals {
    let functions = Functions::remote(Remote::new(Http::new().unwrap(), "http://127.0.0.1:1"));
    let operator = Operator::open(folder.path()).unwrap();
    let account = "123456789012".to_owned();
    Approvals { functions: functions.reserving(reserved()), clock: Clock, account, operator }
}

fn key(api: &Approvals) -> String {
    std::fs::read_to_string(api.operator.file()).unwrap().trim().to_owned()
}

/// Sends `METHOD PATH` with these headers, and gives the status, the page and the headers.
async fn send(
    api: &Approvals,
    what: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String, response::Parts) {
    let (method, path) = what.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "127.0.0.1:8083");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    assert!(is_page(parts.uri.path()), "{path}");
    let response = answer(api, parts, Body::from(body.to_owned())).await;
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(to_bytes(body, MOST_BYTES).await.unwrap().to_vec()).unwrap();
    (parts.status.as_u16(), text, parts)
}

async fn signed_in(api: &Approvals) -> String {
    let form = format!("key={}&name=ada&to={ID}", key(api));
    let (status, page, parts) = send(api, "POST /approvals/sign-in", &[], &form).await;
    assert_eq!(status, 303, "{page}");
    assert_eq!(parts.headers[LOCATION], format!("/approvals/{ID}"));
    let cookie = parts.headers[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/approvals; Max-Age=43200; HttpOnly; SameSite=Strict"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn only_the_operator_gets_to_a_question() {
    let folder = Scratch::new();
    let api = approvals(&folder);
    let open = format!("GET /approvals/{ID}");
    let (status, page, parts) = send(&api, &open, &[], "").await;
    assert_eq!(status, 401);
    assert!(
        page.contains("type=\"password\"") && page.contains(&format!("name=\"to\" value=\"{ID}\"")),
        "{page}"
    );
    assert_eq!(parts.headers["cache-control"], "no-store");
    assert!(!page.contains(&key(&api)));
    let cookie = signed_in(&api).await;
    assert_eq!(send(&api, &open, &[("cookie", &cookie)], "").await.0, 502, "the function is asked");
    let (_, session) = cookie.split_once('=').unwrap();
    for wrong in [
        format!("{SESSION}={}", key(&api)),
        format!("{SESSION}={session}x"),
        format!("x{cookie}"),
        format!("{cookie}; {cookie}"),
        format!("{SESSION}="),
    ] {
        assert_eq!(send(&api, &open, &[("cookie", &wrong)], "").await.0, 401, "{wrong}");
    }
    let with_key = format!("GET /approvals/{ID}?key={}", key(&api));
    assert_eq!(send(&api, &with_key, &[], "").await.0, 401, "no key is taken from an address");
}

#[tokio::test]
async fn signing_in_needs_the_key_and_a_name() {
    let folder = Scratch::new();
    let api = approvals(&folder);
    let key = key(&api);
    let rows = [
        (format!("key={key}&name="), 400),
        (format!("key={key}"), 400),
        (format!("key={key}&name=a&name=b"), 400),
        (format!("key={key}&name=a%0Ab"), 400),
        (format!("key={key}&key={key}&name=ada"), 403),
        ("key=&name=ada".to_owned(), 403),
        (String::new(), 403),
        (format!("key={key}&name=ada&to=//evil.example"), 200),
        (format!("key={key}&name=ada+lovelace"), 200),
    ];
    for (form, answered) in rows {
        let (status, page, parts) = send(&api, "POST /approvals/sign-in", &[], &form).await;
        assert_eq!(status, answered, "{form}: {page}");
        assert_eq!(parts.headers.contains_key(SET_COOKIE), status == 200, "{form}");
        assert!(!page.contains("evil") && !page.contains(&key), "{page}");
    }
    let (status, _, parts) = send(&api, "DELETE /approvals/sign-in", &[], "").await;
    assert_eq!((status, parts.headers[ALLOW].to_str().unwrap()), (405, "GET, HEAD, POST"));
    for n in 0..3 {
        let (status, _, _) = send(&api, "POST /approvals/sign-in", &[], "key=guess&name=eve").await;
        assert_eq!(status, if n < 2 { 403 } else { 429 });
    }
    let right = format!("key={key}&name=ada");
    assert_eq!(send(&api, "POST /approvals/sign-in", &[], &right).await.0, 429, "the right one too");
}

#[tokio::test]
async fn another_site_can_lead_to_a_page_and_send_nothing() {
    let folder = Scratch::new();
    let api = approvals(&folder);
    let cookie = signed_in(&api).await;
    let rows: &[(&str, Headers, u16)] = &[
        ("GET", &[], 502),
        ("GET", &[("sec-fetch-site", "cross-site")], 502),
        ("GET", &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], 403),
        ("GET", &[("origin", "null")], 403),
        ("POST", &[], 502),
        ("POST", &[("origin", "http://127.0.0.1:8083")], 502),
        ("POST", &[("origin", "null"), ("sec-fetch-site", "same-origin")], 502),
        ("POST", &[("origin", "null")], 403),
        ("POST", &[("origin", "null"), ("sec-fetch-site", "none")], 403),
        ("POST", &[("origin", "null"), ("sec-fetch-site", "cross-site")], 403),
        ("POST", &[("origin", "http://127.0.0.1:8084")], 403),
        ("POST", &[("origin", "https://127.0.0.1:8083")], 403),
        ("POST", &[("origin", "http://localhost:8083")], 403),
        ("POST", &[("origin", "https://evil.example")], 403),
        ("POST", &[("origin", "http://127.0.0.1:8083"), ("origin", "https://evil.example")], 403),
        ("POST", &[("sec-fetch-site", "cross-site")], 403),
        ("POST", &[("sec-fetch-site", "same-site")], 403),
        ("POST", &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], 403),
        ("POST", &[("host", "rebound.example"), ("origin", "http://rebound.example")], 403),
        ("GET", &[("host", "rebound.example")], 403),
    ];
    for (method, headers, answered) in rows {
        let headers: Vec<_> = headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        let (status, page, _) = send(&api, &format!("{method} /approvals/{ID}"), &headers, "").await;
        assert_eq!(status, *answered, "{method} {headers:?}");
        assert!(page.starts_with("<!doctype html>"), "{page}");
    }
}

#[tokio::test]
async fn an_event_is_what_an_http_api_makes_of_a_request() {
    let folder = Scratch::new();
    let api = approvals(&folder);
    let request = Request::builder()
        .method("POST")
        .uri(format!("/approvals/{ID}?decision=approve"))
        .header("host", "127.0.0.1:8083")
        .header("cookie", "redress-operator=secret")
        .header("authorization", "secret")
        .header("accept", "text/html")
        .header("accept", "text/plain");
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let event = event::of(&api, &parts, ID, b"a=b", Some("local:ada"));
    assert_eq!(event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"], "local:ada");
    assert_eq!(event["requestContext"]["http"]["method"], "POST");
    assert_eq!(event["requestContext"]["domainName"], "127.0.0.1:8083");
    assert_eq!(event["rawQueryString"], "decision=approve");
    assert_eq!(event["pathParameters"]["id"], ID);
    assert_eq!(event["headers"]["accept"], "text/html,text/plain");
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&"YT1i".into(), &true.into()));
    assert!(!event.to_string().contains("secret"), "{event}");
    let stranger = event::of(&api, &parts, ID, b"", None);
    assert!(stranger["requestContext"].get("authorizer").is_none() && stranger.get("body").is_none());
}

#[test]
fn an_answer_is_what_the_function_says() {
    let good = br#"{"statusCode":410,"headers":{"x-robots-tag":"noindex"},"multiValueHeaders":{},"body":"gone","isBase64Encoded":false,"cookies":[]}"#;
    let response = event::response(good);
    assert_eq!(
        (response.status().as_u16(), &response.headers()["x-robots-tag"]),
        (410, &HeaderValue::from_static("noindex"))
    );
    for bad in [
        &b"null"[..],
        b"{}",
        br#"{"statusCode":99999}"#,
        br#"{"statusCode":200,"headers":{"a b":"c"}}"#,
        br#"{"statusCode":200,"headers":{"a":"b\nc"}}"#,
    ] {
        assert_eq!(event::response(bad).status().as_u16(), 502);
    }
}

#[test]
fn what_is_a_page_is_told_by_its_path() {
    for (path, expected) in [
        ("/approvals", true),
        ("/approvals/", true),
        ("/approvals/x/y", true),
        ("/approvalsx", false),
        ("/APPROVALS/x", false),
        ("/2015-03-31/functions/../../approvals/x", false),
    ] {
        let (parts, ()) = Request::builder().uri(path).body(()).unwrap().into_parts();
        assert_eq!(is_page(parts.uri.path()), expected, "{path}");
    }
}

/// Whoever invoked the function as the page does could say that it is anybody.
#[tokio::test]
async fn nobody_but_the_page_invokes_what_is_reserved_for_it() {
    let folder = Scratch::new();
    let functions = approvals(&folder).functions;
    for function in
        ["answer-approval:page", "arn:aws:lambda:us-east-1:123456789012:function:answer-approval:page"]
    {
        let error = functions.invoke(function, Bytes::new()).await.unwrap_err();
        let why = "only the page of the engine may invoke `answer-approval:page`: answer with `redress` or in a browser, with the operator's key";
        assert!(matches!(&error, InvokeError::Reserved(_)) && error.to_string() == why, "{error}");
    }
    // The endpoint is not there: what is asked of it fails otherwise.
    for function in ["answer-approval", "answer-approval:other", "other:page"] {
        let error = functions.invoke(function, Bytes::new()).await.unwrap_err();
        assert!(matches!(error, InvokeError::Unreachable { .. }), "{error}");
    }
    assert!(matches!(functions.invoke_reserved(Bytes::new()).await, Err(InvokeError::Unreachable { .. })));
}
