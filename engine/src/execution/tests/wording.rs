//! Histories that were written by an engine with other words.

use super::world;
use crate::execution::history::{EventKind, HistoryEvent};
use crate::execution::{Execution, Status, Stimulus, replay};
use crate::simulation::Ends;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the engine says of an expression that fails, and what another one said.
const WORDS: [(&str, &str); 2] = [
    ("An error occurred while executing the state", "Once upon a time in"),
    ("\"States.Timeout\"}", "\"States.Timeout\",\"cause\":\"Once upon a time\"}"),
];

/// Runs a machine until nothing more happens, puts its history into the other words, and replays it.
fn replayed(states: Value, until: &str) -> Execution {
    let definition = json!({ "QueryLanguage": "JSONata", "StartAt": "A", "States": states });
    let slow = Box::new(|_: usize, _: &Value| Some(Ends { after: 5_000, with: Ok(json!({})) }));
    let mut world = world::start(&definition, &json!({}), slow);
    while world.history().iter().all(|event| event.type_name() != until) {
        assert!(world.step().unwrap(), "it never comes to {until}");
    }
    let mut said = 0;
    let mut in_other_words = |event: &HistoryEvent| {
        let mut text = serde_json::to_string(&event.kind).unwrap();
        for (ours, theirs) in WORDS {
            said += text.matches(ours).count();
            text = text.replace(ours, theirs);
        }
        let kind: EventKind = serde_json::from_str(&text).unwrap();
        HistoryEvent { kind, ..event.clone() }
    };
    let history: Vec<HistoryEvent> = world.history().iter().map(&mut in_other_words).collect();
    assert!(said > 0, "no event has the words that are to be others");
    let (about, machine) = (world.execution().about().clone(), Arc::clone(world.execution().machine()));
    replay(about, machine, &history).unwrap()
}

/// What a Catch has made of a cause stays, and the execution goes on with it.
#[test]
fn an_execution_goes_on_with_the_words_of_its_history() {
    let states = json!({
        "A": {
            "Type": "Parallel",
            "Branches": [{ "StartAt": "B", "States": { "B": { "Type": "Pass", "Output": "{% $nothing %}", "End": true } } }],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Assign": { "why": "{% $states.errorOutput.Cause %}" }, "Next": "C" }],
            "End": true
        },
        "C": { "Type": "Wait", "Seconds": 60, "Next": "D" },
        "D": { "Type": "Pass", "Output": "{% [$why, $states.input.Cause] %}", "End": true }
    });
    let mut execution = replayed(states, "WaitStateEntered");
    let (at, timer) = execution.next_timer().unwrap();
    execution.advance(at, Stimulus::Elapsed(timer)).unwrap();
    let Status::Succeeded(output) = execution.status() else { panic!("{:?}", execution.status()) };
    let said = output.as_array().unwrap();
    assert_eq!(said.len(), 2);
    for cause in said {
        assert!(cause.as_str().unwrap().starts_with("Once upon a time in 'B'"), "{cause}");
    }
}

/// The end of an execution keeps its words.
#[test]
fn an_execution_ended_with_the_words_of_its_history() {
    let fails = json!({ "A": { "Type": "Pass", "Output": "{% $nothing %}", "End": true } });
    let takes_too_long = json!({
        "A": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": { "FunctionName": "f" }, "TimeoutSeconds": 1, "End": true }
    });
    for states in [fails, takes_too_long] {
        let execution = replayed(states, "ExecutionFailed");
        let Status::Failed(failure) = execution.status() else { panic!("{:?}", execution.status()) };
        let cause = failure.cause.as_deref().unwrap();
        assert!(cause.starts_with("Once upon a time"), "{cause}");
    }
}

/// Anything else that is different is another execution.
#[test]
fn other_data_is_no_other_wording() {
    let states = json!({ "A": { "Type": "Pass", "Output": "{% $nothing %}", "End": true } });
    let definition = json!({ "QueryLanguage": "JSONata", "StartAt": "A", "States": states });
    let world = world::start(&definition, &json!({}), Box::new(|_, _| None));
    let (about, machine) = (world.execution().about().clone(), Arc::clone(world.execution().machine()));
    let mut history = world.history().to_vec();
    for event in &mut history {
        if let EventKind::EvaluationFailed(details) = &mut event.kind {
            details.location = Some("Assign".to_owned());
        }
    }
    assert!(replay(about, machine, &history).is_err());
}
