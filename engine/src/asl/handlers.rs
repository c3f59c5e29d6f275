use super::fields::Fields;
use super::machine::{Scope, StateId};
use super::names::ErrorPattern;
use super::problem::{Problem, Rule};
use super::state::Outcome;
use serde_json::Value;

/// One entry of `Retry`.
#[derive(Debug, Clone)]
pub struct Retrier {
    /// Which errors it takes.
    pub errors: Vec<ErrorPattern>,
    /// The wait before the first retry, in seconds.
    pub interval_seconds: u64,
    /// How many retries there are at most.
    pub max_attempts: u64,
    /// By how much the wait grows with each.
    pub backoff_rate: f64,
    /// The longest wait, in seconds.
    pub max_delay_seconds: Option<u64>,
    /// Whether each wait is drawn between nothing and its full length.
    pub full_jitter: bool,
}

/// One entry of `Catch`.
#[derive(Debug, Clone)]
pub struct Catcher {
    /// Which errors it takes.
    pub errors: Vec<ErrorPattern>,
    /// What it assigns, and what it gives to the next state.
    pub outcome: Outcome,
    /// Where it leads.
    pub next: StateId,
}

/// The greatest number that AWS takes for `MaxAttempts` and the intervals.
const MOST: u64 = 99_999_999;

pub(super) fn retriers(fields: &Fields) -> Vec<Retrier> {
    let items = fields.array("Retry");
    let read = items.iter().enumerate().filter_map(|(n, item)| {
        let entry = fields.inner(item, &format!("{}/{n}", fields.at("Retry")))?;
        let backoff_rate = match entry.get("BackoffRate") {
            None => 2.0,
            Some(value) => backoff(&entry, value),
        };
        let full_jitter = entry.one_of("JitterStrategy", ["NONE", "FULL"]) == Some("FULL");
        let retrier = Retrier {
            errors: errors(&entry, n + 1 == items.len()),
            interval_seconds: entry.integer("IntervalSeconds", 0..=MOST).unwrap_or(1),
            max_attempts: entry.integer("MaxAttempts", 0..=MOST).unwrap_or(3),
            max_delay_seconds: entry.integer("MaxDelaySeconds", 1..=31_622_400),
            backoff_rate,
            full_jitter,
        };
        entry.get("Comment");
        entry.finish();
        Some(retrier)
    });
    read.collect()
}

pub(super) fn catchers(fields: &Fields, scope: &Scope) -> Vec<Catcher> {
    let items = fields.array("Catch");
    let read = items.iter().enumerate().filter_map(|(n, item)| {
        let entry = fields.inner(item, &format!("{}/{n}", fields.at("Catch")))?;
        let errors = errors(&entry, n + 1 == items.len());
        let outcome = Outcome::of_catcher(&entry, n);
        let next = scope.target(&entry, "Next");
        entry.get("Comment");
        entry.finish();
        Some(Catcher { errors, outcome, next: next? })
    });
    read.collect()
}

fn backoff(entry: &Fields, value: &Value) -> f64 {
    match value.as_f64() {
        Some(rate) if rate >= 1.0 => return rate,
        Some(_) => entry.out_of_range("BackoffRate", "Minimum", 1, value),
        None => entry.mistyped("BackoffRate", "Number", value),
    }
    2.0
}

/// `ErrorEquals`. `States.ALL` must stand alone and in the last entry.
fn errors(entry: &Fields, last: bool) -> Vec<ErrorPattern> {
    let names = entry.array("ErrorEquals");
    let at = entry.at("ErrorEquals");
    entry.filled("ErrorEquals", names);
    let mut patterns = Vec::new();
    for name in names {
        match name.as_str() {
            Some(name) => patterns.push(ErrorPattern::new(name)),
            None => entry.mistyped("ErrorEquals", "String", name),
        }
    }
    if patterns.contains(&ErrorPattern::All) && (patterns.len() > 1 || !last) {
        let problem = Problem::error(Rule::StatesAll, at, "States.ALL must appear alone and at end of list");
        entry.problems.push(problem.hint("nothing after it could ever match"));
    }
    patterns
}
