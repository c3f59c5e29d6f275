//! Event patterns: which events a rule takes.
//!
//! A pattern is what one branch of it is: for each field, by its names joined with dots, the forms of which its value
//! must have one. `$or` makes several branches. An event is flattened in the same way, and each value remembers the
//! places of the arrays that it is in: the values that match must be in the same ones.
//!
//! Source: EventBridge user guide, "Creating Amazon EventBridge event patterns" and "Comparison operators"; the
//! published engine behind EventBridge, aws/event-ruler (README); and what `TestEventPattern` was recorded to answer.

mod event;
mod matcher;
mod number;
mod read;
mod tokens;
mod wildcard;

use event::Fields;
use matcher::Matcher;
use serde_json::Value;
use std::collections::BTreeMap;

/// A pattern without faults.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// An event that matches one of them matches. Each has the fields of the event, by their dotted names.
    branches: Vec<Branch>,
}

type Branch = BTreeMap<String, Vec<Matcher>>;

/// A pattern that EventBridge would refuse, in its words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Event pattern is not valid. Reason: {reason}")]
pub struct InvalidPattern {
    /// What is wrong, and where, if it is at one place.
    pub reason: String,
}

impl Pattern {
    /// Reads a pattern as it stands in a larger document.
    pub fn new(pattern: &Value) -> Result<Self, InvalidPattern> {
        Self::read(&pattern.to_string())
    }

    /// Reads the text of a pattern.
    pub fn read(text: &str) -> Result<Self, InvalidPattern> {
        read::pattern(text).map(|branches| Self { branches })
    }

    /// Whether an event matches.
    pub fn matches(&self, event: &Value) -> bool {
        let fields = Fields::of(event);
        self.branches.iter().any(|branch| fields.match_branch(branch))
    }
}

#[cfg(test)]
mod tests;
