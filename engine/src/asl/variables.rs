//! The names that `Assign` gives.
//!
//! Source: Step Functions developer guide, "Passing data between states with variables".

use super::fields::Problems;
use super::graph::{items, machines};
use super::problem::Rule;
use crate::json::escape;
use serde_json::Value;
use std::collections::HashSet;

/// The longest name.
const MOST_CHARACTERS: usize = 80;

/// Looks at every name that is assigned in a machine. It looks at the text, so that it finds the same whatever else is
/// wrong.
pub(super) fn check(machine: &Value, problems: &Problems) {
    scope(machine, "", &HashSet::new(), problems);
}

/// The states of a machine, of a branch or of an item processor are a scope. `outer` is what the scopes around it assign.
fn scope<'v>(value: &'v Value, pointer: &str, outer: &HashSet<&'v str>, problems: &Problems) {
    let Some(states) = value.get("States").and_then(Value::as_object) else { return };
    let mut known = outer.clone();
    let mut inner = Vec::new();
    for (name, state) in states {
        let at = format!("{pointer}/States/{}", escape(name));
        let mut places = vec![(state, at.clone())];
        for list in ["Choices", "Catch"] {
            places.extend(items(state, &at, list));
        }
        for (place, at) in places {
            for name in place.get("Assign").and_then(Value::as_object).into_iter().flat_map(|map| map.keys())
            {
                let at = format!("{at}/Assign/{}", escape(name));
                // In JSONPath a name that ends with `.$` says that its value is found by a path.
                let name = name.strip_suffix(".$").unwrap_or(name);
                if name == "states" {
                    let message = "Cannot assign to reserved variable '$states'.";
                    problems.add(Rule::ReservedVariable, at, message);
                } else if let Some(why) = wrong(name) {
                    let message = format!("Invalid variable name '{name}': {why}");
                    problems.add(Rule::VariableName, at, message);
                } else if outer.contains(name) {
                    problems.add(
                        Rule::Variable,
                        at,
                        format!("the variable `{name}` is assigned in a scope around this one as well; give it another name here, and bring what it holds out with `Output`"),
                    );
                }
                known.insert(name);
            }
        }
        inner.extend(machines(state, &at));
    }
    for (value, at) in inner {
        // What runs in executions of its own sees no variable of this one.
        let distributed =
            value.pointer("/ProcessorConfig/Mode").and_then(Value::as_str) == Some("DISTRIBUTED");
        let around = if distributed { &HashSet::new() } else { &known };
        scope(value, &at, around, problems);
    }
}

/// Why a variable cannot have this name, if it cannot.
fn wrong(name: &str) -> Option<&'static str> {
    let begins = name.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    if !begins || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        Some("the variable name contains invalid characters.")
    } else if name.chars().count() > MOST_CHARACTERS {
        Some("a variable name has at most 80 characters.")
    } else {
        None
    }
}
