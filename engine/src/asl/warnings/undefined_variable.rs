use crate::asl::evaluated::{Seen, reads, states, variables};
use crate::asl::fields::Problems;
use crate::asl::graph::{items, machines, reached};
use crate::asl::json::escape;
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};

/// Variables that can have been assigned.
type Assigned<'v> = BTreeSet<&'v str>;

pub(super) fn check(machine: &Value, problems: &Problems) {
    let seen = states(machine).into_iter().map(|state| (state.pointer.clone(), state)).collect();
    Scopes { seen, problems }.scope(machine, "", &Assigned::new());
    for state in states(machine).iter().filter(|state| state.language == QueryLanguage::Jsonata) {
        functions(state, problems);
    }
}

/// Functions that are none.
fn functions(state: &Seen, problems: &Problems) {
    for expression in state.evaluated() {
        for name in reads(expression.text).functions {
            let at = format!("{}{}", state.pointer, expression.at);
            let message = format!("there is no function `${name}`: the state will fail");
            problems.push(Problem::warning(Rule::UndefinedVariable, at, message));
        }
    }
}

struct Scopes<'v, 'p> {
    /// All states, by their places.
    seen: HashMap<String, Seen<'v>>,
    problems: &'p Problems,
}

impl<'v> Scopes<'v, '_> {
    /// The states of a machine, of a branch or of an item processor. `outer` is what the scopes around it can have assigned
    /// when it begins.
    fn scope(&self, machine: &'v Value, pointer: &str, outer: &Assigned<'v>) {
        let Some(states) = machine.get("States").and_then(Value::as_object) else { return };
        let Some(start) = machine.get("StartAt").and_then(Value::as_str) else { return };
        let before = before(states, start, outer);
        let reached = reached(states, start);
        for (name, value) in states.iter().filter(|(name, _)| reached.contains(name.as_str())) {
            let at = format!("{pointer}/States/{}", escape(name));
            let assigned = before.get(name.as_str()).unwrap_or(outer);
            if let Some(state) = self.seen.get(&at) {
                self.state(state, assigned);
            }
            for (machine, at) in machines(value, &at) {
                // What runs in executions of its own sees no variable of this one.
                let mode = machine.pointer("/ProcessorConfig/Mode").and_then(Value::as_str);
                let none = Assigned::new();
                self.scope(machine, &at, if mode == Some("DISTRIBUTED") { &none } else { assigned });
            }
        }
    }

    fn state(&self, state: &Seen, assigned: &Assigned) {
        for evaluated in state.evaluated() {
            for name in variables(state.language, evaluated.text) {
                if !assigned.contains(name.as_str()) {
                    let at = format!("{}{}", state.pointer, evaluated.at);
                    let message = format!(
                        "nothing assigns the variable `${name}` on any way to this state: the state will fail"
                    );
                    self.problems.push(Problem::warning(Rule::UndefinedVariable, at, message));
                }
            }
        }
    }
}

/// For each state what can have been assigned when it is entered, whichever way that was.
fn before<'v>(
    states: &'v Map<String, Value>,
    start: &'v str,
    outer: &Assigned<'v>,
) -> HashMap<&'v str, Assigned<'v>> {
    let mut before = HashMap::from([(start, outer.clone())]);
    let mut to_do = vec![start];
    while let Some(name) = to_do.pop() {
        let Some(state) = states.get(name) else { continue };
        let known = before.get(name).cloned().unwrap_or_default();
        for (target, assigns) in ways(state) {
            let mut after = known.clone();
            after.extend(assigns);
            let is_new = !before.contains_key(target);
            let there = before.entry(target).or_default();
            let count = there.len();
            there.extend(after);
            if is_new || there.len() > count {
                to_do.push(target);
            }
        }
    }
    before
}

/// Where a state can lead, with what it assigns on that way.
fn ways(state: &Value) -> Vec<(&str, Vec<&str>)> {
    let mut ways = Vec::new();
    for field in ["Next", "Default"] {
        ways.extend(state.get(field).and_then(Value::as_str).map(|target| (target, names(state))));
    }
    for list in ["Choices", "Catch"] {
        for (entry, _) in items(state, "", list) {
            ways.extend(entry.get("Next").and_then(Value::as_str).map(|target| (target, names(entry))));
        }
    }
    ways
}

/// The variables that an `Assign` names.
fn names(place: &Value) -> Vec<&str> {
    let names = place.get("Assign").and_then(Value::as_object).into_iter().flat_map(|map| map.keys());
    // In JSONPath a name that ends with `.$` says that its value is found by a path.
    names.map(|name| name.strip_suffix(".$").unwrap_or(name)).collect()
}
