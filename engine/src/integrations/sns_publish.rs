//! `sns:publish`. A `Message` that is JSON is sent as its text.
//!
//! Source: Step Functions developer guide, "Publish messages to Amazon SNS topics with Step Functions".

use super::{Caller, Report, optimized};
use crate::aws::Aws;
use serde_json::Value;

pub(super) async fn call(aws: &Aws, caller: &Caller, arguments: &Value) -> Report {
    optimized::call(aws, caller, ("sns", "publish"), arguments).await
}
