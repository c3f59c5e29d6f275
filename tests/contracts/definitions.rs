//! What every definition promises, state by state.

use crate::errors::{PERMANENT, TRANSIENT, can_come};
use crate::workflows::{all, declaration};
use serde_json::Value;
use tests::Result;

#[test]
fn every_workflow_is_read_without_a_problem() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let name = &subject.workflow.name;
        wrong.extend(subject.workflow.warnings.iter().map(|warning| format!("{name}: {warning}")));
        if subject.workflow.rules.is_empty() {
            wrong.push(format!("{name}: nothing starts it; write its `rule.json`, or several in `rules/`"));
        }
        if subject.scenarios.is_empty() {
            wrong.push(format!("{name}: nothing says how it goes; write its `scenarios/`"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_state_says_what_it_is_for() -> Result<()> {
    let mut wrong = Vec::new();
    let is_sentence = |comment: &Option<String>| comment.as_ref().is_some_and(|text| text.ends_with('.'));
    for subject in all()? {
        let states = subject.machine.states().into_iter().map(|(name, state)| (name, &state.comment));
        for (name, comment) in states.chain([("the state machine", &subject.machine.comment)]) {
            if !is_sentence(comment) {
                wrong.push(format!("{}: `{name}` needs a Comment, a sentence", subject.workflow.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// Without `TimeoutSeconds` an execution that waits for a task token waits a year.
#[test]
fn every_execution_and_every_task_has_an_end() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let workflow = &subject.workflow.name;
        if subject.machine.timeout_seconds.is_none() {
            wrong.push(format!("{workflow}: the state machine needs `TimeoutSeconds`"));
        }
        for (name, state, function) in subject.machine.tasks() {
            let least = u64::from(declaration(function)?.manifest.timeout_seconds);
            match &state.timeout_seconds {
                None => wrong.push(format!("{workflow}: `{name}` needs `TimeoutSeconds`")),
                Some(given) if given.as_u64().is_some_and(|given| given < least) => wrong.push(format!(
                    "{workflow}: `{name}` gives up after {given} s, and `{function}` may run for {least} s: a retry would run beside it"
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
            let at = format!("{}: `{name}`", subject.workflow.name);
            match state.function().map(declaration) {
                None => {
                    wrong.push(format!("{at} does not call a Lambda function; say so in this test if it may"))
                }
                Some(Err(why)) => wrong.push(format!("{at}: {why}")),
                Some(Ok(_)) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// A question is not asked again because nobody answered it in time.
#[test]
fn every_task_is_tried_again_after_what_is_transient_and_after_nothing_else() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for (name, state, _) in subject.machine.tasks() {
            let tried: Vec<&str> =
                state.retry.iter().flat_map(|retry| &retry.error_equals).map(String::as_str).collect();
            let timeout: &[&str] = &["States.Timeout"];
            let (more, less) = if state.waits_for_token() { (&[][..], timeout) } else { (timeout, &[][..]) };
            for error in TRANSIENT.iter().chain(more).filter(|error| !tried.contains(error)) {
                wrong.push(format!(
                    "{}: `{name}` gives up at `{error}`, which is transient; add it to its Retry",
                    subject.workflow.name
                ));
            }
            for error in PERMANENT.iter().chain(less).filter(|error| tried.contains(error)) {
                wrong.push(format!(
                    "{}: `{name}` is tried again after `{error}`, which will not get better; take it out of its Retry",
                    subject.workflow.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_error_of_a_task_is_caught_in_the_end() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let can_fail = ["Task", "Parallel", "Map"];
        for (name, state) in subject.machine.states() {
            let last = state.catch.last().map(|catch| catch.error_equals.as_slice());
            if can_fail.contains(&state.kind.as_str()) && last != Some(&["States.ALL".to_owned()][..]) {
                wrong.push(format!(
                    "{}: the last entry of the Catch of `{name}` must be `States.ALL` alone",
                    subject.workflow.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_error_that_a_state_speaks_of_can_come() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for (name, state) in subject.machine.states() {
            let handlers = state.retry.iter().chain(&state.catch).flat_map(|handler| &handler.error_equals);
            for error in handlers.filter(|error| !can_come(state, error)) {
                wrong.push(format!(
                    "{}: `{name}` speaks of `{error}`, which never comes: declare it in the task's errors, or correct the name",
                    subject.workflow.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// Whoever has a task token decides. It goes to the function that asks, and into no output, variable or message.
#[test]
fn no_state_gives_a_task_token_away() -> Result<()> {
    const HARMLESS: &[&str] = &[".Execution.", ".State.", ".StateMachine.", ".Map."];
    let mut wrong = Vec::new();
    for subject in all()? {
        let definition: Value = serde_json::from_str(&subject.workflow.definition)?;
        for (pointer, text) in strings(&definition, String::new()) {
            let gives_away = text
                .split("$states.context")
                .skip(1)
                .any(|rest| !HARMLESS.iter().any(|part| rest.starts_with(part)));
            let may = pointer.ends_with("/Arguments/Payload/taskToken");
            if gives_away && !may {
                wrong.push(format!(
                    "{}: `{pointer}` says `{text}`: a task token may only be `taskToken` of a Payload",
                    subject.workflow.name
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
