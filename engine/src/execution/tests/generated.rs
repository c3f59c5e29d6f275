//! Laws that hold for every machine, tried on generated ones.

use super::world::{self, Script, Scripted};
use crate::asl::QueryLanguage;
use crate::execution::history::{EventId, EventKind};
use crate::execution::{AttemptId, Status, Stimulus};
use crate::simulation::{Ends, Simulation};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// What a task can call.
/// What a Task can call, with the one argument that it needs.
const CALLEES: [(&str, &str); 4] = [
    ("arn:aws:states:::lambda:invoke", "FunctionName"),
    ("arn:aws:states:::states:startExecution.sync", "StateMachineArn"),
    ("arn:aws:lambda:us-east-1:123456789012:function:f", "any"),
    ("arn:aws:states:us-east-1:123456789012:activity:a", "any"),
];

/// A state to be generated, without its name.
#[derive(Debug, Clone)]
enum Shape {
    Pass,
    Fail,
    Choice,
    Wait(u64),
    Task { callee: usize, timeout: Option<u64>, retries: u64, catches: bool },
    Parallel { branches: Vec<Vec<Shape>>, retries: u64, catches: bool },
    Map { items: usize, concurrency: usize, distributed: bool, body: Vec<Shape>, catches: bool },
}

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let leaf = prop_oneof![
        4 => Just(Shape::Pass),
        1 => Just(Shape::Fail),
        1 => Just(Shape::Choice),
        1 => (0_u64..5).prop_map(Shape::Wait),
        5 => (0..CALLEES.len(), prop::option::of(1_u64..8), 0_u64..3, any::<bool>())
            .prop_map(|(callee, timeout, retries, catches)| Shape::Task { callee, timeout, retries, catches }),
    ];
    let tree = leaf.prop_recursive(2, 12, 3, |inner| {
        let body = prop::collection::vec(inner, 1..3);
        prop_oneof![
            (prop::collection::vec(body.clone(), 1..4), 0_u64..2, any::<bool>())
                .prop_map(|(branches, retries, catches)| Shape::Parallel { branches, retries, catches }),
            (0_usize..4, 0_usize..3, any::<bool>(), body, any::<bool>()).prop_map(
                |(items, concurrency, distributed, body, catches)| Shape::Map {
                    items,
                    concurrency,
                    distributed,
                    body,
                    catches
                }
            ),
        ]
    });
    prop::collection::vec(tree, 1..5)
}

/// How calls end: the delay in milliseconds, and which of four endings.
fn script() -> impl Strategy<Value = Vec<(u64, u8)>> {
    prop::collection::vec((0_u64..9_000, 0_u8..4), 1..12)
}

/// Writes shapes as a chain of states in one of the two languages. Names are numbers, so that no two are the same.
fn states(shapes: &[Shape], language: QueryLanguage, counter: &mut usize) -> Value {
    let names: Vec<String> = shapes
        .iter()
        .map(|_| {
            *counter += 1;
            format!("S{counter}")
        })
        .collect();
    let mut map = Map::new();
    for (n, shape) in shapes.iter().enumerate() {
        let mut state = state(shape, language, counter);
        let next = names.get(n + 1);
        let handler = format!("{}-caught", names[n]);
        // A scope assigns nothing that one around it does.
        let caught = format!("caught{}", names[n]);
        let fields = state.as_object_mut().unwrap();
        if fields.remove("catches") == Some(Value::Bool(true)) {
            let (assign, output) = match language {
                QueryLanguage::Jsonata => (
                    json!({ &caught: "{% $states.errorOutput.Error %}" }),
                    json!({ "Type": "Pass", "Output": format!("{{% ${caught} %}}"), "End": true }),
                ),
                QueryLanguage::Jsonpath => (
                    json!({ format!("{caught}.$"): "$.Error" }),
                    json!({ "Type": "Pass", "Parameters": { "caught.$": format!("${caught}") }, "End": true }),
                ),
            };
            fields.insert(
                "Catch".to_owned(),
                json!([{ "ErrorEquals": ["States.ALL"], "Assign": assign, "Next": handler }]),
            );
            map.insert(handler, output);
        }
        match (shape, next) {
            (Shape::Fail, _) => {}
            (Shape::Choice, Some(next)) => {
                let rule = match language {
                    QueryLanguage::Jsonata => {
                        json!({ "Condition": "{% $states.context.State.Name = 'no' %}", "Next": next })
                    }
                    QueryLanguage::Jsonpath => {
                        json!({ "Variable": "$$.State.Name", "StringEquals": "no", "Next": next })
                    }
                };
                fields.insert("Choices".to_owned(), json!([rule]));
                fields.insert("Default".to_owned(), json!(next));
            }
            (Shape::Choice, None) => *fields = json!({ "Type": "Succeed" }).as_object().unwrap().clone(),
            (_, Some(next)) => {
                fields.insert("Next".to_owned(), json!(next));
            }
            (_, None) => {
                fields.insert("End".to_owned(), json!(true));
            }
        }
        map.insert(names[n].clone(), state);
        if matches!(shape, Shape::Fail) {
            // What follows a Fail would not be reachable.
            break;
        }
    }
    json!({ "StartAt": names[0], "States": map })
}

fn state(shape: &Shape, language: QueryLanguage, counter: &mut usize) -> Value {
    let retry = |retries: u64| json!([{ "ErrorEquals": ["X", "States.Timeout"], "MaxAttempts": retries, "JitterStrategy": "FULL" }]);
    let is_jsonata = language == QueryLanguage::Jsonata;
    match shape {
        Shape::Pass => {
            *counter += 1;
            if is_jsonata {
                json!({ "Type": "Pass", "Assign": { format!("id{counter}"): "{% $uuid() %}" }, "Output": "{% [$now(), $random()] %}" })
            } else {
                json!({ "Type": "Pass", "Assign": { format!("id{counter}.$"): "States.UUID()" }, "Parameters": { "at.$": "$$.State.EnteredTime", "n.$": "States.MathRandom(0, 99)" }, "ResultPath": "$.of" })
            }
        }
        Shape::Fail => json!({ "Type": "Fail", "Error": "X" }),
        Shape::Choice => json!({ "Type": "Choice" }),
        Shape::Wait(seconds) if is_jsonata => {
            json!({ "Type": "Wait", "Seconds": format!("{{% {seconds} + $random() < 0.5 ? 0 : {seconds} %}}") })
        }
        Shape::Wait(seconds) => {
            json!({ "Type": "Wait", "SecondsPath": format!("$$.Execution.Input.n{seconds}") })
        }
        Shape::Task { callee, timeout, retries, catches } => {
            let arguments = if is_jsonata { "Arguments" } else { "Parameters" };
            let (resource, argument) = CALLEES[*callee];
            let mut task = json!({ "Type": "Task", "Resource": resource, arguments: { argument: "f" }, "Retry": retry(*retries), "catches": catches });
            if let Some(timeout) = timeout {
                task["TimeoutSeconds"] = json!(timeout);
            }
            if !is_jsonata {
                task["ResultPath"] = Value::Null;
            }
            task
        }
        Shape::Parallel { branches, retries, catches } => {
            let branches: Vec<Value> =
                branches.iter().map(|branch| states(branch, language, counter)).collect();
            json!({ "Type": "Parallel", "Branches": branches, "Retry": retry(*retries), "catches": catches })
        }
        Shape::Map { items, concurrency, distributed, body, catches } => {
            let mut processor = states(body, language, counter);
            if *distributed {
                processor["ProcessorConfig"] = json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" });
            }
            let mut map = json!({ "Type": "Map", "MaxConcurrency": concurrency, "ItemProcessor": processor, "catches": catches });
            if is_jsonata {
                map["Items"] = json!(vec![json!({}); *items]);
            } else {
                map["ItemsPath"] = json!(format!("$$.Execution.Input.items[:{items}]"));
                map["ResultPath"] = json!("$.mapped");
            }
            map
        }
    }
}

fn world(shapes: &[Shape], language: QueryLanguage, calls: &[(u64, u8)]) -> Simulation<Scripted> {
    let mut definition = states(shapes, language, &mut 0);
    definition["QueryLanguage"] = json!(language.as_str());
    let calls = calls.to_vec();
    let script: Script = Box::new(move |n, _| {
        let (after, ending) = calls[n % calls.len()];
        let with = match ending {
            0 | 1 => Ok(json!(n)),
            2 => Err(("X".to_owned(), String::new())),
            _ => return None,
        };
        Some(Ends { after, with })
    });
    let input = json!({ "n0": 0, "n1": 1, "n2": 2, "n3": 3, "n4": 4, "items": [{}, {}, {}, {}] });
    world::start(&definition, &input, script)
}

fn language() -> impl Strategy<Value = QueryLanguage> {
    prop_oneof![Just(QueryLanguage::Jsonata), Just(QueryLanguage::Jsonpath)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// A prefix of the history plus the rest equals the whole, wherever it is cut; and the history is well formed.
    #[test]
    fn an_execution_can_be_recovered_at_every_step(shapes in shapes(), language in language(), calls in script()) {
        let (mut whole, mut cut) = (world(&shapes, language, &calls), world(&shapes, language, &calls));
        while whole.step().unwrap() {}
        cut.recover().unwrap();
        while cut.step().unwrap() {
            cut.recover().unwrap();
        }
        prop_assert_eq!(whole.history(), cut.history());
        prop_assert_eq!(whole.execution().status(), cut.execution().status());
        for (n, event) in whole.history().iter().enumerate() {
            prop_assert_eq!(event.id, EventId::new(n as u64 + 1));
            prop_assert!(event.previous < event.id);
        }
        prop_assert!(whole.history().is_sorted_by_key(|event| event.at));
    }

    /// An execution ends once, and nothing happens after its end. One that does not end waits for somebody.
    #[test]
    fn nothing_happens_after_the_end(shapes in shapes(), language in language(), calls in script()) {
        let mut world = world(&shapes, language, &calls);
        while world.step().unwrap() {}
        let now = world.now();
        let is_end = |kind: &EventKind| matches!(kind, EventKind::ExecutionSucceeded(_) | EventKind::ExecutionFailed(_));
        let ends = world.history().iter().filter(|event| is_end(&event.kind)).count();
        if *world.execution().status() == Status::Running {
            prop_assert_eq!(ends, 0);
            let waits_for = world.execution().attempts();
            prop_assert!(!waits_for.is_empty());
            let attempt = waits_for[0];
            let once = world.execution_mut().advance(now, Stimulus::Failed { attempt, error: None, cause: None });
            prop_assert!(once.is_ok());
            let twice = world.execution_mut().advance(now, Stimulus::Failed { attempt, error: None, cause: None });
            prop_assert!(twice.is_err());
        } else {
            prop_assert_eq!(ends, 1);
            prop_assert!(is_end(&world.history().last().unwrap().kind));
            prop_assert!(world.execution().next_timer().is_none());
            for event in world.history().to_vec() {
                let attempt = AttemptId::new(event.id.get());
                let late = Stimulus::Succeeded { attempt, output: json!(1).into() };
                prop_assert!(world.execution_mut().advance(now, late).is_err());
            }
            let stop = Stimulus::Stop { error: None, cause: None };
            prop_assert!(world.execution_mut().advance(now, stop).is_err());
        }
    }
}
