use super::is_like_path;
use crate::asl::evaluated::Seen;
use crate::asl::fields::Problems;
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use crate::asl::state::condition::comparators;
use serde_json::Value;

pub(super) fn check(state: &Seen, problems: &Problems) {
    if state.language == QueryLanguage::Jsonata {
        return;
    }
    if state.text("Type") == Some("Fail") {
        for name in ["Error", "Cause"] {
            if let Some(value) = state.fields.get(name) {
                look(name, value, &format!("{}/{name}", state.pointer), problems);
            }
        }
    }
    let rules = state.fields.get("Choices").and_then(Value::as_array).into_iter().flatten();
    for (n, rule) in rules.enumerate() {
        in_rule(rule, &format!("{}/Choices/{n}", state.pointer), problems);
    }
}

fn in_rule(rule: &Value, pointer: &str, problems: &Problems) {
    for (name, value) in rule.as_object().into_iter().flatten() {
        let at = format!("{pointer}/{name}");
        match (name.as_str(), value) {
            ("And" | "Or", Value::Array(rules)) => {
                for (n, rule) in rules.iter().enumerate() {
                    in_rule(rule, &format!("{at}/{n}"), problems);
                }
            }
            ("Not", rule) => in_rule(rule, &at, problems),
            (name, value) if comparators().contains(&format!("{name}Path").as_str()) => {
                look(name, value, &at, problems);
            }
            _ => {}
        }
    }
}

fn look(name: &str, value: &Value, pointer: &str, problems: &Problems) {
    if let Some(text) = value.as_str().filter(|text| is_like_path(text)) {
        let message = format!("`{text}` is taken as it is written: nothing reads it; say `{name}Path`");
        problems.push(Problem::warning(Rule::NoPath, pointer, message));
    }
}
