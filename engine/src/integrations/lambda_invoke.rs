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
        InvokeError::TooLarge(_) => "Lambda.RequestTooLargeException",
        InvokeError::Start { .. } => "Lambda.ServiceException",
        InvokeError::Unreachable { .. } => "Lambda.SdkClientException",
    };
    Failure::new(name, error.to_string())
}
