use super::ApiError;
use crate::asl::{Problem, Severity, StateMachine};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    definition: String,
    #[serde(default, rename = "type")]
    _kind: Option<String>,
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    max_results: Option<usize>,
}

/// `ValidateStateMachineDefinition`
pub(super) fn run(input: Input) -> Result<Value, ApiError> {
    let (machine, mut problems) = StateMachine::parse(&input.definition);
    if input.severity.as_deref() != Some("WARNING") {
        problems.retain(|problem| problem.severity == Severity::Error);
    }
    let most = input.max_results.filter(|most| *most > 0).unwrap_or(100);
    let truncated = problems.len() > most;
    problems.truncate(most);
    let result = if machine.is_some() { "OK" } else { "FAIL" };
    let diagnostics: Vec<Value> = problems.iter().map(diagnostic).collect();
    Ok(json!({ "result": result, "diagnostics": diagnostics, "truncated": truncated }))
}

/// A problem in AWS's terms, which have no place for our rule.
fn diagnostic(problem: &Problem) -> Value {
    json!({
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "location": problem.pointer,
    })
}
