//! What a filter asks, and whether an item answers it.

use super::operators::Operator;
use super::{Step, read};
use regex::Regex;
use serde_json::Value;
use std::borrow::Cow;

/// A condition, as it stands between `[?(` and `)]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    /// The path finds something, be it null.
    Exists(Operand),
    Compare(Operand, Operator, Operand),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    /// `@.a`: in the item.
    Item(Vec<Step>),
    /// `$.a`: in the document.
    Document(Vec<Step>),
    Literal(Value),
    Pattern(Pattern),
}

/// `/.../i`.
#[derive(Debug, Clone)]
pub(super) struct Pattern(pub(super) Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// What one side of a comparison comes to.
pub(super) enum Operated<'v> {
    /// A path that found nothing. It is equal to nothing.
    Nothing,
    Value(Cow<'v, Value>),
    Pattern(&'v Regex),
}

impl Condition {
    pub(super) fn holds(&self, item: &Value, document: &Value) -> bool {
        match self {
            Self::And(all) => all.iter().all(|one| one.holds(item, document)),
            Self::Or(any) => any.iter().any(|one| one.holds(item, document)),
            Self::Not(one) => !one.holds(item, document),
            Self::Exists(operand) => !matches!(operand.operated(item, document), Operated::Nothing),
            Self::Compare(left, operator, right) => {
                operator.holds(&left.operated(item, document), &right.operated(item, document))
            }
        }
    }
}

impl Operand {
    fn operated<'v>(&'v self, item: &Value, document: &Value) -> Operated<'v> {
        let (steps, from) = match self {
            Self::Item(steps) => (steps, item),
            Self::Document(steps) => (steps, document),
            Self::Literal(value) => return Operated::Value(Cow::Borrowed(value)),
            Self::Pattern(pattern) => return Operated::Pattern(&pattern.0),
        };
        match read::read(steps, from, document) {
            Ok(value) => Operated::Value(Cow::Owned(value)),
            Err(_) => Operated::Nothing,
        }
    }
}
