//! Machines, and the histories that they write: one file a case. `make golden` writes the histories anew.

use super::world;
use crate::execution::history::HistoryEvent;
use crate::simulation::Ends;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::Path;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    definition: Value,
    input: Value,
    /// How the calls end, in the order in which they are made: `{"return": ...}` (a string so many `times`),
    /// `"arguments"` (it returns what it was called with), `{"fail": "Name"}`, each `after` so many milliseconds; `null` for never.
    #[serde(default)]
    calls: Vec<Value>,
    /// A line an event: its number, the one that it follows, its type, its details.
    history: Option<Vec<String>>,
}

#[test]
fn machines_write_the_histories_that_aws_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/execution/cases");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let mut case: Case = serde_json::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let calls = case.calls.clone();
        let script = Box::new(move |n: usize, arguments: &Value| end(calls.get(n)?, arguments));
        let mut world = world::start(&case.definition, &case.input, script);
        while world.step().unwrap() {
            world.recover().unwrap();
        }
        let history: Vec<String> = world.history().iter().map(line).collect();
        if std::env::var_os("GOLDEN").is_some() {
            case.history = Some(history.clone());
            std::fs::write(&file, serde_json::to_string_pretty(&case).unwrap() + "\n").unwrap();
        }
        let expected = case.history.unwrap_or_default();
        assert_eq!(expected.join("\n"), history.join("\n"), "{}: {}", file.display(), case.comment);
        count += 1;
    }
    assert!(count > 10, "the cases are missing");
}

fn end(call: &Value, arguments: &Value) -> Option<Ends> {
    if call == "arguments" {
        return Some(Ends { after: 0, with: Ok(arguments.clone()) });
    }
    let after = call.get("after").and_then(Value::as_u64).unwrap_or_default();
    let times = call.get("times").and_then(Value::as_u64).unwrap_or(1);
    let with = match (call.get("fail"), call.get("return")) {
        (Some(Value::String(error)), _) => Err((error.clone(), "a cause".to_owned())),
        (_, Some(Value::String(text))) => Ok(Value::from(text.repeat(times as usize))),
        (_, Some(value)) => Ok(value.clone()),
        (_, None) => return None,
    };
    Some(Ends { after, with })
}

/// `5 <- 4 +1000 TaskFailed {"error":"X"}`, without what says nothing.
fn line(event: &HistoryEvent) -> String {
    let aws = event.to_aws(true);
    let details = aws.as_object().unwrap().iter().find(|(key, _)| key.ends_with("EventDetails"));
    let mut details: Map<String, Value> =
        details.map(|(_, value)| value.as_object().unwrap().clone()).unwrap_or_default();
    details.retain(|key, _| {
        !key.ends_with("Details") && !["roleArn", "region", "resourceType"].contains(&key.as_str())
    });
    let since = event.at.as_millisecond() - 1_767_225_600_000;
    let text = if details.is_empty() { String::new() } else { format!(" {}", json!(details)) };
    format!("{} <- {} +{since} {}{text}", event.id.get(), event.previous.get(), event.type_name())
}
