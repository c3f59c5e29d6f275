//! What several actions say of a machine and of an execution.

use super::variables;
use crate::service::executions::Summary;
use crate::service::settings::Settings;
use crate::time::seconds;
use serde_json::{Map, Value, json};

/// An answer under construction.
#[derive(Default)]
pub(in crate::api) struct Answer(Map<String, Value>);

impl Answer {
    pub(in crate::api) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Leaves out what is not there, as AWS does it.
    pub(in crate::api) fn may(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    pub(in crate::api) fn finish(self) -> Value {
        Value::Object(self.0)
    }

    /// The definition, and which state refers to which variables.
    pub(in crate::api) fn definition(&mut self, definition: String) {
        let references = variables::references(&definition);
        if !references.is_empty() {
            self.put("variableReferences", json!(references));
        }
        self.put("definition", definition);
    }

    /// Logging, tracing and, where somebody has chosen it, encryption.
    pub(in crate::api) fn settings(&mut self, settings: &Settings) {
        self.put("loggingConfiguration", json!(settings.logging));
        self.put("tracingConfiguration", json!(settings.tracing));
        self.may("encryptionConfiguration", settings.encryption.as_ref().map(|it| json!(it)));
    }
}

/// An execution as it is listed. How many items it has is said of the children of a map run.
pub(in crate::api) fn item(execution: Summary, item_count: Option<u64>) -> Value {
    let mut answer = Answer::default();
    answer.put("executionArn", execution.arn);
    answer.put("stateMachineArn", execution.machine_arn);
    answer.may("stateMachineVersionArn", execution.origin.version_arn);
    answer.may("stateMachineAliasArn", execution.origin.alias_arn);
    answer.may("mapRunArn", execution.origin.map_run_arn);
    answer.put("name", execution.name);
    answer.put("status", execution.status);
    answer.put("startDate", seconds(execution.started_at));
    answer.may("stopDate", execution.stopped_at.map(seconds));
    answer.may("itemCount", item_count);
    answer.put("redriveCount", execution.redrive_count);
    answer.may("redriveDate", execution.redriven_at.map(seconds));
    answer.finish()
}
