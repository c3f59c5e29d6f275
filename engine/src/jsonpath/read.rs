//! Following a path.

use super::{ReadError, Step, canonical};
use crate::java;
use serde_json::{Map, Value};

/// What the steps find, starting at `from`; `$` in a filter is `document`.
pub(super) fn read(steps: &[Step], from: &Value, document: &Value) -> Result<Value, ReadError> {
    if let Some(place) = steps.iter().position(|step| matches!(step, Step::Names(_)))
        && place + 1 < steps.len()
    {
        let path = canonical(steps.get(..=place).unwrap_or(steps));
        return Err(ReadError::Misfit(format!("Multi properties can only be used as path leafs: {path}")));
    }
    if steps.iter().all(Step::is_definite) {
        definite(steps, from)
    } else {
        Ok(Value::Array(indefinite(steps, from, document)))
    }
}

/// Follows names and single indices, to one value.
fn definite(steps: &[Step], from: &Value) -> Result<Value, ReadError> {
    let mut here = from;
    for (n, step) in steps.iter().enumerate() {
        let is_last = n + 1 == steps.len();
        let nothing = || format!("No results for path: {}", canonical(steps));
        let before = || canonical(steps.get(..n).unwrap_or(steps));
        here = match step {
            Step::Name(name) => match here {
                Value::Object(map) => match map.get(name) {
                    Some(value) => value,
                    None if is_last => return Err(ReadError::Missing(nothing())),
                    None => {
                        return Err(ReadError::Missing(format!(
                            "Missing property in path {}{step}",
                            before()
                        )));
                    }
                },
                _ => {
                    return Err(ReadError::Missing(format!(
                        "Property {step} not found in path {}",
                        before()
                    )));
                }
            },
            Step::Index(index) => match here {
                Value::Array(items) => item(items, *index).ok_or_else(|| ReadError::PastEnd(nothing()))?,
                Value::Null => return Err(ReadError::Misfit(format!("The path {} is null", before()))),
                _ => {
                    return Err(ReadError::Misfit(format!(
                        "Filter: {step} can only be applied to arrays. Current context is: {}",
                        java::to_string(here)
                    )));
                }
            },
            // Both are always the last step.
            Step::Names(names) => return several(names, here).ok_or_else(|| ReadError::Missing(nothing())),
            Step::Function(name) => return function(name, here).ok_or_else(|| ReadError::Missing(nothing())),
            _ => return Err(ReadError::Missing(nothing())),
        };
    }
    Ok(here.clone())
}

/// Follows any steps, to all values. What is missing is passed over.
fn indefinite(steps: &[Step], from: &Value, document: &Value) -> Vec<Value> {
    let mut found = vec![from];
    let mut steps = steps.iter().peekable();
    while let Some(step) = steps.next() {
        let step = match step {
            Step::Descend => match steps.next() {
                Some(next) => {
                    found = found.into_iter().flat_map(below).collect();
                    // The items of an array are found on their own.
                    if matches!(next, Step::Filter(_)) {
                        found.retain(|value| value.is_object());
                    }
                    next
                }
                None => return Vec::new(),
            },
            step => step,
        };
        match step {
            Step::Names(names) => {
                return found.into_iter().filter_map(|value| several(names, value)).collect();
            }
            Step::Function(name) => {
                return found.into_iter().filter_map(|value| function(name, value)).collect();
            }
            step => found = found.into_iter().flat_map(|value| follow(step, value, document)).collect(),
        }
    }
    found.into_iter().cloned().collect()
}

/// One step from one value.
fn follow<'v>(step: &Step, value: &'v Value, document: &Value) -> Vec<&'v Value> {
    match (step, value) {
        (Step::Name(name), Value::Object(map)) => map.get(name).into_iter().collect(),
        (Step::Index(index), Value::Array(items)) => item(items, *index).into_iter().collect(),
        (Step::Indices(indices), Value::Array(items)) => {
            indices.iter().filter_map(|index| item(items, *index)).collect()
        }
        (Step::Slice(from, to), Value::Array(items)) => slice(items, *from, *to),
        (Step::Wildcard, Value::Array(items)) => items.iter().collect(),
        (Step::Wildcard, Value::Object(map)) => map.values().collect(),
        (Step::Filter(condition), Value::Array(items)) => {
            items.iter().filter(|item| item.is_object() && condition.holds(item, document)).collect()
        }
        (Step::Filter(condition), Value::Object(_)) => {
            Some(value).filter(|value| condition.holds(value, document)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The value and everything below it, each before what it holds.
fn below(value: &Value) -> Vec<&Value> {
    let mut all = Vec::new();
    let mut to_do = vec![value];
    while let Some(next) = to_do.pop() {
        all.push(next);
        match next {
            Value::Array(items) => to_do.extend(items.iter().rev()),
            Value::Object(map) => to_do.extend(map.values().rev()),
            _ => {}
        }
    }
    all
}

/// The item at an index; a negative one counts from the end.
fn item(items: &[Value], index: i64) -> Option<&Value> {
    let index = if index < 0 { i64::try_from(items.len()).ok()? + index } else { index };
    items.get(usize::try_from(index).ok()?)
}

/// A slice as Jayway takes it: with both ends said, a negative one is not counted from the end, but the indices from
/// one end to the other are, one by one. So `[-3:-1]` is what one expects, `[1:-1]` is nothing.
fn slice(items: &[Value], from: Option<i64>, to: Option<i64>) -> Vec<&Value> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let counted = |end: i64| if end < 0 { length + end } else { end };
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (from, to.min(length)),
        (Some(from), None) => (counted(from).max(0), length),
        (None, Some(to)) => (0, counted(to).min(length)),
        (None, None) => (0, length),
    };
    // No index below this one finds anything, however far below it the slice begins.
    (from.max(-length)..to).filter_map(|index| item(items, index)).collect()
}

/// An object with those of the names that are there.
fn several(names: &[String], value: &Value) -> Option<Value> {
    let map = value.as_object()?;
    let found = names.iter().filter_map(|name| Some((name.clone(), map.get(name)?.clone())));
    Some(Value::Object(found.collect::<Map<_, _>>()))
}

/// `length()` of an array or an object. No other function finds anything on AWS.
fn function(name: &str, value: &Value) -> Option<Value> {
    match (name, value) {
        ("length" | "size", Value::Array(items)) => Some(Value::from(items.len())),
        ("length" | "size", Value::Object(map)) => Some(Value::from(map.len())),
        _ => None,
    }
}
