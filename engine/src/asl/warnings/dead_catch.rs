use crate::asl::evaluated::Seen;
use crate::asl::fields::Problems;
use crate::asl::names::{ErrorName, ErrorPattern};
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use serde_json::Value;

/// Errors of other types of states.
const NEVER_OF_A_TASK: [&str; 5] = [
    "States.BranchFailed",
    "States.NoChoiceMatched",
    "States.ExceedToleratedFailureThreshold",
    "States.ItemReaderFailed",
    "States.ResultWriterFailed",
];

/// Errors of the fields of JSONPath.
const OF_PATHS: [&str; 3] =
    ["States.ResultPathMatchFailure", "States.ParameterPathFailure", "States.IntrinsicFailure"];

pub(super) fn check(state: &Seen, problems: &Problems) {
    for list in ["Retry", "Catch"] {
        let entries = state.fields.get(list).and_then(Value::as_array);
        let mut earlier: Vec<&str> = Vec::new();
        for (n, entry) in entries.into_iter().flatten().enumerate() {
            let names = entry.get("ErrorEquals").and_then(Value::as_array);
            let names: Vec<&str> = names.into_iter().flatten().filter_map(Value::as_str).collect();
            // Errors that cannot happen often stand beside others that can; only an entry of nothing else is dead.
            let why: Option<Vec<String>> = names
                .iter()
                .map(|name| taken(state, &earlier, name).or_else(|| impossible(state, name)))
                .collect();
            if let Some(why) = why.filter(|why| !why.is_empty()) {
                let at = format!("{}/{list}/{n}", state.pointer);
                let message = format!("this entry can never take an error: {}", why.join("; "));
                problems.push(Problem::warning(Rule::DeadCatch, at, message));
            }
            earlier.extend(names);
        }
    }
}

/// What takes the error before this entry does. Of `States.TaskFailed` only what is sure counts: it takes every error that
/// a task itself gives.
fn taken(state: &Seen, earlier: &[&str], name: &str) -> Option<String> {
    let error = ErrorName::new(name);
    let taker = earlier.iter().find(|taker| match ErrorPattern::new(taker) {
        ErrorPattern::Exactly(_) if name == "States.ALL" || name == "States.TaskFailed" => false,
        ErrorPattern::Exactly(taker) => ErrorPattern::Exactly(taker).matches(&error),
        ErrorPattern::TaskFailed => {
            name == "States.TaskFailed" || (is_task(state) && !name.starts_with("States."))
        }
        // What stands behind `States.ALL` is refused, with the words for that.
        ErrorPattern::All => false,
    });
    taker.map(|taker| format!("`{name}` is taken by `{taker}` in an entry before this one"))
}

/// Why a Task cannot give the error. A Map and a Parallel give what the states inside them gave.
fn impossible(state: &Seen, name: &str) -> Option<String> {
    if !is_task(state) {
        return None;
    }
    let has =
        |field: &str| state.fields.contains_key(field) || state.fields.contains_key(&format!("{field}Path"));
    // What a nested execution ended with is the error of the state that waited for it.
    let nested = state.text("Resource").is_some_and(|resource| resource.contains(":states:startExecution"));
    let why = match name {
        "States.HeartbeatTimeout" if !has("HeartbeatSeconds") && !nested => {
            "the state has no `HeartbeatSeconds`"
        }
        "States.Timeout" if !has("TimeoutSeconds") && !has("HeartbeatSeconds") && !nested => {
            "the state has neither `TimeoutSeconds` nor `HeartbeatSeconds`"
        }
        name if NEVER_OF_A_TASK.contains(&name) && !nested => "no Task gives it",
        name if OF_PATHS.contains(&name) && state.language == QueryLanguage::Jsonata => {
            "only a state of JSONPath gives it"
        }
        "States.QueryEvaluationError" if state.language == QueryLanguage::Jsonpath => {
            "only a state of JSONata gives it"
        }
        _ => return None,
    };
    Some(format!("`{name}` cannot happen: {why}"))
}

fn is_task(state: &Seen) -> bool {
    state.text("Type") == Some("Task")
}
