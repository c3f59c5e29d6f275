//! Putting a value where a reference path points.

use super::{DEEPEST, Path, Step, WriteError};
use serde_json::{Map, Value};

pub(super) fn write(path: &Path, mut document: Value, value: Value) -> Result<Value, WriteError> {
    if !path.is_reference() {
        return Err(WriteError::NotReference(path.source.clone()));
    }
    if path.steps.len() + depth(&value) > DEEPEST {
        return Err(WriteError::TooDeep(path.source.clone()));
    }
    // The place is looked for before anything changes: an error says what the document was.
    if !fits(&path.steps, &document) {
        return Err(WriteError::NoPlace { path: path.source.clone(), input: document.to_string() });
    }
    let mut here = &mut document;
    for step in &path.steps {
        let next = match (step, here) {
            (Step::Name(name), Value::Object(map)) => {
                Some(map.entry(name.clone()).or_insert_with(|| Value::Object(Map::new())))
            }
            (Step::Index(index), Value::Array(items)) => {
                usize::try_from(*index).ok().and_then(|index| items.get_mut(index))
            }
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => return Err(WriteError::NotReference(path.source.clone())),
        }
    }
    *here = value;
    Ok(document)
}

/// Whether the document has the place, or can be given it by making objects.
fn fits(steps: &[Step], document: &Value) -> bool {
    let mut here = Some(document);
    for step in steps {
        here = match (step, here) {
            (Step::Name(name), Some(Value::Object(map))) => map.get(name),
            (Step::Name(_), None) => None,
            (Step::Index(index), Some(Value::Array(items))) => {
                match usize::try_from(*index).ok().and_then(|index| items.get(index)) {
                    Some(item) => Some(item),
                    None => return false,
                }
            }
            _ => return false,
        };
    }
    true
}

/// How deep a value is nested: 0 for what is neither array nor object.
fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut to_do = vec![(value, 0)];
    while let Some((value, depth)) = to_do.pop() {
        deepest = deepest.max(depth);
        match value {
            Value::Array(items) => to_do.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(map) => to_do.extend(map.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    deepest
}
