use super::matcher::{Block, Comparison, Matcher, Text};
use super::{InvalidPattern, Node, Pattern};
use serde_json::Value;
use std::net::IpAddr;

type Read<T> = Result<T, InvalidPattern>;

fn invalid<T>(pointer: &str, reason: impl Into<String>) -> Read<T> {
    let pointer = if pointer.is_empty() { "/".to_owned() } else { pointer.to_owned() };
    Err(InvalidPattern { reason: reason.into(), pointer })
}

pub(super) fn pattern(value: &Value, pointer: &str) -> Read<Pattern> {
    let Some(map) = value.as_object() else { return invalid(pointer, "Filter is not an object") };
    if map.is_empty() {
        return invalid(pointer, "Empty objects are not allowed");
    }
    let mut pattern = Pattern { fields: Vec::new(), alternatives: Vec::new() };
    for (key, value) in map {
        let at = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        match (key.as_str(), value) {
            ("$or", Value::Array(items)) if items.len() >= 2 && items.iter().all(Value::is_object) => {
                let items = items.iter().enumerate();
                let patterns: Read<Vec<Pattern>> =
                    items.map(|(n, item)| self::pattern(item, &format!("{at}/{n}"))).collect();
                pattern.alternatives.push(patterns?);
            }
            (_, Value::Object(_)) => {
                pattern.fields.push((key.clone(), Node::Nested(self::pattern(value, &at)?)))
            }
            (_, Value::Array(items)) if items.is_empty() => {
                return invalid(&at, "Empty arrays are not allowed");
            }
            (_, Value::Array(items)) => {
                let matchers: Read<Vec<Matcher>> = items.iter().map(|item| matcher(item, &at)).collect();
                pattern.fields.push((key.clone(), Node::Leaf(matchers?)));
            }
            _ => return invalid(&at, format!("\"{key}\" must be an object or an array")),
        }
    }
    Ok(pattern)
}

fn matcher(value: &Value, at: &str) -> Read<Matcher> {
    let map = match value {
        Value::Object(map) => map,
        Value::Array(_) => return invalid(at, "Arrays inside arrays are not allowed"),
        other => return Ok(Matcher::Exactly(other.clone())),
    };
    let mut entries = map.iter();
    let (Some((operator, operand)), None) = (entries.next(), entries.next()) else {
        return invalid(at, "Only one key allowed in match expression");
    };
    match operator.as_str() {
        "exists" => match operand.as_bool() {
            Some(expected) => Ok(Matcher::Exists(expected)),
            None => invalid(at, "exists match pattern must be either true or false"),
        },
        "anything-but" => anything_but(operand, at),
        "numeric" => numeric(operand, at).map(Matcher::Numeric),
        "cidr" => cidr(operand, at).map(Matcher::Cidr),
        "prefix" | "suffix" | "equals-ignore-case" | "wildcard" => {
            text(operator, operand, at).map(Matcher::Text)
        }
        other => invalid(at, format!("Unrecognized match type {other}")),
    }
}

fn text(operator: &str, operand: &Value, at: &str) -> Read<Text> {
    if let Value::Object(map) = operand {
        let mut entries = map.iter();
        return match (operator, entries.next(), entries.next()) {
            ("prefix", Some((key, Value::String(text))), None) if key == "equals-ignore-case" => {
                Ok(Text::PrefixIgnoreCase(text.clone()))
            }
            ("suffix", Some((key, Value::String(text))), None) if key == "equals-ignore-case" => {
                Ok(Text::SuffixIgnoreCase(text.clone()))
            }
            _ => invalid(at, format!("Unsupported {operator} pattern")),
        };
    }
    let Some(text) = operand.as_str() else {
        return invalid(at, format!("{operator} match pattern must be a string"));
    };
    match operator {
        "prefix" => Ok(Text::Prefix(text.to_owned())),
        "suffix" => Ok(Text::Suffix(text.to_owned())),
        "equals-ignore-case" => Ok(Text::EqualsIgnoreCase(text.to_owned())),
        _ => wildcard(text, at),
    }
}

/// `*` stands for any text; `\*` and `\\` stand for themselves.
fn wildcard(text: &str, at: &str) -> Read<Text> {
    let (mut pieces, mut piece, mut letters) = (Vec::new(), String::new(), text.chars().peekable());
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(escaped @ ('*' | '\\'))) => {
                piece.push(*escaped);
                letters.next();
            }
            ('\\', _) => return invalid(at, "Invalid escape character in wildcard"),
            ('*', Some('*')) => return invalid(at, "Consecutive wildcard characters"),
            ('*', _) => pieces.push(std::mem::take(&mut piece)),
            (other, _) => piece.push(other),
        }
    }
    pieces.push(piece);
    Ok(Text::Wildcard(pieces))
}

fn anything_but(operand: &Value, at: &str) -> Read<Matcher> {
    let is_value = |value: &Value| value.is_string() || value.is_number();
    match operand {
        Value::Object(map) => {
            let mut entries = map.iter();
            let (Some((operator, operand)), None) = (entries.next(), entries.next()) else {
                return invalid(at, "Only one key allowed in match expression");
            };
            if !matches!(operator.as_str(), "prefix" | "suffix" | "equals-ignore-case" | "wildcard") {
                return invalid(at, format!("Unsupported anything-but pattern: {operator}"));
            }
            let operands = match operand {
                Value::Array(items) if !items.is_empty() => items.as_slice(),
                single => std::slice::from_ref(single),
            };
            let texts: Read<Vec<Text>> = operands.iter().map(|operand| text(operator, operand, at)).collect();
            texts.map(Matcher::AnythingButText)
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(is_value) => {
            Ok(Matcher::AnythingBut(items.clone()))
        }
        single if is_value(single) => Ok(Matcher::AnythingBut(vec![single.clone()])),
        _ => invalid(at, "anything-but takes a string, a number or a list of them"),
    }
}

fn numeric(operand: &Value, at: &str) -> Read<Vec<(Comparison, f64)>> {
    let Some(items) = operand.as_array() else { return invalid(at, "Value of numeric must be an array.") };
    let pairs = items.chunks(2).map(|pair| match pair {
        [Value::String(operator), number] => {
            let comparison = match operator.as_str() {
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                "=" => Comparison::Equal,
                ">=" => Comparison::GreaterOrEqual,
                ">" => Comparison::Greater,
                other => return invalid(at, format!("Unrecognized numeric range operator: {other}")),
            };
            // Source: "Numeric matching": from -5.0e9 to 5.0e9.
            match number.as_f64().filter(|number| number.abs() <= 5.0e9) {
                Some(number) => Ok((comparison, number)),
                None => invalid(at, format!("Value of {operator} must be numeric, from -5.0e9 to 5.0e9")),
            }
        }
        _ => invalid(at, "Invalid member in numeric match: pairs of an operator and a number are expected"),
    });
    let bounds = pairs.collect::<Read<Vec<_>>>()?;
    match bounds.as_slice() {
        [_] => Ok(bounds),
        [
            (Comparison::Greater | Comparison::GreaterOrEqual, low),
            (Comparison::Less | Comparison::LessOrEqual, high),
        ] if low < high => Ok(bounds),
        [_, _] => invalid(at, "Bottom must be less than top, and stand first"),
        _ => invalid(at, "A numeric match takes one bound or two"),
    }
}

fn cidr(operand: &Value, at: &str) -> Read<Block> {
    let block = operand.as_str().and_then(|text| {
        let (address, bits) = text.split_once('/')?;
        let (network, bits): (IpAddr, u32) = (address.parse().ok()?, bits.parse().ok()?);
        let most = if network.is_ipv4() { 32 } else { 128 };
        (bits <= most).then_some(Block { network, bits })
    });
    match block {
        Some(block) => Ok(block),
        None => invalid(at, "Malformed CIDR, one '/' required"),
    }
}
