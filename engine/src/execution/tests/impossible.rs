//! A contradiction in the interpreter's own state ends the execution with an error that names it.

use super::world;
use crate::execution::thread::{Position, Thread, ThreadId};
use crate::execution::{Command, Execution, Impossible, Status, Stimulus};
use crate::simulation::Ends;
use serde_json::{Value, json};

fn wait() -> Value {
    json!({ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 5, "End": true } } })
}

/// Three iterations, one at a time, each of which waits.
fn map() -> Value {
    json!({ "StartAt": "Map", "States": { "Map": {
        "Type": "Map", "ItemsPath": "$", "MaxConcurrency": 1, "ItemProcessor": wait(), "End": true,
    } } })
}

fn thread(execution: &mut Execution, id: ThreadId) -> &mut Thread {
    execution.threads.get_mut(&id).unwrap()
}

/// Breaks an execution that waits, lets its next timer elapse, and says what that reports and how the execution ends.
fn broken(definition: &Value, breaks: impl FnOnce(&mut Execution)) -> (Vec<Impossible>, String) {
    let never = |_: usize, _: &Value| -> Option<Ends> { None };
    let mut world = world::start(definition, &json!([1, 2, 3]), Box::new(never));
    let execution = world.execution_mut();
    let (at, timer) = execution.next_timer().unwrap();
    breaks(execution);
    let commands = execution.advance(at, Stimulus::Elapsed(timer)).unwrap();
    let Status::Failed(failure) = execution.status() else { panic!("{:?}", execution.status()) };
    assert_eq!(failure.error.as_ref().unwrap().as_str(), "States.Runtime");
    let cause = failure.cause.clone().unwrap();
    let ends = |command: &Command| matches!(command, Command::Record(event) if event.type_name() == "ExecutionFailed");
    assert!(commands.iter().any(ends));
    let fault = |command| match command {
        Command::Report(fault) => Some(fault),
        _ => None,
    };
    (commands.into_iter().filter_map(fault).collect(), cause)
}

#[test]
fn a_thread_in_no_state_ends_the_execution() {
    let breaks = |execution: &mut Execution| thread(execution, ThreadId::ROOT).visit = None;
    let cause = "The engine is at fault: the thread 0 is in no state.";
    assert_eq!(broken(&wait(), breaks), (vec![Impossible::NoState(ThreadId::ROOT)], cause.to_owned()));
    let breaks = |execution: &mut Execution| thread(execution, ThreadId(1)).visit = None;
    assert_eq!(broken(&map(), breaks).0, [Impossible::NoState(ThreadId(1))]);
}

#[test]
fn an_iteration_of_no_state_ends_the_execution() {
    let breaks = |execution: &mut Execution| thread(execution, ThreadId::ROOT).position = Position::Moving;
    let cause = "The engine is at fault: the thread 0 has no branches or iterations.";
    assert_eq!(broken(&map(), breaks), (vec![Impossible::NoChildren(ThreadId::ROOT)], cause.to_owned()));
}

#[test]
fn iterations_that_are_lost_end_the_execution() {
    let breaks = |execution: &mut Execution| {
        let Position::Children(children) = &mut thread(execution, ThreadId::ROOT).position else {
            panic!("it has no iterations")
        };
        children.waiting.clear();
    };
    let cause = "The engine is at fault: the thread 0 waits for branches or iterations that have not begun and will not begin.";
    assert_eq!(broken(&map(), breaks), (vec![Impossible::Stuck(ThreadId::ROOT)], cause.to_owned()));
}
