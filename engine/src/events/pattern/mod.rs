//! Event patterns: which events a rule takes.
//!
//! Source: EventBridge user guide, "Creating Amazon EventBridge event patterns" and "Comparison operators".

mod matcher;
mod read;

use matcher::Matcher;
use serde_json::{Map, Value};

/// A pattern without faults.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    fields: Vec<(String, Node)>,
    /// `$or`: each list is one more condition, of which one pattern must match.
    alternatives: Vec<Vec<Pattern>>,
}

/// What a pattern says of one field.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// One of the matchers must take the value.
    Leaf(Vec<Matcher>),
    /// The value is an object that the pattern must match.
    Nested(Pattern),
}

/// A pattern that EventBridge would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Event pattern is not valid. Reason: {reason} at {pointer}")]
pub struct InvalidPattern {
    /// What is wrong.
    pub reason: String,
    /// A JSON pointer to the place.
    pub pointer: String,
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(pattern: &Value) -> Result<Self, InvalidPattern> {
        read::pattern(pattern, "")
    }

    /// Whether an event matches.
    pub fn matches(&self, event: &Value) -> bool {
        match event {
            Value::Object(map) => self.matches_object(map),
            // In an array of objects one of them must match as a whole.
            Value::Array(items) => items.iter().any(|item| self.matches(item)),
            // What is not there matches only what must not be there.
            _ => self.matches_object(&Map::new()),
        }
    }

    fn matches_object(&self, map: &Map<String, Value>) -> bool {
        self.fields.iter().all(|(key, node)| node.matches(map.get(key)))
            && self
                .alternatives
                .iter()
                .all(|patterns| patterns.iter().any(|pattern| pattern.matches_object(map)))
    }
}

impl Node {
    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Nested(pattern) => pattern.matches(value.unwrap_or(&Value::Null)),
            Self::Leaf(matchers) => matchers.iter().any(|matcher| matcher.matches(value)),
        }
    }
}

#[cfg(test)]
mod tests;
