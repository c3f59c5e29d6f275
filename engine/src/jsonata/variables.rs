//! Variables, and how many bytes they hold.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Variables by their names, without `$`. A copy shares them.
#[derive(Clone, Default)]
pub(crate) struct Variables(Arc<Held>);

#[derive(Clone, Default)]
struct Held {
    values: BTreeMap<String, Variable>,
    bytes: usize,
}

#[derive(Clone)]
struct Variable {
    value: Arc<Value>,
    bytes: usize,
}

impl Variables {
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Value>> {
        self.0.values.get(name).map(|variable| &variable.value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.values.iter().map(|(name, variable)| (name.as_str(), &*variable.value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.values.is_empty()
    }

    /// The bytes of the JSON text of all variables but those of these names.
    pub(crate) fn bytes_beside<'n>(&self, names: impl Iterator<Item = &'n String>) -> usize {
        let replaced = names.filter_map(|name| self.0.values.get(name)).map(|variable| variable.bytes);
        self.0.bytes - replaced.sum::<usize>()
    }

    /// Gives variables these values.
    pub(crate) fn assign(&mut self, assigned: Map<String, Value>) {
        if assigned.is_empty() {
            return;
        }
        let held = Arc::make_mut(&mut self.0);
        for (name, value) in assigned {
            let bytes = bytes(&value);
            held.bytes += bytes;
            if let Some(before) = held.values.insert(name, Variable { value: Arc::new(value), bytes }) {
                held.bytes -= before.bytes;
            }
        }
    }
}

impl From<Map<String, Value>> for Variables {
    fn from(assigned: Map<String, Value>) -> Self {
        let mut variables = Self::default();
        variables.assign(assigned);
        variables
    }
}

/// The bytes of the JSON text of a value.
pub(crate) fn bytes(value: &Value) -> usize {
    value.to_string().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_bytes_are_those_of_what_is_there() {
        let assign = |value: Value| value.as_object().unwrap().clone();
        let mut variables = Variables::from(assign(json!({ "a": "four", "b": 1 })));
        let before = variables.clone();
        variables.assign(assign(json!({ "a": 22, "c": null })));
        assert_eq!(variables.bytes_beside([].iter()), "221null".len());
        assert_eq!(variables.bytes_beside(["c".to_owned(), "none".to_owned()].iter()), "221".len());
        assert_eq!(before.bytes_beside([].iter()), "\"four\"1".len());
        assert_eq!(before.get("a").map(|value| &**value), Some(&json!("four")));
    }
}
