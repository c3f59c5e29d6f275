//! State machines whose work grows with a number.

use serde_json::{Value, json};

/// A state machine, and the input for a size.
pub(crate) struct Growing {
    pub(crate) name: &'static str,
    pub(crate) sizes: (usize, usize),
    pub(crate) of: fn(usize) -> (Value, Value),
}

/// The sizes are ten times apart. The larger ones are near to what AWS allows. Their events fill vectors about as much as
/// those of the smaller ones, since a vector doubles when it is full.
pub(crate) const GROWING: [Growing; 9] = [
    Growing { name: "Map of Pass", sizes: (400, 4_000), of: map_of_pass },
    Growing { name: "Map of Task", sizes: (200, 2_000), of: map_of_task },
    Growing { name: "Map of Task, 10 at once", sizes: (200, 2_000), of: map_of_task_10_at_once },
    Growing { name: "Map in a Map", sizes: (14, 140), of: map_in_map },
    Growing { name: "Parallel", sizes: (100, 1_000), of: parallel },
    Growing { name: "loop", sizes: (400, 4_000), of: loops },
    Growing { name: "variables", sizes: (40, 400), of: variables },
    Growing { name: "large input", sizes: (25_000, 250_000), of: large_input },
    Growing { name: "large items", sizes: (10, 100), of: large_items },
];

fn items(count: usize) -> Value {
    json!({ "items": (0..count).map(|n| json!({ "n": n })).collect::<Vec<_>>() })
}

fn machine(state: &Value) -> Value {
    json!({ "QueryLanguage": "JSONata", "StartAt": "it", "States": { "it": state } })
}

fn map(iteration: &Value, concurrency: usize) -> Value {
    map_of("one", iteration, concurrency)
}

fn map_of(name: &str, iteration: &Value, concurrency: usize) -> Value {
    json!({
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "MaxConcurrency": concurrency,
        "ItemProcessor": { "StartAt": name, "States": { name: iteration } },
        "End": true,
    })
}

fn pass() -> Value {
    json!({ "Type": "Pass", "End": true })
}

fn task() -> Value {
    let arguments = json!({ "FunctionName": "f", "Payload": "{% $states.input.n %}" });
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": arguments,
        "End": true,
    })
}

fn map_of_pass(count: usize) -> (Value, Value) {
    let pass = json!({ "Type": "Pass", "Output": "{% $states.input.n %}", "End": true });
    (machine(&map(&pass, 0)), items(count))
}

fn map_of_task(count: usize) -> (Value, Value) {
    (machine(&map(&task(), 0)), items(count))
}

fn map_of_task_10_at_once(count: usize) -> (Value, Value) {
    (machine(&map(&task(), 10)), items(count))
}

/// The outer Map has so many items, and each inner one twenty.
fn map_in_map(count: usize) -> (Value, Value) {
    let groups: Vec<Value> = (0..count).map(|_| items(20)).collect();
    (machine(&map_of("group", &map(&pass(), 0), 0)), json!({ "items": groups }))
}

fn parallel(count: usize) -> (Value, Value) {
    let branch = |n: usize| json!({ "StartAt": n.to_string(), "States": { n.to_string(): pass() } });
    let branches: Vec<Value> = (0..count).map(branch).collect();
    (machine(&json!({ "Type": "Parallel", "Branches": branches, "End": true })), json!({}))
}

fn loops(count: usize) -> (Value, Value) {
    let next = json!({
        "Type": "Choice",
        "Choices": [{ "Condition": "{% $n > 0 %}", "Next": "step" }],
        "Default": "done",
    });
    let step = json!({ "Type": "Pass", "Assign": { "n": "{% $n - 1 %}" }, "Next": "next" });
    let begin = json!({ "Type": "Pass", "Assign": { "n": count }, "Next": "next" });
    let states = json!({ "begin": begin, "next": next, "step": step, "done": { "Type": "Succeed" } });
    (json!({ "QueryLanguage": "JSONata", "StartAt": "begin", "States": states }), json!({}))
}

/// Each round makes a variable of 1,000 bytes, and reads none of those that are there.
fn variables(count: usize) -> (Value, Value) {
    let mut states = serde_json::Map::new();
    for n in 0..count {
        let next = if n + 1 == count { "done".to_owned() } else { (n + 1).to_string() };
        let assign = json!({ format!("v{n}"): "v".repeat(1_000) });
        states.insert(n.to_string(), json!({ "Type": "Pass", "Assign": assign, "Next": next }));
    }
    states.insert("done".to_owned(), json!({ "Type": "Succeed" }));
    (json!({ "QueryLanguage": "JSONata", "StartAt": "0", "States": states }), json!({}))
}

/// An input of so many bytes goes through twenty states.
fn large_input(bytes: usize) -> (Value, Value) {
    let mut states = serde_json::Map::new();
    for n in 0..20 {
        states.insert(n.to_string(), json!({ "Type": "Pass", "Next": (n + 1).to_string() }));
    }
    states.insert("20".to_owned(), json!({ "Type": "Succeed" }));
    let machine = json!({ "QueryLanguage": "JSONata", "StartAt": "0", "States": states });
    (machine, json!({ "text": "x".repeat(bytes) }))
}

/// Items of 2,000 bytes.
fn large_items(count: usize) -> (Value, Value) {
    let items: Vec<Value> = (0..count).map(|n| json!({ "n": n, "text": "x".repeat(2_000) })).collect();
    (machine(&map(&pass(), 0)), json!({ "items": items }))
}
