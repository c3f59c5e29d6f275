//! What an execution may hold, and how long it may become.
//!
//! Source: Step Functions quotas; the words of its end where others met it.

use super::world;
use crate::execution::Status;
use crate::execution::history::HistoryEvent;
use crate::simulation::{Ends, Simulation};
use serde_json::{Value, json};

/// How many bytes a payload may have.
const MOST: usize = 262_144;

fn run(definition: &Value, input: &Value) -> (Status, Vec<HistoryEvent>) {
    let ends = |_: usize, _: &Value| Some(Ends { after: 0, with: Ok(json!(1)) });
    let mut world = world::start(definition, input, Box::new(ends));
    while world.step().unwrap() {}
    let found = (world.execution().status().clone(), world.history().to_vec());
    // What has come to its limit is recovered as it was.
    Simulation::recover(&mut world).unwrap();
    assert_eq!(*world.execution().status(), found.0);
    found
}

fn failure(status: &Status) -> (&str, &str) {
    let Status::Failed(failure) = status else { panic!("{status:?}") };
    (failure.error.as_ref().unwrap().as_str(), failure.cause.as_deref().unwrap())
}

/// Loops of which a round records two events, five, and several at once.
#[test]
fn a_history_ends_with_its_last_event() {
    let over = json!([{ "ErrorEquals": ["States.ALL"], "Next": "Z" }]);
    let rule = json!({ "Variable": "$.over", "IsPresent": true, "Next": "Z" });
    let choice = json!({ "Type": "Choice", "Choices": [rule], "Default": "A" });
    let task = json!({ "Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": { "Message": "m", "TopicArn": "t" }, "Catch": over, "Next": "A" });
    let only = |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Pass", "End": true } } });
    let parallel = json!({ "Type": "Parallel", "Branches": [only("P"), only("Q"), only("R")], "ResultPath": null, "Catch": over, "Next": "A" });
    let items: Vec<usize> = (0..50).collect();
    let map = json!({ "Type": "Map", "ItemsPath": "$.items", "ResultPath": null, "ItemProcessor": only("P"), "Catch": over, "Next": "A" });
    for (state, input) in
        [(choice, json!({})), (task, json!({})), (parallel, json!({})), (map, json!({ "items": items }))]
    {
        let definition = json!({ "StartAt": "A", "States": { "A": state, "Z": { "Type": "Succeed" } } });
        let (status, history) = run(&definition, &input);
        let words = "The execution reached the maximum number of history events (25000).";
        assert_eq!(failure(&status), ("States.Runtime", words));
        assert_eq!(history.len(), 25_000, "{definition}");
        let last = history.last().unwrap();
        assert_eq!((last.id.get(), last.type_name().as_str()), (25_000, "ExecutionFailed"));
    }
}

/// Each holds one byte more than it may, or as many as it may.
#[test]
fn what_is_larger_than_256_kib_is_refused_wherever_it_stands() {
    let long = |bytes: usize| format!("{{% $pad('', {}, 'x') %}}", bytes - 2);
    let inner = json!({ "StartAt": "P", "States": { "P": { "Type": "Succeed", "Output": 1 } } });
    let states = |text: &str| {
        [
            ("output", json!({ "Type": "Pass", "Output": text, "End": true })),
            ("result", json!({ "Type": "Succeed", "Output": text })),
            ("variable", json!({ "Type": "Pass", "Assign": { "v": text }, "Output": 1, "End": true })),
            (
                "arguments of a task",
                json!({ "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Arguments": text, "Output": 1, "End": true }),
            ),
            (
                "arguments of a parallel",
                json!({ "Type": "Parallel", "Arguments": text, "Branches": [inner], "Output": 1, "End": true }),
            ),
            (
                "item of a map",
                json!({ "Type": "Map", "Items": [1], "ItemSelector": text, "ItemProcessor": inner, "Output": 1, "End": true }),
            ),
            (
                "input of a child",
                json!({
                    "Type": "Map", "Items": [1], "ItemSelector": text, "Output": 1, "End": true,
                    "ItemProcessor": {
                        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                        "StartAt": "P", "States": { "P": { "Type": "Succeed", "Output": 1 } }
                    }
                }),
            ),
        ]
    };
    for (bytes, fits) in [(MOST, true), (MOST + 1, false)] {
        for (name, state) in states(&long(bytes)) {
            let definition = json!({ "QueryLanguage": "JSONata", "StartAt": "A", "States": { "A": state } });
            let (status, _) = run(&definition, &json!({}));
            match status {
                Status::Succeeded(_) => assert!(fits, "{name} of {bytes} bytes"),
                status => {
                    let (error, cause) = failure(&status);
                    assert!(!fits, "{name} of {bytes} bytes: {error}: {cause}");
                    assert_eq!(error, "States.DataLimitExceeded", "{name}: {cause}");
                    assert!(
                        cause.contains("'A'") && cause.contains("with a size exceeding"),
                        "{name}: {cause}"
                    );
                }
            }
        }
    }
}

#[test]
fn all_variables_together_hold_ten_megabytes() {
    // Forty of 256 KiB are ten megabytes; the quotes of the texts make it one too many.
    let assign = |n: usize| {
        let next = if n < 41 { json!({ "Next": format!("S{}", n + 1) }) } else { json!({ "End": true }) };
        let mut state =
            json!({ "Type": "Pass", "Assign": { format!("v{n}"): "{% $pad('', 262142, 'x') %}" } });
        state.as_object_mut().unwrap().extend(next.as_object().unwrap().clone());
        (format!("S{n}"), state)
    };
    let states: serde_json::Map<String, Value> = (1..=41).map(assign).collect();
    let definition = json!({ "QueryLanguage": "JSONata", "StartAt": "S1", "States": states });
    let (status, _) = run(&definition, &json!({}));
    let words = "The state 'S41' assigned variables with a size exceeding 10485760 bytes.";
    assert_eq!(failure(&status), ("States.DataLimitExceeded", words));
}

#[test]
fn an_express_execution_takes_five_minutes_at_most() {
    let wait = json!({ "StartAt": "A", "States": { "A": { "Type": "Wait", "Seconds": 301, "End": true } } });
    for (kind, ends) in [("express", Status::TimedOut), ("execution", Status::Succeeded(json!({}).into()))] {
        let mut world = world::start_as(kind, &wait, &json!({}), Box::new(|_, _| None));
        while world.step().unwrap() {}
        assert_eq!(*world.execution().status(), ends, "{kind}");
        let took = world.now().duration_since(world.execution().started()).as_secs();
        assert_eq!(took, if kind == "express" { 300 } else { 301 });
    }
}
