use super::fields::{Fields, Problems, kind};
use super::problem::{Problem, Rule};
use super::query::QueryLanguage;
use super::source::Source;
use crate::json::escape;
use crate::jsonata::{Expr, ExprError};
use serde_json::Value;

/// JSON in which some values are computed: in JSONata strings of the form `{% ... %}`, in JSONPath the fields whose names
/// end with `.$`.
#[derive(Debug, Clone)]
pub enum Template {
    /// It stands for itself.
    Literal(Value),
    /// It is evaluated.
    Expr(Expr),
    /// It is read.
    Source(Source),
    /// Each item is a template.
    Array(Vec<Template>),
    /// Each value is a template. The names are without `.$`.
    Object(Vec<(String, Template)>),
}

impl Template {
    /// JSON with JSONata in it.
    pub(super) fn jsonata(value: &Value, pointer: &str, problems: &Problems) -> Self {
        match value {
            Value::String(text) => match expression(text, pointer, problems) {
                Some(expr) => Self::Expr(expr),
                None => Self::Literal(value.clone()),
            },
            Value::Array(items) => {
                Self::Array(each(items, pointer, |item, at| Self::jsonata(item, at, problems)))
            }
            Value::Object(map) => {
                let entries = map.iter();
                Self::Object(
                    entries
                        .map(|(key, value)| {
                            let at = format!("{pointer}/{}", escape(key));
                            (key.clone(), Self::jsonata(value, &at, problems))
                        })
                        .collect(),
                )
            }
            other => Self::Literal(other.clone()),
        }
    }

    /// A payload template of JSONPath. `owner` is the place of the field that it stands in, however deep this part of
    /// it is: AWS points there.
    fn payload(value: &Value, pointer: &str, owner: &str, problems: &Problems) -> Self {
        match value {
            Value::Array(items) => {
                Self::Array(each(items, pointer, |item, at| Self::payload(item, at, owner, problems)))
            }
            Value::Object(map) => {
                let entries = map.iter();
                Self::Object(
                    entries.map(|(key, value)| entry(key, value, (pointer, owner), problems)).collect(),
                )
            }
            other => Self::Literal(other.clone()),
        }
    }

    /// The template of a field, if it is an object with that field.
    pub fn of(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            Self::Literal(_) | Self::Expr(_) | Self::Source(_) | Self::Array(_) => None,
        }
    }

    /// A field that is a template in the language of its state, and may be missing.
    pub(super) fn field(fields: &Fields, name: &'static str) -> Option<Self> {
        let value = fields.get(name)?;
        let at = fields.at(name);
        Some(match fields.language {
            QueryLanguage::Jsonata => Self::jsonata(value, &at, fields.problems),
            QueryLanguage::Jsonpath => Self::payload(value, &at, &at, fields.problems),
        })
    }

    /// A field that is an object of templates, and may be missing.
    pub(super) fn object(fields: &Fields, name: &'static str) -> Vec<(String, Self)> {
        match fields.get(name) {
            None => Vec::new(),
            Some(Value::Object(_)) => match Self::field(fields, name) {
                Some(Self::Object(entries)) => entries,
                _ => Vec::new(),
            },
            Some(other) => {
                fields.mistyped(name, "Object", other);
                Vec::new()
            }
        }
    }
}

fn each(items: &[Value], pointer: &str, read: impl Fn(&Value, &str) -> Template) -> Vec<Template> {
    items.iter().enumerate().map(|(n, item)| read(item, &format!("{pointer}/{n}"))).collect()
}

fn entry(
    key: &str,
    value: &Value,
    (pointer, owner): (&str, &str),
    problems: &Problems,
) -> (String, Template) {
    let at = format!("{pointer}/{}", escape(key));
    let Some(name) = key.strip_suffix(".$") else {
        return (key.to_owned(), Template::payload(value, &at, owner, problems));
    };
    let source = match value.as_str() {
        Some(text) => Source::read(text).map_err(|why| {
            let message = format!(
                "The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
            );
            Problem::error(Rule::Path, at, message).of(owner).hint(why)
        }),
        None => {
            let message = format!(
                "The value for the field '{key}' must be a STRING that contains a JSONPath but was an {}",
                json_type(value)
            );
            Err(Problem::error(Rule::Path, at, message).of(owner))
        }
    };
    let template = match source {
        Ok(source) => Template::Source(source),
        Err(problem) => {
            problems.push(problem);
            Template::Literal(Value::Null)
        }
    };
    (name.to_owned(), template)
}

/// What the type of a value is called in Java's library for JSON.
fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Bool(_) => "BOOLEAN",
        Value::Number(_) => "NUMBER",
        Value::String(_) => "STRING",
        Value::Array(_) => "ARRAY",
        Value::Object(_) => "OBJECT",
    }
}

/// A field that is a plain value, or that says how to find one.
#[derive(Debug, Clone)]
pub enum Setting<T> {
    /// The value.
    Fixed(T),
    /// The expression that gives it.
    Expr(Expr),
    /// The path, or the function, that gives it.
    Source(Source),
}

impl<T> Setting<T> {
    /// A field of the name with `Path` behind it. Both at once is a problem.
    fn or_path(
        fields: &Fields,
        (name, path): (&'static str, &'static str),
        fixed: Option<Self>,
    ) -> Option<Self> {
        if fields.language == QueryLanguage::Jsonata || !fields.has(path) {
            return fixed;
        }
        // Of the four fields of a Wait it is said at once.
        if fields.has(name) && !matches!(name, "Seconds" | "Timestamp") {
            fields.exactly_one(&[name, path]);
        }
        let source = match path {
            "SecondsPath"
            | "TimestampPath"
            | "TimeoutSecondsPath"
            | "HeartbeatSecondsPath"
            | "ErrorPath"
            | "CausePath" => Source::field(fields, path),
            // The numbers of a Map come from its input.
            _ => Source::in_input(fields, path),
        };
        source.map(Self::Source)
    }
}

impl Setting<u64> {
    /// A whole number, or what gives one.
    pub(super) fn integer(
        fields: &Fields,
        (name, path): (&'static str, &'static str),
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<Self> {
        let fixed = match fields.get(name) {
            None => None,
            Some(Value::String(text)) if fields.language == QueryLanguage::Jsonata => {
                expression(text, &fields.at(name), fields.problems).map(Self::Expr).or_else(|| {
                    if !text.starts_with("{%") && !text.ends_with("%}") {
                        fields.mistyped(name, "Integer", &Value::from(text.as_str()));
                    }
                    None
                })
            }
            Some(_) => fields.integer(name, range).map(Self::Fixed),
        };
        Self::or_path(fields, (name, path), fixed)
    }
}

impl Setting<f64> {
    /// A percentage, or what gives one.
    pub(super) fn percentage(fields: &Fields, (name, path): (&'static str, &'static str)) -> Option<Self> {
        let fixed = match fields.get(name) {
            None => None,
            Some(Value::String(text)) if fields.language == QueryLanguage::Jsonata => {
                expression(text, &fields.at(name), fields.problems).map(Self::Expr)
            }
            Some(value) => {
                match value.as_f64() {
                    None => fields.mistyped(name, "Number", value),
                    Some(number) if number > 100.0 => fields.out_of_range(name, "Maximum", "100.0", value),
                    Some(number) if number < 0.0 => fields.out_of_range(name, "Minimum", "0.0", value),
                    Some(_) => {}
                }
                value.as_f64().filter(|number| (0.0..=100.0).contains(number)).map(Self::Fixed)
            }
        };
        Self::or_path(fields, (name, path), fixed)
    }
}

impl Setting<String> {
    /// A string, or what gives one.
    pub(super) fn string(fields: &Fields, (name, path): (&'static str, &'static str)) -> Option<Self> {
        let fixed = match fields.get(name) {
            None => None,
            Some(Value::String(text)) if fields.language == QueryLanguage::Jsonata => {
                Some(match expression(text, &fields.at(name), fields.problems) {
                    Some(expr) => Self::Expr(expr),
                    None => Self::Fixed(text.clone()),
                })
            }
            Some(Value::String(text)) => Some(Self::Fixed(text.clone())),
            Some(other) => {
                fields.mistyped(name, "String", other);
                None
            }
        };
        Self::or_path(fields, (name, path), fixed)
    }
}

/// What AWS says of a string that begins as an expression and does not end as one.
pub(super) const NO_EXPRESSION: &str = "JSONata string must start with {% and end with %}";

/// The expression of a string, if it is one.
pub(super) fn expression(text: &str, pointer: &str, problems: &Problems) -> Option<Expr> {
    let inner = match (text.starts_with("{%"), text.ends_with("%}")) {
        (false, false) => return None,
        (true, true) if text.len() >= 4 => text.get(2..text.len() - 2).unwrap_or_default(),
        _ => {
            let hint = format!("{} is no whole expression", kind(&Value::from(text)));
            problems.push(Problem::error(Rule::Value, pointer, NO_EXPRESSION).hint(hint));
            return None;
        }
    };
    match Expr::parse(inner.trim()) {
        Ok(expr) => Some(expr),
        // AWS says what the parser says, and no more.
        Err(why) => {
            let rule = match why {
                ExprError::Invalid(_) => Rule::Expression,
                ExprError::Unsupported(_) => Rule::UnsupportedExpression,
            };
            problems.add(rule, pointer, why.to_string());
            None
        }
    }
}
