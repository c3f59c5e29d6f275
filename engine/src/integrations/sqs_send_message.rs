//! `sqs:sendMessage`. A `MessageBody` that is JSON is sent as its text.
//!
//! Source: Step Functions developer guide, "Send messages to an Amazon SQS queue with Step Functions".

use super::{Caller, Report, optimized};
use crate::aws::Aws;
use serde_json::Value;

pub(super) async fn call(aws: &Aws, caller: &Caller, arguments: &Value) -> Report {
    optimized::call(aws, caller, ("sqs", "sendMessage"), arguments).await
}
