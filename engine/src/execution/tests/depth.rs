//! A turn costs no more stack however deep the states lie in each other, and however many follow each other.

use super::world;
use crate::asl::{Kind, StateMachine};
use crate::execution::history::HistoryEvent;
use crate::execution::{About, Command, Execution, Status, Stimulus};
use serde_json::{Value, json};
use std::sync::Arc;

/// Far less than a turn would need that went down into 6,000 states by recursion.
const STACK: usize = 256 * 1024;

fn parsed(definition: &Value) -> StateMachine {
    let (machine, problems) = StateMachine::parse(&definition.to_string());
    machine.unwrap_or_else(|| panic!("{problems:?}"))
}

/// Starts an execution on a thread with a small stack, and lets what it waits for elapse. Neither is dropped there: that
/// goes down into the states, too.
fn run(machine: Arc<StateMachine>, about: About) -> (Status, Vec<HistoryEvent>) {
    let run = move || {
        let (mut execution, commands) = Execution::start(about, machine, world::start_time());
        let mut events = recorded(commands);
        while let Some((at, timer)) = execution.next_timer() {
            events.extend(recorded(execution.advance(at, Stimulus::Elapsed(timer)).unwrap()));
        }
        let status = execution.status().clone();
        std::mem::forget(execution);
        (status, events)
    };
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap()
}

fn recorded(commands: Vec<Command>) -> Vec<HistoryEvent> {
    let event = |command| match command {
        Command::Record(event) => Some(event),
        _ => None,
    };
    commands.into_iter().filter_map(event).collect()
}

/// A Parallel in a Parallel, and so on, with this state in the middle.
fn nested(depth: usize, middle: &Value) -> Arc<StateMachine> {
    let pass = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    let around = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Parallel", "Branches": [pass], "ResultPath": null, "End": true },
    } });
    let mut inner = parsed(middle);
    for _ in 0..depth {
        let mut outer = parsed(&around);
        let states = Arc::get_mut(&mut outer.states).unwrap();
        let Kind::Parallel(parallel) = &mut states.list_mut()[0].kind else { panic!("it is no Parallel") };
        parallel.branches = vec![inner.states];
        inner = outer;
    }
    let machine = Arc::new(inner);
    std::mem::forget(Arc::clone(&machine));
    machine
}

#[test]
fn thousands_of_states_in_each_other_need_no_stack() {
    let depth = 6_000;
    for (middle, events) in [
        (json!({ "Type": "Succeed" }), 4),
        // The second turn goes up through all of them.
        (json!({ "Type": "Wait", "Seconds": 5, "End": true }), 4),
    ] {
        let machine = nested(depth, &json!({ "StartAt": "M", "States": { "M": middle } }));
        let (status, history) = run(machine, world::about("execution", &json!({})));
        assert_eq!(status, Status::Succeeded(json!({}).into()));
        assert_eq!(history.len(), depth * 4 + events);
    }
}

#[test]
fn thousands_of_states_after_each_other_need_no_stack() {
    let count = 10_000;
    let mut states = serde_json::Map::new();
    for n in 1..count {
        states.insert(format!("S{n}"), json!({ "Type": "Pass", "Next": format!("S{}", n + 1) }));
    }
    states.insert(format!("S{count}"), json!({ "Type": "Pass", "End": true }));
    let machine = Arc::new(parsed(&json!({ "StartAt": "S1", "States": states })));
    let (status, history) = run(machine, world::about("execution", &json!({})));
    assert_eq!(status, Status::Succeeded(json!({}).into()));
    assert_eq!(history.len(), count * 2 + 2);
}

#[test]
fn thousands_of_iterations_that_end_at_once_need_no_stack() {
    let items: Vec<usize> = (0..5_000).collect();
    let body = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    let map = json!({ "Type": "Map", "MaxConcurrency": 1, "ItemsPath": "$", "ResultPath": null,
        "ItemProcessor": body, "End": true });
    let machine = Arc::new(parsed(&json!({ "StartAt": "M", "States": { "M": map } })));
    let (status, history) = run(machine, world::about("execution", &json!(items)));
    assert_eq!(status, Status::Succeeded(json!(items).into()));
    assert_eq!(history.len(), items.len() * 4 + 6);
}
