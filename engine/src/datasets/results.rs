//! What a distributed Map gives for its children, in the output of the state or in files.
//!
//! Source: Step Functions developer guide, "ResultWriter (Map)".

use crate::arn::{ExecutionArn, StateMachineArn};
use crate::asl::state::distributed::Transformation;
use crate::status::ExecutionStatus;
use crate::time::iso;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A child of a map run.
#[derive(Debug, Clone)]
pub struct Child {
    /// Its ARN, its name and that of its machine.
    pub arn: ExecutionArn,
    /// Its name.
    pub name: String,
    /// The ARN of what it is an execution of.
    pub machine_arn: StateMachineArn,
    /// None where it never began.
    pub status: Option<ExecutionStatus>,
    /// JSON.
    pub input: String,
    /// JSON, where it ended well.
    pub output: Option<String>,
    /// Where it did not.
    pub error: Option<String>,
    /// Where it did not.
    pub cause: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub stopped_at: Option<Timestamp>,
    /// How often it was redriven, whether it can be, and why not.
    pub redrive: (u32, &'static str, Option<String>),
}

impl Child {
    /// Whether it ended well.
    pub fn has_succeeded(&self) -> bool {
        self.status == Some(ExecutionStatus::Succeeded)
    }

    /// All that is known of it.
    fn whole(&self) -> Value {
        let mut shown = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            value.map(|value| shown.insert(name.to_owned(), value));
        };
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        put("Cause", text(&self.cause));
        put("Error", text(&self.error));
        put("ExecutionArn", Some(json!(self.arn)));
        put("Input", Some(json!(self.input)));
        put("InputDetails", Some(json!({ "Included": true })));
        put("Name", Some(json!(self.name)));
        put("Output", text(&self.output));
        put("OutputDetails", self.output.as_ref().map(|_| json!({ "Included": true })));
        let (count, status, reason) = &self.redrive;
        put("RedriveCount", Some(json!(count)));
        put("RedriveStatus", Some(json!(status)));
        put("RedriveStatusReason", text(reason));
        put("StartDate", self.started_at.map(|at| iso(at).into()));
        put("StateMachineArn", Some(json!(self.machine_arn)));
        put("Status", Some(self.status.map_or("PENDING", ExecutionStatus::as_str).into()));
        put("StopDate", self.stopped_at.map(|at| iso(at).into()));
        Value::Object(shown)
    }
}

/// What is given for children, in their order. Of a child that did not end well it is always all that is known.
pub fn results<'c>(
    transformation: Transformation,
    children: impl IntoIterator<Item = &'c Child>,
) -> Vec<Value> {
    let mut results = Vec::new();
    for child in children {
        let output = child.output.as_deref().filter(|_| transformation != Transformation::None);
        match output.and_then(|output| serde_json::from_str(output).ok()) {
            Some(Value::Array(items)) if transformation == Transformation::Flatten => results.extend(items),
            Some(output) => results.push(output),
            None => results.push(child.whole()),
        }
    }
    results
}
