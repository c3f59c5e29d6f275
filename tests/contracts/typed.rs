//! Values that must be of a task's type.

use serde_json::Value;

/// The parts of a value that its type does not keep, with their JSON pointers: a value that does not deserialise, and
/// members that are lost or read as something else. Null counts as absent.
pub(crate) fn differences(value: &Value, read: serde_json::Result<Value>) -> Vec<String> {
    let mut found = Vec::new();
    match read {
        Err(error) => found.push(error.to_string()),
        Ok(read) => compare(value, &read, "", &mut found),
    }
    found
}

fn compare(value: &Value, read: &Value, pointer: &str, found: &mut Vec<String>) {
    match (value, read) {
        (Value::Null, _) => {}
        (Value::Object(members), Value::Object(kept)) => {
            for (name, value) in members {
                let kept = kept.get(name).unwrap_or(&Value::Null);
                compare(value, kept, &format!("{pointer}/{name}"), found);
            }
        }
        (Value::Array(items), Value::Array(kept)) if items.len() == kept.len() => {
            for (n, (value, kept)) in items.iter().zip(kept).enumerate() {
                compare(value, kept, &format!("{pointer}/{n}"), found);
            }
        }
        (Value::Number(number), Value::Number(kept)) if number.as_f64() == kept.as_f64() => {}
        (value, kept) if value == kept => {}
        (value, Value::Null) => {
            found.push(format!("`{pointer}` is {value}, and the type has no such member"))
        }
        (value, kept) => found.push(format!("`{pointer}` is {value}, and is read as {kept}")),
    }
}
