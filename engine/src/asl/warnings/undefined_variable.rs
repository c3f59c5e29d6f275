use crate::asl::evaluated::{Seen, reads, states, variables};
use crate::asl::fields::Problems;
use crate::asl::graph::{machines, reached};
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use crate::json::escape;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet, VecDeque};

/// How many states times variables are looked at: a bit is held for each pair. Of a machine that has more nothing is said
/// about its variables; one of 1 MB can have more than 10,000 of both.
const MOST_PAIRS: usize = 16_000_000;

pub(super) fn check(machine: &Value, problems: &Problems) {
    let states = states(machine);
    let numbers = numbers(&states);
    if states.len().saturating_mul(numbers.len()) <= MOST_PAIRS {
        let none = Assigned::none(numbers.len());
        let seen = states.iter().map(|state| (state.pointer.as_str(), state)).collect();
        Scopes { seen, numbers, problems }.scope(machine, "", &none);
    }
    for state in states.iter().filter(|state| state.language == QueryLanguage::Jsonata) {
        functions(state, problems);
    }
}

/// A number for each variable that is assigned anywhere.
fn numbers<'v>(states: &[Seen<'v>]) -> HashMap<&'v str, usize> {
    let mut numbers = HashMap::new();
    for name in states.iter().flat_map(|state| ways(state.fields)).flat_map(|(_, assigns)| assigns) {
        let next = numbers.len();
        numbers.entry(name).or_insert(next);
    }
    numbers
}

/// Variables that can have been assigned: a bit for the number of each.
#[derive(Clone)]
struct Assigned(Vec<u64>);

impl Assigned {
    fn none(variables: usize) -> Self {
        Self(vec![0; variables.div_ceil(64)])
    }

    fn insert(&mut self, variable: usize) {
        if let Some(word) = self.0.get_mut(variable / 64) {
            *word |= 1 << (variable % 64);
        }
    }

    fn contains(&self, variable: usize) -> bool {
        self.0.get(variable / 64).is_some_and(|word| word >> (variable % 64) & 1 == 1)
    }

    /// Takes in those of another. Whether there was a new one among them.
    fn extend(&mut self, others: &Self) -> bool {
        let mut grown = false;
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            grown |= other & !*word != 0;
            *word |= other;
        }
        grown
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
    seen: HashMap<&'p str, &'p Seen<'v>>,
    /// The numbers of the variables.
    numbers: HashMap<&'v str, usize>,
    problems: &'p Problems,
}

impl<'v> Scopes<'v, '_> {
    /// The states of a machine, of a branch or of an item processor. `outer` is what the scopes around it can have assigned
    /// when it begins.
    fn scope(&self, machine: &'v Value, pointer: &str, outer: &Assigned) {
        let Some(states) = machine.get("States").and_then(Value::as_object) else { return };
        let Some(start) = machine.get("StartAt").and_then(Value::as_str) else { return };
        let before = self.before(states, start, outer);
        let reached = reached(states, start);
        for (name, value) in states.iter().filter(|(name, _)| reached.contains(name.as_str())) {
            let at = format!("{pointer}/States/{}", escape(name));
            let assigned = before.get(name.as_str()).unwrap_or(outer);
            if let Some(state) = self.seen.get(at.as_str()) {
                self.state(state, assigned);
            }
            for (machine, at) in machines(value, &at) {
                // What runs in executions of its own sees no variable of this one.
                let mode = machine.pointer("/ProcessorConfig/Mode").and_then(Value::as_str);
                let none = Assigned::none(self.numbers.len());
                self.scope(machine, &at, if mode == Some("DISTRIBUTED") { &none } else { assigned });
            }
        }
    }

    /// For each state what can have been assigned when it is entered, whichever way that was.
    fn before(
        &self,
        states: &'v Map<String, Value>,
        start: &'v str,
        outer: &Assigned,
    ) -> HashMap<&'v str, Assigned> {
        let mut before = HashMap::from([(start, outer.clone())]);
        // What was found first is gone on with first, and stands here once: what several ways lead to waits for them all.
        let (mut to_do, mut waiting) = (VecDeque::from([start]), HashSet::from([start]));
        while let Some(name) = to_do.pop_front() {
            waiting.remove(name);
            let (Some(state), Some(known)) = (states.get(name).and_then(Value::as_object), before.get(name))
            else {
                continue;
            };
            let known = known.clone();
            for (target, assigns) in
                ways(state).into_iter().filter(|(target, _)| states.contains_key(*target))
            {
                let mut after = known.clone();
                assigns.iter().filter_map(|name| self.numbers.get(name)).for_each(|n| after.insert(*n));
                let grown = match before.get_mut(target) {
                    Some(there) => there.extend(&after),
                    None => before.insert(target, after).is_none(),
                };
                if grown && waiting.insert(target) {
                    to_do.push_back(target);
                }
            }
        }
        before
    }

    fn state(&self, state: &Seen, assigned: &Assigned) {
        for evaluated in state.evaluated() {
            for name in variables(state.language, evaluated.text) {
                let number = self.numbers.get(name.as_str());
                if !number.is_some_and(|number| assigned.contains(*number)) {
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

/// Where a state can lead, with what it assigns on that way.
fn ways(state: &Map<String, Value>) -> Vec<(&str, Vec<&str>)> {
    let mut ways = Vec::new();
    for field in ["Next", "Default"] {
        ways.extend(
            state.get(field).and_then(Value::as_str).map(|target| (target, names(state.get("Assign")))),
        );
    }
    for list in ["Choices", "Catch"] {
        for entry in state.get(list).and_then(Value::as_array).into_iter().flatten() {
            let target = entry.get("Next").and_then(Value::as_str);
            ways.extend(target.map(|target| (target, names(entry.get("Assign")))));
        }
    }
    ways
}

/// The variables that an `Assign` names.
fn names(assign: Option<&Value>) -> Vec<&str> {
    let names = assign.and_then(Value::as_object).into_iter().flat_map(|map| map.keys());
    // In JSONPath a name that ends with `.$` says that its value is found by a path.
    names.map(|name| name.strip_suffix(".$").unwrap_or(name)).collect()
}

#[cfg(test)]
mod tests;
