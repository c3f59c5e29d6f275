use super::fields::{Fields, Problems, kind};
use super::json::escape;
use super::problem::Rule;
use crate::jsonata::Expr;
use serde_json::Value;

/// JSON in which strings of the form `{% ... %}` are JSONata expressions.
#[derive(Debug, Clone)]
pub enum Template {
    /// It stands for itself.
    Literal(Value),
    /// It is evaluated.
    Expr(Expr),
    /// Each item is a template.
    Array(Vec<Template>),
    /// Each value is a template.
    Object(Vec<(String, Template)>),
}

impl Template {
    pub(super) fn read(value: &Value, pointer: &str, problems: &Problems) -> Self {
        match value {
            Value::String(text) => match expression(text, pointer, problems) {
                Some(expr) => Self::Expr(expr),
                None => Self::Literal(value.clone()),
            },
            Value::Array(items) => {
                let items = items.iter().enumerate();
                Self::Array(
                    items.map(|(n, item)| Self::read(item, &format!("{pointer}/{n}"), problems)).collect(),
                )
            }
            Value::Object(map) => {
                let entries = map.iter();
                Self::Object(
                    entries
                        .map(|(key, value)| {
                            (key.clone(), Self::read(value, &format!("{pointer}/{}", escape(key)), problems))
                        })
                        .collect(),
                )
            }
            other => Self::Literal(other.clone()),
        }
    }

    /// A field that is a template, and may be missing.
    pub(super) fn field(fields: &Fields, name: &'static str) -> Option<Self> {
        fields.get(name).map(|value| Self::read(value, &fields.at(name), fields.problems))
    }

    /// A field that is an object of templates, and may be missing.
    pub(super) fn object(fields: &Fields, name: &'static str) -> Vec<(String, Self)> {
        match fields.get(name) {
            None => Vec::new(),
            Some(value @ Value::Object(_)) => match Self::read(value, &fields.at(name), fields.problems) {
                Self::Object(entries) => entries,
                _ => Vec::new(),
            },
            Some(other) => {
                fields.wrong(name, "an object", other);
                Vec::new()
            }
        }
    }

    /// Whether any of its expressions contains the text.
    pub fn mentions(&self, text: &str) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Expr(expr) => expr.source().contains(text),
            Self::Array(items) => items.iter().any(|item| item.mentions(text)),
            Self::Object(entries) => entries.iter().any(|(_, value)| value.mentions(text)),
        }
    }
}

/// A field that is either a plain value or an expression that gives one.
#[derive(Debug, Clone)]
pub enum Setting<T> {
    /// The value.
    Fixed(T),
    /// What gives it.
    Expr(Expr),
}

impl Setting<u64> {
    /// A whole number, or an expression for one.
    pub(super) fn integer(
        fields: &Fields,
        name: &'static str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<Self> {
        match fields.get(name)? {
            Value::String(text) => {
                expression(text, &fields.at(name), fields.problems).map(Self::Expr).or_else(|| {
                    fields.problems.add(
                        Rule::Value,
                        fields.at(name),
                        format!("`{name}` must be a whole number or a JSONata expression"),
                    );
                    None
                })
            }
            _ => fields.integer(name, range).map(Self::Fixed),
        }
    }
}

impl Setting<String> {
    /// A string, or an expression for one.
    pub(super) fn string(fields: &Fields, name: &'static str) -> Option<Self> {
        match fields.get(name)? {
            Value::String(text) => Some(match expression(text, &fields.at(name), fields.problems) {
                Some(expr) => Self::Expr(expr),
                None => Self::Fixed(text.clone()),
            }),
            other => {
                fields.wrong(name, "a string", other);
                None
            }
        }
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
        Err(why) => {
            problems.add(
                Rule::Expression,
                pointer,
                format!("the expression `{}` cannot be parsed: {why}", inner.trim()),
            );
            None
        }
    }
}
