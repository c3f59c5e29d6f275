//! The state that is tested: a definition of its own, or one state of a machine's.

use super::super::ApiError;
use crate::asl::{Kind, Problem, Rule, Severity, StateId, StateMachine, States};
use crate::execution::STATE_NAME;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What is said of a state that is not there.
pub(super) const NOT_FOUND: &str = "State not found in definition";

/// A state, and the states around it, the innermost first.
pub(super) struct Subject {
    pub(super) states: Arc<States>,
    pub(super) state: StateId,
    pub(super) parents: Vec<(Arc<States>, StateId)>,
}

/// Reads the state. A single one is put into a machine in which everything that it leads to is there.
pub(super) fn read(definition: &str, name: Option<&str>) -> Result<Subject, ApiError> {
    match name {
        Some(name) => {
            let machine = parse(definition)?;
            find(&machine.states, name).ok_or_else(|| ApiError::validation(NOT_FOUND))
        }
        None => {
            let machine = alone(&wrapped(definition)?)?;
            let state = machine.states.start();
            Ok(Subject { states: machine.states, state, parents: Vec::new() })
        }
    }
}

fn parse(definition: &str) -> Result<StateMachine, ApiError> {
    let (machine, problems) = StateMachine::parse(definition);
    let errors: Vec<_> = problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
    machine.ok_or_else(|| ApiError::definition(&errors))
}

/// A state by itself need not lead to an end.
fn alone(definition: &str) -> Result<StateMachine, ApiError> {
    let (machine, problems) = StateMachine::parse(definition);
    let is_wrong = |problem: &Problem| problem.severity == Severity::Error && problem.rule != Rule::NoEnd;
    let errors: Vec<_> = problems.into_iter().filter(is_wrong).collect();
    let machine = if errors.is_empty() { machine.or_else(|| StateMachine::stored(definition)) } else { None };
    machine.ok_or_else(|| ApiError::definition(&errors))
}

fn wrapped(definition: &str) -> Result<String, ApiError> {
    let Ok(Value::Object(state)) = serde_json::from_str::<Value>(definition) else {
        // What is no object has the same problem as a definition.
        return parse(definition).map(|_| definition.to_owned());
    };
    let mut states = Map::new();
    targets(&state, &mut states);
    states.insert(STATE_NAME.to_owned(), Value::Object(state));
    Ok(json!({ "StartAt": STATE_NAME, "States": states }).to_string())
}

/// Puts a state for every name that a state leads to.
fn targets(state: &Map<String, Value>, states: &mut Map<String, Value>) {
    for name in ["Next", "Default"].iter().filter_map(|field| state.get(*field)?.as_str()) {
        if name != STATE_NAME {
            states.insert(name.to_owned(), json!({ "Type": "Succeed" }));
        }
    }
    let rules = ["Choices", "Catch"].iter().filter_map(|field| state.get(*field)?.as_array()).flatten();
    rules.filter_map(Value::as_object).for_each(|rule| targets(rule, states));
}

/// A state by its name, wherever it is.
pub(super) fn find(states: &Arc<States>, name: &str) -> Option<Subject> {
    if let Some(state) = states.find(name) {
        return Some(Subject { states: Arc::clone(states), state, parents: Vec::new() });
    }
    states.iter().find_map(|parent| {
        let inner = match &parent.kind {
            Kind::Map(map) => find(&map.processor, name),
            Kind::Parallel(parallel) => parallel.branches.iter().find_map(|branch| find(branch, name)),
            _ => None,
        };
        let mut subject = inner?;
        subject.parents.push((Arc::clone(states), states.find(&parent.name)?));
        Some(subject)
    })
}
