//! `dynamodb:getItem`, `putItem`, `updateItem` and `deleteItem`. Attributes are in DynamoDB's own JSON, with its own names
//! (`BOOL`, `NULL`), unlike those of `aws-sdk:dynamodb`.
//!
//! Source: Step Functions developer guide, "Perform DynamoDB CRUD operations with Step Functions".

use super::{Caller, Report, optimized};
use crate::aws::Aws;
use serde_json::Value;

pub(super) async fn call(aws: &Aws, caller: &Caller, action: &str, arguments: &Value) -> Report {
    optimized::call(aws, caller, ("dynamodb", action), arguments).await
}
