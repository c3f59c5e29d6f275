//! A Lambda function by its ARN, `arn:aws:lambda:us-east-1:123456789012:function:name`: it gets the state's input as its
//! payload, and what it returns is the result.

use super::Report;
use super::lambda_invoke::{failure, returned};
use crate::execution::Failure;
use crate::lambda::Functions;
use bytes::Bytes;
use serde_json::Value;

pub(super) async fn call(functions: &Functions, arn: &str, input: Value) -> Report {
    match functions.invoke(arn, Bytes::from(input.to_string())).await {
        Ok(answer) => returned(&answer, arn),
        Err(error) => Err::<Value, Failure>(failure(&error)),
    }
}
