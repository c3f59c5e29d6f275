//! How the states of a machine hang together: whether it can end, and which states are reached from the start. It looks
//! at the text, so that it finds the same whatever else is wrong.
//!
//! Source: what AWS was measured to answer and published: a machine without a terminal state is refused for that alone,
//! branches and item processors may have none, and a state is reachable if a walk from the start finds it.

use super::fields::Problems;
use super::problem::{Problem, Rule};
use crate::json::escape;
use serde_json::{Map, Value};
use std::collections::HashSet;

pub(super) fn check(machine: &Value, problems: &Problems) {
    let Some(states) = machine.get("States").and_then(Value::as_object).filter(|states| !states.is_empty())
    else {
        return;
    };
    if states.values().any(ends) {
        reach(machine, "", problems);
    } else {
        problems.push(Problem::error(Rule::NoEnd, "", "Workflow has no terminal state").nowhere());
    }
    inside(states, "", problems);
}

/// The branches and item processors of these states.
fn inside(states: &Map<String, Value>, pointer: &str, problems: &Problems) {
    for (name, state) in states {
        for (machine, at) in machines(state, &format!("{pointer}/States/{}", escape(name))) {
            reach(machine, &at, problems);
            if let Some(states) = machine.get("States").and_then(Value::as_object) {
                inside(states, &at, problems);
            }
        }
    }
}

/// The branches and the item processor of a state, each with its place.
pub(crate) fn machines<'v>(state: &'v Value, pointer: &str) -> Vec<(&'v Value, String)> {
    let mut found = items(state, pointer, "Branches");
    for field in ["ItemProcessor", "Iterator"] {
        found.extend(state.get(field).map(|processor| (processor, format!("{pointer}/{field}"))));
    }
    found
}

/// The items of a list, each with its place.
pub(super) fn items<'v>(state: &'v Value, pointer: &str, list: &str) -> Vec<(&'v Value, String)> {
    let items = state.get(list).and_then(Value::as_array).into_iter().flatten().enumerate();
    items.map(|(n, item)| (item, format!("{pointer}/{list}/{n}"))).collect()
}

fn ends(state: &Value) -> bool {
    state.get("End") == Some(&Value::Bool(true))
        || matches!(state.get("Type").and_then(Value::as_str), Some("Succeed" | "Fail"))
}

/// Reports the states that no walk from the start finds.
fn reach(machine: &Value, pointer: &str, problems: &Problems) {
    let Some(states) = machine.get("States").and_then(Value::as_object) else { return };
    let Some(start) = machine.get("StartAt").and_then(Value::as_str) else { return };
    let reached = reached(states, start);
    for name in states.keys().filter(|name| !reached.contains(name.as_str())) {
        let at = format!("{pointer}/States/{}", escape(name));
        let problem = Problem::error(Rule::Unreachable, at, format!("State \"{name}\" is not reachable."));
        problems.push(problem.hint("no way from `StartAt` leads to it"));
    }
}

/// The states that a walk from the start finds.
pub(super) fn reached<'v>(states: &'v Map<String, Value>, start: &'v str) -> HashSet<&'v str> {
    let mut reached = HashSet::new();
    let mut to_do = vec![start];
    while let Some(name) = to_do.pop() {
        if let Some(state) = states.get(name)
            && reached.insert(name)
        {
            to_do.extend(targets(state));
        }
    }
    reached
}

/// Where a state leads.
fn targets(state: &Value) -> Vec<&str> {
    let mut found: Vec<&Value> = ["Next", "Default"].iter().filter_map(|field| state.get(*field)).collect();
    for list in ["Choices", "Catch"] {
        let items = state.get(list).and_then(Value::as_array).into_iter().flatten();
        found.extend(items.filter_map(|item| item.get("Next")));
    }
    found.into_iter().filter_map(Value::as_str).collect()
}
