use super::arguments;
use crate::asl::evaluated::{Seen, reads, rooted};
use crate::asl::fields::Problems;
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use crate::jsonpath::Root;

pub(super) fn check(state: &Seen, problems: &Problems) {
    let waits = state.text("Resource").is_some_and(|resource| resource.ends_with(".waitForTaskToken"));
    let (field, _) = arguments(state);
    let at = format!("/{field}");
    let passed = state.evaluated().iter().any(|it| it.at.starts_with(&at) && gives(state.language, it.text));
    if !waits || passed {
        return;
    }
    let token = match state.language {
        QueryLanguage::Jsonata => "`{% $states.context.Task.Token %}`",
        QueryLanguage::Jsonpath => "`$$.Task.Token`",
    };
    let message = format!(
        "the state waits for a task token and does not pass it on: nobody could ever answer; put {token} into `{field}`"
    );
    problems.push(Problem::warning(Rule::TaskToken, format!("{}{at}", state.pointer), message));
}

/// Whether the token is in what this gives: the whole context, or the whole of the task in it, has it as well.
fn gives(language: QueryLanguage, text: &str) -> bool {
    let has_token = |names: &[&str]| matches!(names, [] | ["Task"] | ["Task", "Token", ..]);
    match language {
        QueryLanguage::Jsonata => reads(text).states.iter().any(|names| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.is_empty() || names.strip_prefix(&["context"]).is_some_and(has_token)
        }),
        QueryLanguage::Jsonpath => {
            rooted(text).iter().any(|path| *path.root() == Root::Context && has_token(&path.path().names()))
        }
    }
}
