use crate::asl::evaluated::Seen;
use crate::asl::fields::Problems;
use crate::asl::problem::{Problem, Rule};

pub(super) fn check(state: &Seen, problems: &Problems) {
    let has = |field| state.fields.contains_key(field);
    if state.text("Resource").is_some() && !has("TimeoutSeconds") && !has("TimeoutSecondsPath") {
        let message = "the state has no timeout: a call that never comes back holds the execution until it ends, or for a year; say `TimeoutSeconds`";
        problems.push(Problem::warning(Rule::NoTimeout, state.pointer.clone(), message));
    }
}
