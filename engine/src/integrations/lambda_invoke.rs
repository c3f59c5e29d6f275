//! `arn:aws:states:::lambda:invoke`.
//!
//! Source: Step Functions developer guide, "Invoke an AWS Lambda function with Step Functions".

use super::Report;
use crate::execution::Failure;
use crate::lambda::{Answer, Functions, InvokeError};
use bytes::Bytes;
use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

/// How many bytes a result may have. Source: Step Functions quotas.
const MOST_BYTES: usize = 262_144;

pub(super) async fn call(functions: &Functions, at: Timestamp, arguments: Value) -> Report {
    let Some(function) = arguments.get("FunctionName").and_then(Value::as_str) else {
        return Err(Failure::new("States.Runtime", "The parameter `FunctionName` is missing"));
    };
    // A payload of null is none: the function gets an empty object.
    let payload = match arguments.get("Payload") {
        None | Some(Value::Null) => Bytes::from_static(b"{}"),
        // A string that is JSON is the payload itself.
        Some(Value::String(text)) if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            Bytes::from(text.clone())
        }
        Some(payload) => Bytes::from(payload.to_string()),
    };
    let function = match arguments.get("Qualifier").and_then(Value::as_str) {
        Some(qualifier) => format!("{function}:{qualifier}"),
        None => function.to_owned(),
    };
    let with_log = arguments.get("LogType").and_then(Value::as_str) == Some("Tail");
    match functions.invoke(&function, payload).await {
        Ok(answer) => match returned(&answer, "lambda") {
            Ok(payload) => Ok(with_metadata(&answer, at, payload, with_log)),
            Err(failure) => Err(Failure { cause: failure.cause.map(|cause| compact(&cause)), ..failure }),
        },
        Err(error) => Err(failure(&error)),
    }
}

/// JSON without spaces: through the integration a function's error comes as it is read, not as it was written.
fn compact(cause: &str) -> String {
    serde_json::from_str::<Value>(cause).map_or_else(|_| cause.to_owned(), |value| value.to_string())
}

/// What a function returned. A function's error is an answer of Lambda's, and becomes the state's error. `called` is
/// what AWS calls the function in a message.
pub(super) fn returned(answer: &Answer, called: &str) -> Report {
    if answer.payload.len() > MOST_BYTES {
        let cause = format!(
            "The state/task '{called}' returned a result with a size exceeding the maximum number of bytes service limit."
        );
        return Err(Failure::new("States.DataLimitExceeded", cause));
    }
    let text = String::from_utf8_lossy(&answer.payload);
    if answer.function_error {
        let parsed: Option<Value> = serde_json::from_str(&text).ok();
        let error = parsed
            .as_ref()
            .and_then(|value| value.get("errorType"))
            .and_then(Value::as_str)
            .unwrap_or("Lambda.Unknown");
        return Err(Failure::new(error, text.into_owned()));
    }
    if text.is_empty() {
        return Ok(json!({}));
    }
    // What is not JSON is a string.
    Ok(serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text)))
}

/// The result of `lambda:invoke`: what the function returned, and what Step Functions shows of Lambda's answer. The
/// headers stand in its order.
fn with_metadata(answer: &Answer, at: Timestamp, payload: Value, with_log: bool) -> Value {
    let length = answer.payload.len().to_string();
    let date = jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC))
        .map(|date| date.replace("+0000", "GMT"))
        .unwrap_or_default();
    let (id, trace) = (answer.request_id.as_str(), trace_id(answer, at));
    let log = with_log.then(|| answer.log_tail());
    let (mut all, mut single, mut result) = (Map::new(), Map::new(), Map::new());
    if let Some(log) = &log {
        all.insert("X-Amz-Log-Result".to_owned(), json!([log]));
    }
    for (name, value) in [
        ("X-Amz-Executed-Version", "$LATEST"),
        ("x-amzn-Remapped-Content-Length", "0"),
        ("Connection", "keep-alive"),
        ("x-amzn-RequestId", id),
        ("Content-Length", &length),
        ("Date", &date),
        ("X-Amzn-Trace-Id", &trace),
        ("Content-Type", "application/json"),
    ] {
        all.insert(name.to_owned(), json!([value]));
    }
    for (name, value) in [
        ("Connection", "keep-alive"),
        ("Content-Length", &length),
        ("Content-Type", "application/json"),
        ("Date", &date),
        ("X-Amz-Executed-Version", "$LATEST"),
    ] {
        single.insert(name.to_owned(), json!(value));
    }
    if let Some(log) = &log {
        single.insert("X-Amz-Log-Result".to_owned(), json!(log));
    }
    for (name, value) in
        [("x-amzn-Remapped-Content-Length", "0"), ("x-amzn-RequestId", id), ("X-Amzn-Trace-Id", &trace)]
    {
        single.insert(name.to_owned(), json!(value));
    }
    result.insert("ExecutedVersion".to_owned(), json!("$LATEST"));
    if let Some(log) = log {
        result.insert("LogResult".to_owned(), json!(log));
    }
    result.insert("Payload".to_owned(), payload);
    result.insert(
        "SdkHttpMetadata".to_owned(),
        json!({ "AllHttpHeaders": all, "HttpHeaders": single, "HttpStatusCode": 200 }),
    );
    result.insert("SdkResponseMetadata".to_owned(), json!({ "RequestId": id }));
    result.insert("StatusCode".to_owned(), json!(200));
    Value::Object(result)
}

/// A trace id as X-Ray writes it. Nothing is traced here: it is made from the id of the request.
fn trace_id(answer: &Answer, at: Timestamp) -> String {
    let digits: String = answer.request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let (root, parent) = (digits.get(..24).unwrap_or(&digits), digits.get(..16).unwrap_or(&digits));
    format!("Root=1-{:08x}-{root};Parent={parent};Sampled=0", at.as_second())
}

pub(super) fn failure(error: &InvokeError) -> Failure {
    let (code, status) = match error {
        InvokeError::NoSuchFunction(_) => ("ResourceNotFoundException", 404),
        InvokeError::Denied { .. } | InvokeError::Reserved(_) => ("AccessDeniedException", 403),
        InvokeError::Throttled { .. } => ("TooManyRequestsException", 429),
        InvokeError::Invalid { .. } => ("InvalidRequestContentException", 400),
        InvokeError::TooLarge(_) => ("RequestTooLargeException", 413),
        InvokeError::Start { .. } => ("ServiceException", 500),
        InvokeError::Unreachable { .. } => {
            return Failure::new("Lambda.SdkClientException", error.to_string());
        }
    };
    // What Lambda says is passed on as it is.
    let said = match error {
        InvokeError::Denied { why, .. } | InvokeError::Throttled { why, .. } => why.clone(),
        error => error.to_string(),
    };
    let cause = format!(
        "{said} (Service: AWSLambda; Status Code: {status}; Error Code: {code}; Request ID: {}; Proxy: null)",
        uuid::Uuid::new_v4()
    );
    // What has no name of its own in Step Functions is an exception of Lambda's.
    let name = if code == "AccessDeniedException" { "AWSLambdaException" } else { code };
    Failure::new(&format!("Lambda.{name}"), cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Http;
    use crate::lambda::Remote;
    use axum::Router;
    use axum::http::{StatusCode, Uri};
    use std::future::IntoFuture;
    use tokio::net::TcpListener;

    /// A Lambda that answers with the status that its function is called, and says where it was asked.
    async fn answer(uri: Uri) -> (StatusCode, String) {
        let status = uri.path().split('/').nth(3).and_then(|name| name.split('-').nth(1)?.parse().ok());
        (status.unwrap_or(StatusCode::OK), json!({ "Message": uri.to_string() }).to_string())
    }

    #[tokio::test]
    async fn what_an_endpoint_refuses_has_lambda_s_name() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let serve = axum::serve(listener, Router::new().fallback(answer)).into_future();
        tokio::spawn(serve);
        let functions = Functions::remote(Remote::new(Http::new().unwrap(), &endpoint));
        let at = |rest: &str| format!("/2015-03-31/functions/{rest}");
        for (function, asked) in [
            ("f", at("f/invocations")),
            ("f:3", at("f/invocations?Qualifier=3")),
            (
                "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
                at("f/invocations?Qualifier=%24LATEST"),
            ),
            ("../../other", at("%2E%2E%2F%2E%2E%2Fother/invocations")),
            ("f?x#y", at("f%3Fx%23y/invocations")),
        ] {
            let answer =
                call(&functions, Timestamp::UNIX_EPOCH, json!({ "FunctionName": function })).await.unwrap();
            assert_eq!(answer["Payload"]["Message"], asked, "{function}");
        }
        for (function, error, cause) in [
            (
                "f-403",
                "Lambda.AWSLambdaException",
                "invocations (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; ",
            ),
            (
                "f-404",
                "Lambda.ResourceNotFoundException",
                "Status Code: 404; Error Code: ResourceNotFoundException; ",
            ),
            (
                "f-429",
                "Lambda.TooManyRequestsException",
                "invocations (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; ",
            ),
            ("f-503", "Lambda.SdkClientException", "it answered 503"),
        ] {
            let failure = call(&functions, Timestamp::UNIX_EPOCH, json!({ "FunctionName": function }))
                .await
                .unwrap_err();
            assert_eq!(failure.error.unwrap().as_str(), error, "{function}");
            let found = failure.cause.unwrap();
            assert!(found.contains(cause), "{function}: {found}");
        }
    }
}
