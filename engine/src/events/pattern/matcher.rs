use super::number::Millionths;
use super::wildcard::Wildcard;
use serde_json::{Number, Value};
use std::net::IpAddr;

/// One form that a value can have.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matcher {
    /// It is this value.
    Exactly(Leaf),
    /// There is a value, whatever it is.
    Present,
    /// There is none.
    Absent,
    /// It is a string of this form.
    Text(Text),
    /// It is none of these strings.
    AnythingButTexts(Vec<String>),
    /// It is none of these numbers.
    AnythingButNumbers(Vec<Millionths>),
    /// It is a string of none of these forms, or no string.
    AnythingButForms(Vec<Text>),
    /// It is a number within these bounds.
    Numeric(Range),
    /// It is an address in this block.
    Cidr(Block),
}

/// A value that a pattern names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    Null,
    Bool(bool),
    Text(String),
    /// An address is the same address in each of its spellings.
    Address(IpAddr),
    /// As it was written, and what it is worth where it can be compared.
    Number(String, Option<Millionths>),
}

/// A form of strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    Prefix(String),
    Suffix(String),
    /// Without regard to case: these three hold lower-case letters.
    PrefixIgnoreCase(String),
    SuffixIgnoreCase(String),
    EqualsIgnoreCase(String),
    Wildcard(Wildcard),
}

/// Numbers between two bounds, which may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) bottom: Millionths,
    pub(super) open_bottom: bool,
    pub(super) top: Millionths,
    pub(super) open_top: bool,
}

/// The addresses from a first one to a last one. The first is the one that was written, whatever its last bits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) first: IpAddr,
    pub(super) last: IpAddr,
}

impl Matcher {
    /// Whether a value that is there matches: anything but an object or an array.
    pub(super) fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Exactly(leaf) => leaf.is(value),
            Self::Present => true,
            Self::Absent => false,
            Self::Text(text) => value.as_str().is_some_and(|value| text.matches(value)),
            Self::AnythingButTexts(texts) => {
                value.as_str().is_none_or(|value| texts.iter().all(|text| text != value))
            }
            Self::AnythingButNumbers(numbers) => number(value).is_none_or(|value| !numbers.contains(&value)),
            Self::AnythingButForms(forms) => {
                value.as_str().is_none_or(|value| forms.iter().all(|form| !form.matches(value)))
            }
            Self::Numeric(range) => number(value).is_some_and(|value| range.contains(value)),
            Self::Cidr(block) => address(value).is_some_and(|address| block.contains(address)),
        }
    }
}

fn number(value: &Value) -> Option<Millionths> {
    value.as_f64().and_then(Millionths::of)
}

fn address(value: &Value) -> Option<IpAddr> {
    value.as_str()?.parse().ok()
}

impl Leaf {
    fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Null, Value::Null) => true,
            (Self::Bool(expected), Value::Bool(found)) => expected == found,
            (Self::Text(expected), Value::String(found)) => expected == found,
            (Self::Address(expected), found) => address(found) == Some(*expected),
            (Self::Number(text, worth), Value::Number(found)) => is_number(text, *worth, found),
            _ => false,
        }
    }
}

/// What cannot be compared, such as the number of an account, is the same if it is written in the same way.
fn is_number(text: &str, worth: Option<Millionths>, found: &Number) -> bool {
    let found_worth = found.as_f64().and_then(Millionths::of);
    worth.is_some() && worth == found_worth || found.to_string() == text
}

impl Text {
    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Prefix(prefix) => value.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => value.ends_with(suffix.as_str()),
            Self::PrefixIgnoreCase(prefix) => value.to_lowercase().starts_with(prefix.as_str()),
            Self::SuffixIgnoreCase(suffix) => value.to_lowercase().ends_with(suffix.as_str()),
            Self::EqualsIgnoreCase(other) => value.to_lowercase() == *other,
            Self::Wildcard(wildcard) => wildcard.matches(value),
        }
    }
}

impl Range {
    fn contains(&self, value: Millionths) -> bool {
        let above = if self.open_bottom { value > self.bottom } else { value >= self.bottom };
        let below = if self.open_top { value < self.top } else { value <= self.top };
        above && below
    }
}

impl Block {
    fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }
}
