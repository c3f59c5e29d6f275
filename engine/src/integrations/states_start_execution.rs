//! `states:startExecution`, and what a state is given that waits for the end of the execution (`.sync`, `.sync:2`).
//!
//! Source: Step Functions developer guide, "Start a new AWS Step Functions state machine from a running execution";
//! recorded histories.

use super::{Caller, Report, optimized};
use crate::arn::{ExecutionArn, StateMachineArn};
use crate::asl::state::Pattern;
use crate::aws::Aws;
use crate::execution::Failure;
use crate::status::ExecutionStatus;
use serde_json::{Map, Value, json};

pub(super) async fn call(aws: &Aws, caller: &Caller, arguments: &Value) -> Report {
    optimized::call(aws, caller, ("states", "startExecution"), arguments).await
}

/// An execution that has ended, as a state that waited for it sees it. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) arn: ExecutionArn,
    pub(crate) machine_arn: StateMachineArn,
    pub(crate) name: String,
    pub(crate) status: ExecutionStatus,
    pub(crate) input: String,
    pub(crate) output: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) started_at: i64,
    pub(crate) stopped_at: Option<i64>,
}

impl Ended {
    /// What the state that waited gets. With `.sync` input and output are text, with `.sync:2` they are JSON.
    pub(crate) fn report(self, pattern: Pattern) -> Report {
        let data = |text: String| match pattern {
            Pattern::Sync2 => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            _ => Value::String(text),
        };
        let mut ended = Map::new();
        if let Some(cause) = self.cause {
            ended.insert("Cause".to_owned(), json!(cause));
        }
        if let Some(error) = self.error {
            ended.insert("Error".to_owned(), json!(error));
        }
        ended.insert("ExecutionArn".to_owned(), json!(self.arn));
        ended.insert("Input".to_owned(), data(self.input));
        ended.insert("InputDetails".to_owned(), json!({ "Included": true }));
        ended.insert("Name".to_owned(), json!(self.name));
        if let Some(output) = self.output {
            ended.insert("Output".to_owned(), data(output));
            ended.insert("OutputDetails".to_owned(), json!({ "Included": true }));
        }
        ended.insert("StartDate".to_owned(), json!(self.started_at));
        ended.insert("StateMachineArn".to_owned(), json!(self.machine_arn));
        ended.insert("Status".to_owned(), json!(self.status));
        if let Some(stopped_at) = self.stopped_at {
            ended.insert("StopDate".to_owned(), json!(stopped_at));
        }
        let ended = Value::Object(ended);
        if self.status == ExecutionStatus::Succeeded {
            Ok(ended)
        } else {
            Err(Failure::new("States.TaskFailed", ended.to_string()))
        }
    }
}
