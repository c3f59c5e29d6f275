use super::{is_function, is_like_path};
use crate::asl::evaluated::Seen;
use crate::asl::fields::Problems;
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use crate::json::escape;
use serde_json::Value;

pub(super) fn check(state: &Seen, problems: &Problems) {
    if state.text("Type") != Some("Pass") || state.language == QueryLanguage::Jsonata {
        return;
    }
    if let Some(result) = state.fields.get("Result") {
        look(result, &format!("{}/Result", state.pointer), problems);
    }
}

fn look(value: &Value, pointer: &str, problems: &Problems) {
    match value {
        Value::String(text) if is_like_path(text) || is_function(text) => {
            let message =
                format!("`Result` is given as it is written: nothing reads `{text}`; use `Parameters`");
            problems.push(Problem::warning(Rule::StaticResult, pointer, message));
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                look(item, &format!("{pointer}/{n}"), problems);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                look(value, &format!("{pointer}/{}", escape(name)), problems);
            }
        }
        _ => {}
    }
}
