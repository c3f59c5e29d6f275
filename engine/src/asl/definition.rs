//! The text of a definition.

use super::problem::{Problem, Rule};
use crate::{java, json};
use serde_json::Value;

/// Parses a definition and reports every key that occurs twice in its object.
pub(super) fn parse(text: &str) -> Result<(Value, Vec<Problem>), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::not_an_object());
    }
    let (value, twice) = json::parse(text).map_err(|error| {
        let message = java::parse_error(text).unwrap_or_else(|| error.to_string());
        Problem::error(Rule::Json, "", message).nowhere().hint(format!("the definition is not JSON: {error}"))
    })?;
    let problem = |twice: json::Twice| {
        let (pointer, key) = (twice.pointer(), &twice.key);
        if twice.object.ends_with("/States") {
            Problem::error(Rule::DuplicateState, pointer, format!("Duplicate State name: {key}"))
        } else {
            let message = format!("`{key}` occurs twice here; only one of the two can be meant");
            Problem::error(Rule::DuplicateKey, pointer, message)
        }
    };
    Ok((value, twice.into_iter().map(problem).collect()))
}

/// A JSON pointer as AWS writes places: items are `[0]`, and no name is escaped.
pub(super) fn place(document: &Value, pointer: &str) -> String {
    let mut place = String::new();
    let mut at = Some(document);
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        place += &match at {
            Some(Value::Array(_)) => format!("[{name}]"),
            _ => format!("/{name}"),
        };
        at = at.and_then(|value| match value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            value => value.get(&name),
        });
    }
    place
}
