//! A request as an HTTP API hands it to a function, and a function's answer as the API gives it back: payload 2.0.
//! Source: API Gateway, "Working with AWS Lambda proxy integrations for HTTP APIs".

use super::{Approvals, pages};
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, HeaderValue, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

/// The event of a request. The operator stands where an authorizer of JWTs would put the claims of a person.
pub(super) fn of(
    approvals: &Approvals,
    parts: &Parts,
    id: &str,
    body: &[u8],
    operator: Option<&str>,
) -> Value {
    let now = approvals.clock.now();
    let header = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let host = header(HOST).unwrap_or_default();
    let path = format!("{}/{id}", super::PATH);
    let mut context = json!({
        "accountId": approvals.account,
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.split('.').next(),
        "http": {
            "method": parts.method.as_str(),
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": header(USER_AGENT).unwrap_or_default(),
        },
        "requestId": uuid::Uuid::new_v4().to_string(),
        "routeKey": "ANY /approvals/{id}",
        "stage": "$default",
        "time": now.to_string(),
        "timeEpoch": now.as_millisecond(),
    });
    if let (Some(name), Some(context)) = (operator, context.as_object_mut()) {
        let claims = json!({ "iss": "redress up", "sub": name, "email": name, "email_verified": "true" });
        context.insert("authorizer".to_owned(), json!({ "jwt": { "claims": claims, "scopes": null } }));
    }
    let mut event = json!({
        "version": "2.0",
        "routeKey": "ANY /approvals/{id}",
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers(parts),
        "requestContext": context,
        "pathParameters": { "id": id },
        "isBase64Encoded": false,
    });
    if let (false, Some(event)) = (body.is_empty(), event.as_object_mut()) {
        // As the API does with every body that is neither JSON nor plain text.
        event.insert("body".to_owned(), BASE64_STANDARD.encode(body).into());
        event.insert("isBase64Encoded".to_owned(), true.into());
    }
    event
}

/// Headers of one name are joined. What signs the operator in is not the function's business.
fn headers(parts: &Parts) -> Map<String, Value> {
    let mut headers = Map::new();
    for name in parts.headers.keys().filter(|name| ![COOKIE, AUTHORIZATION].contains(name)) {
        let values = parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        headers.insert(name.as_str().to_owned(), values.collect::<Vec<_>>().join(",").into());
    }
    headers
}

/// What the function answered, as a response.
pub(super) fn response(payload: &[u8]) -> Response<Body> {
    read(payload).unwrap_or_else(|| {
        tracing::warn!("the page's function gave no answer that an HTTP API understands");
        pages::failed()
    })
}

fn read(payload: &[u8]) -> Option<Response<Body>> {
    let answer: Value = serde_json::from_slice(payload).ok()?;
    let status = answer.get("statusCode")?.as_u64()?;
    let text = answer.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status.try_into().ok()?).ok()?;
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name: HeaderName = name.parse().ok()?;
        response.headers_mut().insert(name, HeaderValue::from_str(value.as_str()?).ok()?);
    }
    Some(response)
}
