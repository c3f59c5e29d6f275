//! `arn:aws:states:::lambda:invoke`.
//!
//! Source: Step Functions developer guide, "Invoke an AWS Lambda function with Step Functions".

use super::Report;
use crate::execution::Failure;
use crate::lambda::{Answer, Functions, InvokeError};
use bytes::Bytes;
use serde_json::{Value, json};

pub(super) async fn call(functions: &Functions, arguments: Value) -> Report {
    let Some(function) = arguments.get("FunctionName").and_then(Value::as_str) else {
        return Err(Failure::new("States.Runtime", "The parameter `FunctionName` is missing"));
    };
    let payload = match arguments.get("Payload") {
        None => Bytes::new(),
        Some(payload) => Bytes::from(payload.to_string()),
    };
    match functions.invoke(function, payload).await {
        Ok(answer) => report(&answer),
        Err(error) => Err(failure(&error)),
    }
}

/// A function's error is an answer of Lambda's, and becomes the state's error.
fn report(answer: &Answer) -> Report {
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
    let payload: Value = if text.is_empty() {
        json!({})
    } else {
        serde_json::from_str(&text).map_err(|error| {
            Failure::new(
                "Lambda.Unknown",
                format!("the function returned something that is not JSON: {error}"),
            )
        })?
    };
    // The headers are those that Step Functions shows of Lambda's answer, in its order.
    let length = answer.payload.len().to_string();
    Ok(json!({
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {
                "X-Amz-Executed-Version": ["$LATEST"],
                "Connection": ["keep-alive"],
                "x-amzn-RequestId": [answer.request_id],
                "Content-Length": [length],
                "Content-Type": ["application/json"],
            },
            "HttpHeaders": {
                "Connection": "keep-alive",
                "Content-Length": length,
                "Content-Type": "application/json",
                "X-Amz-Executed-Version": "$LATEST",
                "x-amzn-RequestId": answer.request_id,
            },
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": { "RequestId": answer.request_id },
        "StatusCode": 200,
    }))
}

fn failure(error: &InvokeError) -> Failure {
    let name = match error {
        InvokeError::NoSuchFunction(_) => "Lambda.ResourceNotFoundException",
        // What has no name of its own in Step Functions is an exception of Lambda's.
        InvokeError::Denied { .. } => "Lambda.AWSLambdaException",
        InvokeError::Throttled { .. } => "Lambda.TooManyRequestsException",
        InvokeError::TooLarge(_) => "Lambda.RequestTooLargeException",
        InvokeError::Start { .. } => "Lambda.ServiceException",
        InvokeError::Unreachable { .. } => "Lambda.SdkClientException",
    };
    Failure::new(name, error.to_string())
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
        let functions = Functions::Remote(Box::new(Remote::new(Http::new().unwrap(), &endpoint)));
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
            let answer = call(&functions, json!({ "FunctionName": function })).await.unwrap();
            assert_eq!(answer["Payload"]["Message"], asked, "{function}");
        }
        for (function, error) in [
            ("f-403", "Lambda.AWSLambdaException"),
            ("f-404", "Lambda.ResourceNotFoundException"),
            ("f-429", "Lambda.TooManyRequestsException"),
            ("f-503", "Lambda.SdkClientException"),
        ] {
            let failure = call(&functions, json!({ "FunctionName": function })).await.unwrap_err();
            assert_eq!(failure.error.unwrap().as_str(), error, "{function}");
        }
    }
}
