//! Rules for every state of every definition.

use crate::errors::{PERMANENT, TRANSIENT, can_occur};
use crate::subjects::{all, declaration};
use serde_json::Value;
use tests::Result;

#[test]
fn every_response_is_read_without_a_warning() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let (name, workflow) = (subject.name(), &subject.response.workflow);
        wrong.extend(workflow.warnings.iter().map(|warning| format!("{name}: {warning}")));
        if workflow.rules.is_empty() {
            wrong.push(format!("{name}: no rule starts it; add one to `rules/`"));
        }
        if subject.scenarios.is_empty() {
            wrong.push(format!("{name}: it has no scenarios; add some to `scenarios/`, or use a shape"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_state_has_a_comment() -> Result<()> {
    let mut wrong = Vec::new();
    let is_sentence = |comment: &Option<String>| comment.as_ref().is_some_and(|text| text.ends_with('.'));
    for subject in all()? {
        let states = subject.machine.states().into_iter().map(|(name, state)| (name, &state.comment));
        for (name, comment) in states.chain([("the state machine", &subject.machine.comment)]) {
            if !is_sentence(comment) {
                wrong.push(format!("{}: `{name}` needs a `Comment` that is a sentence", subject.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// Without `TimeoutSeconds`, an execution waits for a task token for a year.
#[test]
fn every_execution_and_every_task_has_a_timeout() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let response = subject.name();
        if subject.machine.timeout_seconds.is_none() {
            wrong.push(format!("{response}: the state machine needs `TimeoutSeconds`"));
        }
        for (name, state, function) in subject.machine.tasks() {
            let least = u64::from(declaration(function)?.timeout_seconds);
            match &state.timeout_seconds {
                None => wrong.push(format!("{response}: `{name}` needs `TimeoutSeconds`")),
                Some(given) if given.as_u64().is_some_and(|given| given < least) => wrong.push(format!(
                    "{response}: `{name}` times out after {given} s, but `{function}` may run for {least} s: a retry would overlap with it"
                )),
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_task_state_calls_a_task_of_the_contract() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for (name, state) in subject.machine.states().into_iter().filter(|(_, state)| state.kind == "Task") {
            let at = format!("{}: `{name}`", subject.name());
            match state.function().map(declaration) {
                None => wrong
                    .push(format!("{at} does not call a Lambda function; allow it in this test if it may")),
                Some(Err(why)) => wrong.push(format!("{at}: {why}")),
                Some(Ok(_)) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// A question that nobody answered in time is not repeated by a Retry.
#[test]
fn every_task_is_retried_after_transient_errors_and_no_others() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for (name, state, _) in subject.machine.tasks() {
            let retried: Vec<&str> =
                state.retry.iter().flat_map(|retry| &retry.error_equals).map(String::as_str).collect();
            let timeout: &[&str] = &["States.Timeout"];
            let (more, less) = if state.waits_for_token() { (&[][..], timeout) } else { (timeout, &[][..]) };
            for error in TRANSIENT.iter().chain(more).filter(|error| !retried.contains(error)) {
                wrong.push(format!(
                    "{}: `{name}` does not retry `{error}`, which is transient; add it to its Retry",
                    subject.name()
                ));
            }
            for error in PERMANENT.iter().chain(less).filter(|error| retried.contains(error)) {
                wrong.push(format!(
                    "{}: `{name}` retries `{error}`, which is permanent; remove it from its Retry",
                    subject.name()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_state_that_can_fail_catches_all_errors() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let can_fail = ["Task", "Parallel", "Map"];
        for (name, state) in subject.machine.states() {
            let last = state.catch.last().map(|catch| catch.error_equals.as_slice());
            if can_fail.contains(&state.kind.as_str()) && last != Some(&["States.ALL".to_owned()][..]) {
                wrong.push(format!(
                    "{}: the last entry of the Catch of `{name}` must be `States.ALL` alone",
                    subject.name()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_error_that_a_state_handles_can_occur() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for (name, state) in subject.machine.states() {
            let handlers = state.retry.iter().chain(&state.catch).flat_map(|handler| &handler.error_equals);
            for error in handlers.filter(|error| !can_occur(state, error)) {
                wrong.push(format!(
                    "{}: `{name}` handles `{error}`, which cannot occur: declare it in the task's errors, or correct the name",
                    subject.name()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// A task token is enough to answer a question. It goes to the task that asks, and into no output, variable or message.
#[test]
fn no_state_passes_a_task_token_on() -> Result<()> {
    const HARMLESS: &[&str] = &[".Execution.", ".State.", ".StateMachine.", ".Map."];
    let mut wrong = Vec::new();
    for subject in all()? {
        let definition: Value = serde_json::from_str(&subject.response.workflow.definition)?;
        for (pointer, text) in strings(&definition, String::new()) {
            let passes_on = text
                .split("$states.context")
                .skip(1)
                .any(|rest| !HARMLESS.iter().any(|part| rest.starts_with(part)));
            let may = pointer.ends_with("/Arguments/Payload/taskToken");
            if passes_on && !may {
                wrong.push(format!(
                    "{}: `{pointer}` is `{text}`: a task token may only be `taskToken` of a Payload",
                    subject.name()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// Every string in a value, with its JSON pointer.
fn strings(value: &Value, pointer: String) -> Vec<(String, &str)> {
    match value {
        Value::String(text) => vec![(pointer, text)],
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.flat_map(|(n, item)| strings(item, format!("{pointer}/{n}"))).collect()
        }
        Value::Object(map) => {
            map.iter().flat_map(|(key, value)| strings(value, format!("{pointer}/{key}"))).collect()
        }
        _ => Vec::new(),
    }
}
