//! Whether a definition can be used, for CreateStateMachine, UpdateStateMachine and ValidateStateMachineDefinition.

use super::{Api, ApiError};
use crate::arn;
use crate::asl::{self, Problem, Rule, Severity, StateMachine, WrongLabel};
use crate::json::escape;
use crate::service::settings::Kind;
use serde_json::{Map, Value};

/// Refuses a definition that a machine of this type cannot have.
pub(in crate::api) fn check(api: &Api, definition: &str, kind: Kind) -> Result<(), ApiError> {
    if let Some(wrong) = wrong_label(definition) {
        return Err(ApiError::client(
            "InvalidDefinition",
            format!("Error=ValueError Args=[{}] in definition '{definition}'.", quoted(&wrong)),
        ));
    }
    let problems = of_express(definition, kind);
    if !problems.is_empty() {
        return Err(ApiError::definition(&problems));
    }
    api.machines.parse(definition)?;
    Ok(())
}

/// Everything that is wrong with a definition, and whether it can be used.
pub(in crate::api) fn problems(definition: &str, kind: Kind) -> (bool, Vec<Problem>) {
    let (machine, mut problems) = StateMachine::check(definition);
    problems.extend(of_express(definition, kind));
    let is_fine = machine.is_some() && problems.iter().all(|problem| problem.severity != Severity::Error);
    (is_fine, problems)
}

/// What an Express machine cannot do.
///
/// Source: Step Functions developer guide, "Choosing workflow type", and the messages that AWS was seen to answer.
fn of_express(definition: &str, kind: Kind) -> Vec<Problem> {
    let mut problems = Vec::new();
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    if kind == Kind::Express {
        each_state(&definition, "", &mut |state, _, pointer| {
            let Some(resource) = state.get("Resource").and_then(Value::as_str) else {
                let mode = state.get("ItemProcessor").and_then(|it| it.pointer("/ProcessorConfig/Mode"));
                if mode.and_then(Value::as_str) == Some("DISTRIBUTED") {
                    let pointer = format!("{pointer}/ItemProcessor/ProcessorConfig/Mode");
                    let message = "Express state machine does not support Map states in DISTRIBUTED mode";
                    problems.push(Problem::error(Rule::Value, pointer, message));
                }
                return;
            };
            let message = if resource.ends_with(".waitForTaskToken") {
                // AWS writes the space at the end.
                "Express state machine does not support '.waitForTaskToken' service integration "
            } else if resource.ends_with(".sync") || resource.ends_with(".sync:2") {
                "Express state machine does not support '.sync' service integration"
            } else if arn::type_of(resource) == Some("activity") {
                "Express state machine does not support activities"
            } else {
                return;
            };
            problems.push(Problem::error(Rule::Value, format!("{pointer}/Resource"), message));
        });
    }
    asl::settled(&definition, problems)
}

/// What is wrong with the first label that is wrong.
///
/// Source: the recorded answers, whose words are not those of AWS's other refusals.
fn wrong_label(definition: &str) -> Option<String> {
    let definition: Value = serde_json::from_str(definition).ok()?;
    let mut wrong = None;
    each_state(&definition, "", &mut |state, _, _| {
        let label = state.get("Label").filter(|_| state.get("Type").and_then(Value::as_str) == Some("Map"));
        let Some(label) = label.and_then(Value::as_str) else { return };
        let what = WrongLabel::of(label).map(|it| match it {
            WrongLabel::Character(c) => format!("{it}: {}", quoted(&c.to_string())),
            WrongLabel::Empty | WrongLabel::Long => it.to_string(),
        });
        wrong = wrong.take().or(what);
    });
    wrong
}

/// A text as Python writes it: in single quotes, unless it has single quotes and no double ones.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c == quote => quoted.extend(['\\', c]),
            c if c.is_control() || c == '\u{a0}' => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_whitespace() && c != ' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push(quote);
    quoted
}

/// Visits every state of a definition, whatever else is wrong with it, with its name and a JSON pointer to it.
pub(in crate::api) fn each_state<'d>(
    machine: &'d Value,
    pointer: &str,
    visit: &mut impl FnMut(&'d Map<String, Value>, &str, &str),
) {
    let Some(states) = machine.get("States").and_then(Value::as_object) else { return };
    for (name, state) in states {
        let Some(fields) = state.as_object() else { continue };
        let pointer = format!("{pointer}/States/{}", escape(name));
        visit(fields, name, &pointer);
        for (inner, at) in asl::machines(state, &pointer) {
            each_state(inner, &at, visit);
        }
    }
}
