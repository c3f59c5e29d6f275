use super::fields::{Fields, Problems, kind};
use super::json::escape;
use super::problem::Rule;
use super::query::QueryLanguage;
use super::source::Source;
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

    /// A payload template of JSONPath.
    pub(super) fn payload(value: &Value, pointer: &str, problems: &Problems) -> Self {
        match value {
            Value::Array(items) => {
                Self::Array(each(items, pointer, |item, at| Self::payload(item, at, problems)))
            }
            Value::Object(map) => {
                Self::Object(map.iter().map(|(key, value)| entry(key, value, pointer, problems)).collect())
            }
            other => Self::Literal(other.clone()),
        }
    }

    /// A field that is a template in the language of its state, and may be missing.
    pub(super) fn field(fields: &Fields, name: &'static str) -> Option<Self> {
        let value = fields.get(name)?;
        Some(match fields.language {
            QueryLanguage::Jsonata => Self::jsonata(value, &fields.at(name), fields.problems),
            QueryLanguage::Jsonpath => Self::payload(value, &fields.at(name), fields.problems),
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
                fields.wrong(name, "an object", other);
                Vec::new()
            }
        }
    }

    /// Whether anything that it computes contains the text.
    pub fn mentions(&self, text: &str) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Expr(expr) => expr.source().contains(text),
            Self::Source(source) => source.text().contains(text),
            Self::Array(items) => items.iter().any(|item| item.mentions(text)),
            Self::Object(entries) => entries.iter().any(|(_, value)| value.mentions(text)),
        }
    }
}

fn each(items: &[Value], pointer: &str, read: impl Fn(&Value, &str) -> Template) -> Vec<Template> {
    items.iter().enumerate().map(|(n, item)| read(item, &format!("{pointer}/{n}"))).collect()
}

fn entry(key: &str, value: &Value, pointer: &str, problems: &Problems) -> (String, Template) {
    let at = format!("{pointer}/{}", escape(key));
    let Some(name) = key.strip_suffix(".$") else {
        return (key.to_owned(), Template::payload(value, &at, problems));
    };
    let source = match value.as_str() {
        Some(text) => Source::read(text, &at, problems),
        None => {
            let message = format!(
                "The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
            );
            problems.add(Rule::Path, at, message);
            None
        }
    };
    (name.to_owned(), source.map_or(Template::Literal(Value::Null), Template::Source))
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
        if fields.has(name) {
            let message = format!("Only one of these fields is allowed: [{name}, {path}]");
            fields.problems.add(Rule::Exclusive, fields.pointer.clone(), message);
        }
        Source::field(fields, path).map(Self::Source)
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
                    if !text.starts_with("{%") {
                        let message = format!("`{name}` must be a whole number or a JSONata expression");
                        fields.problems.add(Rule::Value, fields.at(name), message);
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
                let number = value.as_f64().filter(|number| (0.0..=100.0).contains(number));
                if number.is_none() {
                    fields.wrong(name, "a number from 0 to 100", value);
                }
                number.map(Self::Fixed)
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
                fields.wrong(name, "a string", other);
                None
            }
        };
        Self::or_path(fields, (name, path), fixed)
    }
}

/// The expression of a string, if it is one.
pub(super) fn expression(text: &str, pointer: &str, problems: &Problems) -> Option<Expr> {
    let inner = match (text.starts_with("{%"), text.ends_with("%}")) {
        (false, false) => return None,
        (true, true) if text.len() >= 4 => text.get(2..text.len() - 2).unwrap_or_default(),
        _ => {
            let message = format!(
                "{} begins or ends a JSONata expression and does not do both; an expression is the whole string, `{{% ... %}}`",
                kind(&Value::from(text))
            );
            problems.add(Rule::Expression, pointer, message);
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
