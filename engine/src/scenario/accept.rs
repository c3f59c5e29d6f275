use super::samples::{Samples, reference_of};
use super::{Expectation, ScenarioError, read, unreadable};
use crate::workflow::Workflow;
use serde_json::{Map, Value};
use std::path::Path;

/// Writes how a scenario went into its file as what it expects, and leaves everything else in it. References to samples
/// stay where what they stand for is what happened.
pub fn accept(workflow: &Workflow, file: &Path, happened: &Expectation) -> Result<(), ScenarioError> {
    let invalid = |error: serde_json::Error| unreadable(file, error.to_string());
    let samples = Samples::read(workflow)?;
    let mut scenario = read::value(file)?;
    let written = scenario.get("expect").cloned().unwrap_or_default();
    let happened = serde_json::to_value(happened).map_err(invalid)?;
    if let Some(members) = scenario.as_object_mut() {
        members.insert("expect".to_owned(), keep(&written, happened, &samples, file));
    }
    let text = serde_json::to_string_pretty(&scenario).map_err(invalid)?;
    std::fs::write(file, text + "\n").map_err(|error| unreadable(file, error.to_string()))
}

/// What happened, with every part as it was written that stands for it.
fn keep(written: &Value, happened: Value, samples: &Samples, file: &Path) -> Value {
    if samples.fill(written, file).is_ok_and(|filled| filled == happened) {
        return written.clone();
    }
    match (written, happened) {
        (Value::Object(written), Value::Object(happened)) if reference_of(written).is_none() => {
            let kept = happened.into_iter().map(|(name, value)| {
                let before = written.get(&name).unwrap_or(&Value::Null);
                let value = keep(before, value, samples, file);
                (name, value)
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        (Value::Array(written), Value::Array(happened)) => {
            let kept = happened
                .into_iter()
                .enumerate()
                .map(|(n, value)| keep(written.get(n).unwrap_or(&Value::Null), value, samples, file));
            kept.collect()
        }
        (_, happened) => happened,
    }
}
