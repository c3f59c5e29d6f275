//! `events:putEvents`. The execution and its state machine are added to the `Resources` of each entry, and a single entry
//! that is not taken fails the state.
//!
//! Source: Step Functions developer guide, "Add EventBridge events with Step Functions".

use super::{Caller, Report, optimized};
use crate::aws::Aws;
use crate::execution::Failure;
use serde_json::{Value, json};

pub(super) async fn call(aws: &Aws, caller: &Caller, mut arguments: Value) -> Report {
    let entries = arguments.get_mut("Entries").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
        let resources = entry.entry("Resources").or_insert_with(|| json!([]));
        if let Some(resources) = resources.as_array_mut() {
            resources.extend([json!(caller.execution_arn), json!(caller.machine_arn)]);
        }
    }
    let output = optimized::call(aws, caller, ("events", "putEvents"), &arguments).await?;
    match output.get("FailedEntryCount").and_then(Value::as_u64) {
        None | Some(0) => Ok(output),
        Some(_) => Err(Failure::new("EventBridge.FailedEntry", output.to_string())),
    }
}
