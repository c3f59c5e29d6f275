//! Escapes, and the template of `States.Format`.

use super::IntrinsicError;
use crate::java;
use serde_json::Value;

/// A text with its escapes resolved: `\'`, `\{`, `\}` and `\\`.
pub(super) fn unescape(raw: &str, function: &'static str) -> Result<String, IntrinsicError> {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { escaped(chars.next(), function)? } else { c });
    }
    Ok(text)
}

fn escaped(c: Option<char>, function: &'static str) -> Result<char, IntrinsicError> {
    match c {
        Some(c @ ('\'' | '{' | '}' | '\\')) => Ok(c),
        _ => Err(IntrinsicError::Escape(function)),
    }
}

/// The template with each `{}` replaced by the value that belongs to it.
pub(super) fn format(template: &str, values: &[Value]) -> Result<String, IntrinsicError> {
    let mut text = String::with_capacity(template.len());
    let mut chars = template.chars();
    let mut values = values.iter();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(escaped(chars.next(), "States.Format")?),
            '{' => match chars.next() {
                Some('}') => match values.next() {
                    Some(value) => text.push_str(&java::to_string(value)),
                    None => return Err(IntrinsicError::Occurrences),
                },
                _ => return Err(IntrinsicError::Template('}', '{')),
            },
            '}' => return Err(IntrinsicError::Template('{', '}')),
            c => text.push(c),
        }
    }
    if values.next().is_some() { Err(IntrinsicError::Occurrences) } else { Ok(text) }
}
