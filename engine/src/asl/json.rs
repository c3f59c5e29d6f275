//! JSON with its faults: serde_json keeps the last of two equal keys in silence, and a state machine with two states of
//! one name must not lose one of them.

use super::problem::{Problem, Rule};
use crate::java;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// Parses JSON and reports every key that stands twice in its object.
pub(crate) fn parse(text: &str) -> Result<(Value, Vec<Problem>), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::not_an_object());
    }
    let problems = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Reader { problems: &problems, pointer: String::new() }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| {
            let message = java::parse_error(text).unwrap_or_else(|| error.to_string());
            Problem::error(Rule::Json, "", message)
                .nowhere()
                .hint(format!("the definition is not JSON: {error}"))
        })?;
    Ok((value, problems.into_inner()))
}

/// A key as one step of a JSON pointer (RFC 6901).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
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

struct Reader<'a> {
    problems: &'a RefCell<Vec<Problem>>,
    pointer: String,
}

impl Reader<'_> {
    fn child(&self, key: &str) -> Self {
        Reader { problems: self.problems, pointer: format!("{}/{}", self.pointer, escape(key)) }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.child(&array.len().to_string()))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let child = self.child(&key);
            let pointer = child.pointer.clone();
            let value = entries.next_value_seed(child)?;
            if object.insert(key.clone(), value).is_some() {
                let is_state = self.pointer.ends_with("/States");
                let problem = if is_state {
                    Problem::error(Rule::DuplicateState, pointer, format!("Duplicate State name: {key}"))
                } else {
                    let message = format!("`{key}` stands twice here; only one of the two can be meant");
                    Problem::error(Rule::DuplicateKey, pointer, message)
                };
                self.problems.borrow_mut().push(problem);
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    /// The cases are those of the tasks, which refuse a policy document in which a member occurs twice.
    #[test]
    fn every_member_that_occurs_twice_is_reported() {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/cases/duplicate-keys.json")).unwrap();
        let cases = file["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let (_, problems) = super::parse(case["json"].as_str().unwrap()).unwrap();
            let twice: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
            assert_eq!(serde_json::json!(twice), case["twice"], "{}", case["json"]);
        }
    }
}
