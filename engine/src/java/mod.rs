//! How Java reads and writes JSON. Step Functions is written in Java, and in places it shows: texts made of values
//! (`States.Format`), numbers (`1.0E21`), randomness with a seed (`java.util.Random`), the words for what is not JSON,
//! and the order of names in lists (`HashSet`) and in payload templates (`HashMap`).
//!
//! Source: recordings of AWS (`{Arg1=1, Arg2=[]}` for an object in `States.Format`), the Java API documentation of
//! `Double.toString`, `AbstractMap.toString` and `java.util.Random`.

mod number;
mod parse_error;
mod random;
#[cfg(test)]
mod tests;

pub(crate) use parse_error::of as parse_error;
pub(crate) use random::Random;

use serde_json::Value;

/// A value as `Object.toString` writes it: strings without quotes, `{a=1, b=[2]}` for an object.
pub(crate) fn to_string(value: &Value) -> String {
    let mut text = String::new();
    write_string(value, &mut text);
    text
}

fn write_string(value: &Value, text: &mut String) {
    match value {
        Value::String(inner) => text.push_str(inner),
        Value::Number(_) | Value::Bool(_) | Value::Null => write_json(value, text),
        Value::Array(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                text.push_str(if n == 0 { "" } else { ", " });
                write_string(item, text);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push('{');
            for (n, (key, item)) in map.iter().enumerate() {
                text.push_str(if n == 0 { "" } else { ", " });
                text.push_str(key);
                text.push('=');
                write_string(item, text);
            }
            text.push('}');
        }
    }
}

/// Texts in the order in which a `HashSet` gives them: by the lowest bits of their hashes.
pub(crate) fn set_order<'t>(texts: &[&'t str]) -> Vec<&'t str> {
    let mut buckets = 16;
    while texts.len() * 4 > buckets * 3 {
        buckets *= 2;
    }
    let bucket = |text: &&str| {
        let hash =
            text.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
        (hash ^ (hash >> 16)) as usize & (buckets - 1)
    };
    let mut ordered = texts.to_vec();
    ordered.sort_by_key(bucket);
    ordered
}

/// A value as JSON without spaces, with numbers as Java writes them.
pub(crate) fn to_json(value: &Value) -> String {
    let mut text = String::new();
    write_json(value, &mut text);
    text
}

fn write_json(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(double) if number.is_f64() => text.push_str(&number::double(double)),
            _ => text.push_str(&number.to_string()),
        },
        Value::Array(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                text.push_str(if n == 0 { "" } else { "," });
                write_json(item, text);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push('{');
            for (n, (key, item)) in map.iter().enumerate() {
                text.push_str(if n == 0 { "" } else { "," });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_json(item, text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// Reads JSON. A text of nothing but blanks is null, and `-0` is the integer 0, as Jackson has it.
pub(crate) fn read_json(text: &str) -> Result<Value, serde_json::Error> {
    if text.chars().all(char::is_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_str(&without_negative_zero(text))
}

/// Replaces each number `-0` by `0`; `-0.5` and what stands inside a string stay.
fn without_negative_zero(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let (mut inside, mut escaped) = (false, false);
    while let Some(c) = chars.next() {
        if inside {
            out.push(c);
            inside = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c == '-' && chars.peek() == Some(&'0') {
            chars.next();
            let goes_on =
                chars.peek().is_some_and(|next| next.is_ascii_digit() || matches!(next, '.' | 'e' | 'E'));
            out.push_str(if goes_on { "-0" } else { "0" });
        } else {
            inside = c == '"';
            out.push(c);
        }
    }
    out
}
