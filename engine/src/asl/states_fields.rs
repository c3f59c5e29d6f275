//! The fields of `$states` that an expression can see, which depends on where it stands.
//!
//! Source: Step Functions developer guide, "Transforming data with JSONata in Step Functions": access to
//! `$states.result` and `$states.errorOutput` from where they are not is caught when a state machine is created. The
//! words are what AWS was measured to answer and published.

use super::evaluated::{Seen, reads, states};
use super::fields::Problems;
use super::problem::{Problem, Rule};
use super::query::QueryLanguage;
use serde_json::Value;

/// What every expression can see.
const EVERYWHERE: [&str; 2] = ["input", "context"];

pub(super) fn check(machine: &Value, problems: &Problems) {
    for state in states(machine).iter().filter(|state| state.language == QueryLanguage::Jsonata) {
        for expression in state.evaluated().iter().filter(|expression| is_worth_reading(expression.text)) {
            for field in reads(expression.text).states.iter().filter_map(|names| names.first()) {
                let seen =
                    EVERYWHERE.contains(&field.as_str()) || special(state, &expression.at) == Some(field);
                if !seen {
                    let at = format!("{}{}", state.pointer, expression.at);
                    let message = format!("Field '$states.{field}' does not exist.");
                    problems.push(Problem::error(Rule::UnsupportedExpression, at, message));
                }
            }
        }
    }
}

/// Whether an expression could read anything but what every expression can. Most need not be parsed for this.
fn is_worth_reading(text: &str) -> bool {
    text.split("$states").skip(1).any(|rest| {
        let field = rest.trim_start().strip_prefix('.').map(str::trim_start).unwrap_or_default();
        let end = field.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(field.len());
        !field.get(..end).is_some_and(|name| EVERYWHERE.contains(&name))
    })
}

/// What else can be seen in this place of a state.
fn special(state: &Seen, at: &str) -> Option<&'static str> {
    let mut steps = at.split('/').skip(1);
    let field = match steps.next()? {
        "Catch" => return matches!(steps.nth(1)?, "Output" | "Assign").then_some("errorOutput"),
        field => field,
    };
    let has_result = matches!(state.text("Type"), Some("Task" | "Parallel" | "Map"));
    (has_result && matches!(field, "Output" | "Assign")).then_some("result")
}
