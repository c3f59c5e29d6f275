//! What AWS takes and is hardly meant: one file for each rule, with its page beside it. A page says what its rule finds
//! and why that matters, and shows it wrong and right; the tests run what the pages show, so that no page can lie.
//!
//! Some of what AWS refuses has a page as well: what is not plain from AWS's words.

mod dead_catch;
mod heartbeat;
mod no_dollar;
mod no_path;
mod no_timeout;
mod static_result;
mod task_token;
#[cfg(test)]
mod tests;
mod undefined_variable;

use super::evaluated::{Seen, states};
use super::fields::Problems;
use super::problem::Rule;
use serde_json::Value;

/// The page of a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// The rule's id: `no-timeout`.
    pub id: &'static str,
    /// What the page says, in Markdown.
    pub text: &'static str,
}

impl Page {
    /// Where the page is in the repository.
    pub fn path(&self) -> String {
        format!("engine/src/asl/warnings/{}.md", self.id)
    }
}

macro_rules! pages {
    ($($rule:ident $id:literal)*) => {
        /// All of them.
        const PAGES: &[(Rule, Page)] =
            &[$((Rule::$rule, Page { id: $id, text: include_str!(concat!($id, ".md")) })),*];
    };
}

pages! {
    DeadCatch "dead-catch"
    Heartbeat "heartbeat"
    NoDollar "no-dollar"
    NoPath "no-path"
    NoTimeout "no-timeout"
    Parameters "parameters"
    StatesAll "states-all"
    StaticResult "static-result"
    TaskToken "task-token"
    UndefinedVariable "undefined-variable"
    UnknownIntegration "unknown-integration"
    Unreachable "unreachable"
}

/// All pages, sorted by their ids.
pub fn pages() -> impl Iterator<Item = &'static Page> {
    PAGES.iter().map(|(_, page)| page)
}

impl Rule {
    /// The rule's page, if it has one.
    pub fn page(self) -> Option<&'static Page> {
        PAGES.iter().find(|(rule, _)| *rule == self).map(|(_, page)| page)
    }
}

/// Looks at a whole machine.
pub(super) fn check(machine: &Value, problems: &Problems) {
    for state in states(machine) {
        if state.text("Type") == Some("Task") {
            no_timeout::check(&state, problems);
            heartbeat::check(&state, problems);
            task_token::check(&state, problems);
        }
        dead_catch::check(&state, problems);
        no_dollar::check(&state, problems);
        no_path::check(&state, problems);
        static_result::check(&state, problems);
    }
    undefined_variable::check(machine, problems);
}

/// Whether a text reads like a path into the input, the context or a variable's fields: people write `$5` and `$name`
/// for other reasons.
fn is_like_path(text: &str) -> bool {
    let steps = text.strip_prefix('$').map(|rest| rest.strip_prefix('$').unwrap_or(rest));
    steps.is_some_and(|steps| steps.starts_with('.') || steps.starts_with('['))
        && crate::jsonpath::Rooted::parse(text).is_ok()
}

/// Whether a text is a function that can be called.
fn is_function(text: &str) -> bool {
    crate::intrinsics::Call::parse(text).is_ok()
}

/// The arguments of a Task, and the field that they stand in.
fn arguments<'v>(state: &Seen<'v>) -> (&'static str, Option<&'v Value>) {
    let name = match state.language {
        super::QueryLanguage::Jsonata => "Arguments",
        super::QueryLanguage::Jsonpath => "Parameters",
    };
    (name, state.fields.get(name))
}
