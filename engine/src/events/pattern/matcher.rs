use serde_json::Value;
use std::net::IpAddr;

/// One way in which a value can match.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matcher {
    /// It is this value.
    Exactly(Value),
    /// It is there, or it is not.
    Exists(bool),
    /// It is a string of this form.
    Text(Text),
    /// It is anything but these values.
    AnythingBut(Vec<Value>),
    /// It is a string of none of these forms.
    AnythingButText(Vec<Text>),
    /// It is a number within these bounds.
    Numeric(Vec<(Comparison, f64)>),
    /// It is an address in this block.
    Cidr(Block),
}

/// A form of strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    Prefix(String),
    Suffix(String),
    PrefixIgnoreCase(String),
    SuffixIgnoreCase(String),
    EqualsIgnoreCase(String),
    /// The pieces between the `*`.
    Wildcard(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

/// A block of addresses: those that share the first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) network: IpAddr,
    pub(super) bits: u32,
}

impl Matcher {
    /// Whether the field's value matches. In an array one item is enough.
    pub(super) fn matches(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(expected), value) => *expected == value.is_some_and(is_leaf),
            (_, None | Some(Value::Object(_))) => false,
            (_, Some(Value::Array(items))) => items.iter().any(|item| self.matches(Some(item))),
            (_, Some(value)) => self.matches_leaf(value),
        }
    }

    fn matches_leaf(&self, value: &Value) -> bool {
        match self {
            Self::Exactly(expected) => value == expected,
            Self::Exists(expected) => *expected,
            Self::Text(text) => value.as_str().is_some_and(|value| text.matches(value)),
            Self::AnythingBut(values) => !values.contains(value),
            Self::AnythingButText(texts) => {
                value.as_str().is_none_or(|value| texts.iter().all(|text| !text.matches(value)))
            }
            Self::Numeric(bounds) => value.as_f64().is_some_and(|value| {
                bounds.iter().all(|(comparison, bound)| comparison.holds(value, *bound))
            }),
            Self::Cidr(block) => value
                .as_str()
                .and_then(|text| text.parse().ok())
                .is_some_and(|address| block.contains(address)),
        }
    }
}

/// `exists` looks at values only, not at objects.
fn is_leaf(value: &Value) -> bool {
    !value.is_object()
}

impl Text {
    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Prefix(prefix) => value.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => value.ends_with(suffix.as_str()),
            Self::PrefixIgnoreCase(prefix) => value.to_lowercase().starts_with(&prefix.to_lowercase()),
            Self::SuffixIgnoreCase(suffix) => value.to_lowercase().ends_with(&suffix.to_lowercase()),
            Self::EqualsIgnoreCase(other) => value.to_lowercase() == other.to_lowercase(),
            Self::Wildcard(pieces) => matches_pieces(pieces, value),
        }
    }
}

/// The first piece begins the text, the last ends it, and those between follow each other.
fn matches_pieces(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.first().is_some_and(|only| only == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.split_once(piece.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

impl Comparison {
    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Equal => value == bound,
            Self::GreaterOrEqual => value >= bound,
            Self::Greater => value > bound,
        }
    }
}

impl Block {
    fn contains(self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                u32::from(network) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                u128::from(network) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }
}
