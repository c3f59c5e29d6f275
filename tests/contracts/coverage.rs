//! Scenarios enter every state of every response and take every way out of it.

use crate::definition::{Machine, State};
use crate::subjects::all;
use engine::asl::{ErrorName, ErrorPattern};
use engine::execution::history::HistoryEvent;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::Result;

#[test]
fn every_state_is_entered_by_some_scenario() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let mut entered = BTreeSet::new();
        for case in &subject.scenarios {
            entered.extend(case.run()?.outcome.path.iter().map(String::as_str));
        }
        let states = subject.machine.states().into_iter().map(|(name, _)| name);
        wrong.extend(states.filter(|name| !entered.contains(*name)).map(|name| {
            format!("{}: no scenario enters `{name}`; add one, or remove the state", subject.name())
        }));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_way_out_of_a_state_is_taken_by_some_scenario() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let mut taken = BTreeSet::new();
        for case in &subject.scenarios {
            taken.extend(ways_taken(&case.run()?.history, &subject.machine));
        }
        let states = subject.machine.states();
        let ways: Vec<String> = states.iter().flat_map(|(name, state)| ways_out(name, state)).collect();
        let strange: Vec<_> = taken.iter().filter(|way| !ways.contains(way)).collect();
        assert!(strange.is_empty(), "this test misreads histories: {strange:?}");
        wrong.extend(ways.iter().filter(|way| !taken.contains(*way)).map(|way| {
            format!("{}: no scenario goes {way}; add one, or remove the transition", subject.name())
        }));
    }
    assert!(wrong.is_empty(), "{} ways:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// Every transition of a state, except for the Catch of a state with inner states. Those catch their own errors, so no
/// error of a task and no answer of a person can reach it. Rules of a Choice with the same next state count as one, since
/// a history does not tell them apart.
fn ways_out(name: &str, state: &State) -> BTreeSet<String> {
    let choices = state.choices.iter().map(|choice| &choice.next);
    let ways = choices.chain(&state.default).chain(&state.next).map(|to| way(name, to));
    let catches = state.states().is_empty().then_some(&state.catch).into_iter().flatten();
    ways.chain(catches.map(|catch| caught(name, &catch.error_equals, &catch.next))).collect()
}

fn way(from: &str, to: &str) -> String {
    format!("from `{from}` to `{to}`")
}

fn caught(from: &str, errors: &[String], to: &str) -> String {
    format!("from `{from}` to `{to}` by the Catch of {}", errors.join(", "))
}

/// The transitions of an execution: each state that it entered directly after it left another.
fn ways_taken(history: &[HistoryEvent], machine: &Machine) -> Vec<String> {
    let events: BTreeMap<_, _> =
        history.iter().map(|event| (event.id, (event, event.to_aws(true)))).collect();
    let text = |event: &Value, pointer: &str| Some(event.pointer(pointer)?.as_str()?.to_owned());
    let taken = events.values().filter_map(|(event, aws)| {
        let to = text(aws, "/stateEnteredEventDetails/name")?;
        let (left, aws) = events.get(&event.previous)?;
        let from = text(aws, "/stateExitedEventDetails/name")?;
        let (_, before) = events.get(&left.previous)?;
        let error = match before.get("type").and_then(Value::as_str)? {
            "TaskFailed" => text(before, "/taskFailedEventDetails/error"),
            "TaskTimedOut" => text(before, "/taskTimedOutEventDetails/error"),
            "EvaluationFailed" => text(before, "/evaluationFailedEventDetails/error"),
            // The history does not have the error, and only `States.ALL` is sure to match it.
            "ParallelStateFailed" | "MapStateFailed" => Some("an error from within".to_owned()),
            _ => return Some(way(&from, &to)),
        };
        let error = ErrorName::new(&error?);
        let catch = &machine.state(&from)?.catch;
        let catch = catch.iter().find(|catch| takes(&catch.error_equals, &error))?;
        Some(caught(&from, &catch.error_equals, &to))
    });
    taken.collect()
}

/// Whether a Retry or a Catch for these errors matches an error.
fn takes(errors: &[String], error: &ErrorName) -> bool {
    errors.iter().any(|pattern| ErrorPattern::new(pattern).matches(error))
}
