//! What the interpreter's own records rule out ends an execution as an error that is seen, and never in silence.

use super::world;
use crate::execution::thread::{Position, ThreadId};
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
fn a_fault_of_the_interpreter_ends_the_execution() {
    let child = ThreadId(1);
    let cases: [(Value, Box<dyn FnOnce(&mut Execution)>, Impossible, &str); 3] = [
        (
            wait(),
            Box::new(|execution| execution.threads.get_mut(&ThreadId::ROOT).unwrap().visit = None),
            Impossible::NoState(ThreadId::ROOT),
            "The engine is at fault: the thread 0 is in no state.",
        ),
        (
            map(),
            Box::new(|execution| {
                execution.threads.get_mut(&ThreadId::ROOT).unwrap().position = Position::Moving;
            }),
            Impossible::NoChildren(ThreadId::ROOT),
            "The engine is at fault: the thread 0 has no branches or iterations.",
        ),
        (
            map(),
            Box::new(|execution| {
                let root = execution.threads.get_mut(&ThreadId::ROOT).unwrap();
                let Position::Children(children) = &mut root.position else { panic!("no children") };
                children.waiting.clear();
            }),
            Impossible::Stuck(ThreadId::ROOT),
            "The engine is at fault: the thread 0 waits for branches or iterations that have not begun and will not begin.",
        ),
    ];
    for (definition, breaks, fault, cause) in cases {
        assert_eq!(broken(&definition, breaks), (vec![fault], cause.to_owned()));
    }
    // The iteration itself may be broken as well.
    let breaks = |execution: &mut Execution| execution.threads.get_mut(&child).unwrap().visit = None;
    assert_eq!(broken(&map(), breaks).0, [Impossible::NoState(child)]);
}
