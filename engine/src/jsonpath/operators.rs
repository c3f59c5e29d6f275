//! The operators of filters.
//!
//! Source: the Jayway documentation's table of filter operators. Texts and numbers compare as the other side is: `'1'`
//! is equal to `1`. What cannot be compared is not equal, and neither less nor greater.

use super::filter::Operated;
use serde_json::{Number, Value};
use std::cmp::Ordering;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    SameTypeEqual,
    SameTypeNotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    SubsetOf,
    AnyOf,
    NoneOf,
    Contains,
    All,
    Size,
    Empty,
}

/// As they are written; what begins like another one comes before it.
pub(super) const SYMBOLS: [(&str, Operator); 9] = [
    ("===", Operator::SameTypeEqual),
    ("!==", Operator::SameTypeNotEqual),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=~", Operator::Matches),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// Those that are words, in any case.
pub(super) const WORDS: [(&str, Operator); 9] = [
    ("in", Operator::In),
    ("nin", Operator::NotIn),
    ("subsetof", Operator::SubsetOf),
    ("anyof", Operator::AnyOf),
    ("noneof", Operator::NoneOf),
    ("contains", Operator::Contains),
    ("all", Operator::All),
    ("size", Operator::Size),
    ("empty", Operator::Empty),
];

impl Operator {
    pub(super) fn holds(self, left: &Operated<'_>, right: &Operated<'_>) -> bool {
        let values = match (left, right) {
            (Operated::Value(left), Operated::Value(right)) => Some((left.as_ref(), right.as_ref())),
            _ => None,
        };
        match self {
            Self::Matches => match (left, right) {
                (Operated::Value(value), Operated::Pattern(regex))
                | (Operated::Pattern(regex), Operated::Value(value)) => {
                    text(value).is_some_and(|text| regex.is_match(&text))
                }
                _ => false,
            },
            Self::NotEqual => !Self::Equal.holds(left, right),
            Self::SameTypeNotEqual => !Self::SameTypeEqual.holds(left, right),
            Self::NotIn => !Self::In.holds(left, right),
            _ => values.is_some_and(|(left, right)| self.holds_of(left, right)),
        }
    }

    fn holds_of(self, left: &Value, right: &Value) -> bool {
        let lists = || Some((left.as_array()?, right.as_array()?));
        match self {
            Self::Equal => equal(left, right),
            Self::SameTypeEqual => {
                std::mem::discriminant(left) == std::mem::discriminant(right) && equal(left, right)
            }
            Self::Less => order(left, right) == Some(Ordering::Less),
            Self::LessOrEqual => matches!(order(left, right), Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => order(left, right) == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(order(left, right), Some(Ordering::Greater | Ordering::Equal)),
            Self::In => right.as_array().is_some_and(|list| has(list, left)),
            Self::SubsetOf => lists().is_some_and(|(left, right)| left.iter().all(|item| has(right, item))),
            Self::AnyOf => lists().is_some_and(|(left, right)| left.iter().any(|item| has(right, item))),
            Self::NoneOf => lists().is_some_and(|(left, right)| !left.iter().any(|item| has(right, item))),
            Self::All => lists().is_some_and(|(left, right)| right.iter().all(|item| has(left, item))),
            Self::Contains => match (left, right) {
                (Value::String(whole), Value::String(part)) => whole.contains(part.as_str()),
                (Value::Array(list), item) => has(list, item),
                _ => false,
            },
            Self::Size => length(left).is_some_and(|length| equal(&Value::from(length), right)),
            Self::Empty => length(left).is_some_and(|length| right.as_bool() == Some(length == 0)),
            // What depends on more than two values was decided by `holds`.
            Self::NotEqual | Self::SameTypeNotEqual | Self::NotIn | Self::Matches => false,
        }
    }
}

fn has(list: &[Value], item: &Value) -> bool {
    list.iter().any(|one| equal(one, item))
}

/// The number of items, or of characters.
fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(map) => Some(map.len()),
        Value::String(text) => Some(text.encode_utf16().count()),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numbers(left, right) == Some(Ordering::Equal),
        (Value::Number(number), Value::String(text)) => {
            text.trim().parse::<Number>().is_ok_and(|text| numbers(number, &text) == Some(Ordering::Equal))
        }
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numbers(left, right),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Integers are compared exactly, whatever their size.
fn numbers(left: &Number, right: &Number) -> Option<Ordering> {
    let whole = |number: &Number| number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
