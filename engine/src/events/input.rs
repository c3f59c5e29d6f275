//! What a target gets of an event: the event itself, a part of it, a constant, or what a template makes of it.
//!
//! Source: EventBridge user guide, "Amazon EventBridge input transformation".

use crate::jsonpath::Path;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// `InputTransformer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Transformer {
    /// Names for parts of the event: each a path such as `$.detail.id`.
    #[serde(default)]
    pub input_paths_map: BTreeMap<String, String>,
    /// JSON with `<name>` where a part is wanted.
    pub input_template: String,
}

/// What is known where an event is delivered.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The rule's ARN.
    pub rule_arn: &'a str,
    /// The rule's name.
    pub rule_name: &'a str,
    /// When the bus took the event.
    pub ingested: Timestamp,
}

/// A template that makes no JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the input template makes `{made}`, which is not JSON: {why}")]
pub struct BadTemplate {
    made: String,
    why: String,
}

impl Transformer {
    /// What the target gets.
    pub fn apply(&self, event: &Value, delivery: &Delivery) -> Result<Value, BadTemplate> {
        let (mut made, mut in_string, mut rest) = (String::new(), false, self.input_template.as_str());
        while let Some(letter) = rest.chars().next() {
            let after = rest.get(letter.len_utf8()..).unwrap_or_default();
            if let Some((name, after)) = variable(rest) {
                made.push_str(&written(&self.value(name, event, delivery), in_string));
                rest = after;
                continue;
            }
            if letter == '\\' && in_string {
                made.push(letter);
                made.extend(after.chars().next());
                rest = after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
                continue;
            }
            in_string ^= letter == '"';
            made.push(letter);
            rest = after;
        }
        serde_json::from_str(&made).map_err(|error| BadTemplate { made, why: error.to_string() })
    }

    fn value(&self, name: &str, event: &Value, delivery: &Delivery) -> Value {
        match name {
            "aws.events.rule-arn" => Value::from(delivery.rule_arn),
            "aws.events.rule-name" => Value::from(delivery.rule_name),
            "aws.events.event.ingestion-time" => Value::from(crate::time::iso(delivery.ingested)),
            "aws.events.event.json" => event.clone(),
            "aws.events.event" => {
                let mut event = event.clone();
                event.as_object_mut().map(|map| map.remove("detail"));
                event
            }
            // What is not there stands as nothing.
            name => {
                let path = self.input_paths_map.get(name);
                path.and_then(|path| at_path(event, path)).unwrap_or_else(|| Value::from(""))
            }
        }
    }

    /// The names in the template that stand for nothing.
    pub fn unknown(&self) -> Option<&str> {
        let names = self.input_template.match_indices('<').filter_map(|(at, _)| {
            let (name, _) = variable(self.input_template.get(at..)?)?;
            Some(name)
        });
        let is_known = |name: &str| PREDEFINED.contains(&name) || self.input_paths_map.contains_key(name);
        names.into_iter().find(|name| !is_known(name))
    }
}

/// The variables that nobody has to name.
const PREDEFINED: [&str; 5] = [
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event.json",
    "aws.events.event",
];

/// `<name>` at the beginning of a text, and what follows it.
fn variable(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('<')?.split_once('>')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (!name.is_empty() && name.chars().all(is_name)).then_some((name, after))
}

/// A value as JSON. Inside a string a string stands without its quotes, and an object or an array without any, as
/// EventBridge writes them.
fn written(value: &Value, in_string: bool) -> String {
    if !in_string {
        return value.to_string();
    }
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => value.to_string().replace('"', ""),
        other => other.to_string(),
    };
    let quoted = Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.unwrap_or(&quoted).to_owned()
}

/// The part of an event at a path: `$.detail.resources[0].id`, or with `*` all parts that it leads to.
pub fn at_path(event: &Value, path: &str) -> Option<Value> {
    Path::parse(path).ok()?.read(event).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(paths: &[(&str, &str)], template: &str, expected: Value) {
        let event = json!({"id": "e-1", "detail-type": "T", "detail": {"s": "a \"b\"\n", "n": 5, "list": [{"x": 1}]}});
        let paths = paths.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned()));
        let transformer =
            Transformer { input_paths_map: paths.collect(), input_template: template.to_owned() };
        let delivery = Delivery { rule_arn: "arn:rule", rule_name: "rule", ingested: Timestamp::UNIX_EPOCH };
        assert_eq!(transformer.apply(&event, &delivery).unwrap(), expected, "{template}");
    }

    #[test]
    fn templates_make_what_aws_documents() {
        check(
            &[],
            r#"{"mode": "auto", "event": <aws.events.event.json>}"#,
            json!({"mode": "auto", "event": {"id": "e-1", "detail-type": "T", "detail": {"s": "a \"b\"\n", "n": 5, "list": [{"x": 1}]}}}),
        );
        check(&[], r#"{"e": <aws.events.event>}"#, json!({"e": {"id": "e-1", "detail-type": "T"}}));
        check(
            &[("s", "$.detail.s"), ("n", "$.detail.n")],
            r#"{"a": <s>, "b": "say <s>!", "c": <n>, "d": "<n>"}"#,
            json!({"a": "a \"b\"\n", "b": "say a \"b\"\n!", "c": 5, "d": "5"}),
        );
        check(
            &[("x", "$.detail.list[0].x"), ("t", "$.detail-type")],
            r#"{"x": <x>, "t": <t>}"#,
            json!({"x": 1, "t": "T"}),
        );
        check(&[("none", "$.no.such")], r#"{"a": <none>, "b": "<none>"}"#, json!({"a": "", "b": ""}));
        check(
            &[("list", "$.detail.list"), ("all", "$.detail.list[*].x"), ("d", "$.detail")],
            r#"{"a": "<list>", "b": <list>, "c": <all>, "n": "<aws.events.rule-name>/<d>"}"#,
            json!({"a": "[{x:1}]", "b": [{"x": 1}], "c": [1], "n": "rule/{s:a \\b\\\\n,n:5,list:[{x:1}]}"}),
        );
        check(
            &[],
            r#""<aws.events.rule-name> at <aws.events.event.ingestion-time>""#,
            json!("rule at 1970-01-01T00:00:00.000Z"),
        );
        check(
            &[],
            r#"{"less": "1 < 2", "escaped": "\"<aws.events.rule-arn>\""}"#,
            json!({"less": "1 < 2", "escaped": "\"arn:rule\""}),
        );
    }

    #[test]
    fn a_template_that_makes_no_json_is_an_error() {
        let transformer =
            Transformer { input_paths_map: BTreeMap::new(), input_template: "{mode: auto}".to_owned() };
        let delivery = Delivery { rule_arn: "", rule_name: "", ingested: Timestamp::UNIX_EPOCH };
        assert!(transformer.apply(&json!({}), &delivery).is_err());
    }
}
