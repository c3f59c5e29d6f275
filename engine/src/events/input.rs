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
#[error("what the input template makes of this event is not JSON: {why}")]
pub struct BadTemplate {
    // Not what it makes: that is as hostile, and as large, as the event.
    why: String,
}

/// What a template made.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// JSON, as every target takes it.
    Json(Value),
    /// Text that is no JSON: several lines, each in its quotes, or one with a quote in it. Only topics and queues take it.
    Lines(String),
}

impl Made {
    pub(crate) fn json(self) -> Result<Value, BadTemplate> {
        match self {
            Self::Json(value) => Ok(value),
            Self::Lines(_) => Err(BadTemplate { why: "it is text".to_owned() }),
        }
    }
}

impl Transformer {
    /// What the target gets.
    pub fn apply(&self, event: &Value, delivery: &Delivery) -> Result<Made, BadTemplate> {
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
        // A template of texts stays one, whatever is put into it.
        let template = self.input_template.trim();
        let is_text = template.len() > 1 && template.starts_with('"') && template.ends_with('"');
        match serde_json::from_str(&made) {
            Ok(value) => Ok(Made::Json(value)),
            Err(_) if is_text => Ok(Made::Lines(made)),
            Err(error) => Err(BadTemplate { why: error.to_string() }),
        }
    }

    fn value(&self, name: &str, event: &Value, delivery: &Delivery) -> Value {
        match name {
            "aws.events.rule-arn" => Value::from(delivery.rule_arn),
            "aws.events.rule-name" => Value::from(delivery.rule_name),
            "aws.events.event.ingestion-time" => Value::from(crate::time::iso(delivery.ingested)),
            "aws.events.event.json" => event.clone(),
            "aws.events.event" => without_detail(event),
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

/// `Input`: JSON that is the same for every event.
pub(super) fn constant(text: &str) -> Result<Made, BadTemplate> {
    let read = serde_json::from_str(text).map(Made::Json);
    read.map_err(|error| BadTemplate { why: error.to_string() })
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

/// A value as JSON. Inside a string a string stands without its quotes, and an object or an array without any.
/// EventBridge escapes nothing there: a value with a quote in it makes a template that is not JSON.
fn written(value: &Value, in_string: bool) -> String {
    match value {
        Value::String(text) if in_string => text.clone(),
        Value::Object(_) | Value::Array(_) if in_string => value.to_string().replace('"', ""),
        other => other.to_string(),
    }
}

/// `aws.events.event`: in a recording of AWS `detail-type` has another name in it.
fn without_detail(event: &Value) -> Value {
    let members = event.as_object().into_iter().flatten().filter(|(name, _)| *name != "detail");
    let renamed = |name: &str| if name == "detail-type" { "detailType" } else { name }.to_owned();
    Value::Object(members.map(|(name, value)| (renamed(name), value.clone())).collect())
}

/// The part of an event at a path: `$.detail.resources[0].id`, or with `*` all parts that it leads to.
pub fn at_path(event: &Value, path: &str) -> Option<Value> {
    Path::parse(path).ok()?.read(event).ok()
}

#[cfg(test)]
mod tests;
