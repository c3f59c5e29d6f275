//! Arrays. `None` says that an argument is not what the function takes.

use super::MOST_ITEMS;
use super::numbers::whole;
use serde_json::Value;

pub(super) fn contains(array: &Value, item: &Value) -> Option<Value> {
    Some(Value::from(array.as_array()?.contains(item)))
}

pub(super) fn item(array: &Value, index: &Value) -> Option<Value> {
    array.as_array()?.get(usize::try_from(whole(index)?).ok()?).cloned()
}

pub(super) fn length(array: &Value) -> Option<Value> {
    Some(Value::from(array.as_array()?.len()))
}

pub(super) fn partition(array: &Value, size: &Value) -> Option<Value> {
    let size = usize::try_from(whole(size)?).ok().filter(|size| *size > 0)?;
    Some(array.as_array()?.chunks(size).map(|chunk| Value::from(chunk.to_vec())).collect())
}

/// From the first to the last, both included, by steps.
pub(super) fn range(first: &Value, last: &Value, step: &Value) -> Option<Value> {
    let (first, last, step) = (whole(first)?, whole(last)?, whole(step)?);
    let (distance, length) = if step > 0 { (last - first, step) } else { (first - last, -step) };
    if step == 0 {
        return None;
    }
    let count = if distance < 0 { 0 } else { distance / length + 1 };
    if count > MOST_ITEMS {
        return None;
    }
    Some((0..count).map(|n| Value::from(first + n * step)).collect())
}

/// Each item once, where it first stood.
pub(super) fn unique(array: &Value) -> Option<Value> {
    let mut seen = std::collections::HashSet::new();
    Some(array.as_array()?.iter().filter(|item| seen.insert(sorted(item).to_string())).cloned().collect())
}

/// The value with its keys in order, so that equal values have equal texts.
fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    value.sort_all_objects();
    value
}
