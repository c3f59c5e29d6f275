use super::{is_function, is_like_path};
use crate::asl::evaluated::{Seen, TEMPLATES};
use crate::asl::fields::Problems;
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use crate::json::escape;
use serde_json::Value;

pub(super) fn check(state: &Seen, problems: &Problems) {
    if state.language == QueryLanguage::Jsonata {
        return;
    }
    for name in TEMPLATES {
        if let Some(template) = state.fields.get(name) {
            look("", template, &format!("{}/{name}", state.pointer), problems);
        }
    }
}

/// Items of arrays cannot have `.$`: what stands in them is no mistake of that kind.
fn look(name: &str, value: &Value, pointer: &str, problems: &Problems) {
    match value {
        Value::String(text) if !name.is_empty() && !name.ends_with(".$") && is_meant(text) => {
            let message =
                format!("`{text}` is given as it is written: nothing reads it; call the field `{name}.$`");
            problems.push(Problem::warning(Rule::NoDollar, pointer, message));
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                look("", item, &format!("{pointer}/{n}"), problems);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                look(name, value, &format!("{pointer}/{}", escape(name)), problems);
            }
        }
        _ => {}
    }
}

fn is_meant(text: &str) -> bool {
    is_like_path(text) || is_function(text)
}
