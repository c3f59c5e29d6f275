use super::describe::Answer;
use super::members::{KIND, MOST_DEFINITION, may, must, secret};
use super::shape::{Member, Shape};
use super::{Api, ApiError, Caller, definition};
use crate::asl::{Problem, Severity};
use crate::service::settings::Kind;
use crate::service::thinking;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("definition", secret(1, MOST_DEFINITION)),
    may("type", KIND),
    may("severity", Shape::OneOf(&["ERROR", "WARNING"])),
    may("maxResults", Shape::Whole { min: 0, max: 100 }),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    definition: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    severity: Option<String>,
    max_results: Option<usize>,
}

/// `ValidateStateMachineDefinition`
pub(super) async fn run(_: &Api, _: &Caller, input: Input) -> Result<Value, ApiError> {
    let kind = input.kind.as_deref().map_or(Kind::Standard, Kind::read);
    let definition = input.definition;
    let (is_fine, mut problems) = thinking(move || definition::problems(&definition, kind)).await?;
    if input.severity.as_deref() != Some("WARNING") {
        problems.retain(|problem| problem.severity == Severity::Error);
    }
    let most = input.max_results.filter(|most| *most > 0).unwrap_or(100);
    let truncated = problems.len() > most;
    problems.truncate(most);
    let result = if is_fine { "OK" } else { "FAIL" };
    let diagnostics: Vec<Value> = problems.iter().map(diagnostic).collect();
    Ok(json!({ "result": result, "diagnostics": diagnostics, "truncated": truncated }))
}

/// A problem in AWS's terms. The code of a warning that AWS does not have is the id of its rule.
fn diagnostic(problem: &Problem) -> Value {
    let mut answer = Answer::default();
    answer.put("severity", json!(problem.severity));
    answer.put("code", problem.code);
    answer.put("message", problem.message.as_str());
    let location = problem.place.as_deref().map(|place| if place.is_empty() { "/" } else { place });
    answer.may("location", location);
    answer.finish()
}
