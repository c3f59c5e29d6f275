//! Reading an object field by field. Whatever nobody asked for is reported in the end.

use super::problem::{Problem, Rule};
use super::query::QueryLanguage;
use crate::java;
use crate::json::escape;
use serde_json::{Map, Value};
use std::cell::{Cell, RefCell};
use std::fmt;

/// Where problems are collected. Reading never stops at the first.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(super) fn add(&self, rule: Rule, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.borrow_mut().push(Problem::error(rule, pointer, message));
    }

    pub(super) fn push(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    pub(super) fn into_vec(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

/// An object that is being read.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    pub(super) pointer: String,
    pub(super) problems: &'a Problems,
    /// The language of the state that the object belongs to.
    pub(super) language: QueryLanguage,
    seen: RefCell<Vec<&'static str>>,
    /// Whether the fields of the other language have been reported.
    checked: Cell<bool>,
}

impl<'a> Fields<'a> {
    /// Begins with an object, or reports that there is none.
    pub(super) fn of(
        value: &'a Value,
        pointer: &str,
        problems: &'a Problems,
        language: QueryLanguage,
    ) -> Option<Self> {
        let Some(map) = value.as_object() else {
            let problem = Problem::error(Rule::Value, pointer, "Expected value of type Object");
            problems.push(problem.hint(format!("here stands {}", kind(value))));
            return None;
        };
        Some(Self {
            map,
            pointer: pointer.to_owned(),
            problems,
            language,
            seen: RefCell::default(),
            checked: Cell::default(),
        })
    }

    /// An object inside this one, without the fields of the other language.
    pub(super) fn inner(&self, value: &'a Value, pointer: &str) -> Option<Self> {
        let inner = Self::of(value, pointer, self.problems, self.language)?;
        inner.check_language();
        Some(inner)
    }

    /// Reports the fields of the other language.
    pub(super) fn check_language(&self) {
        self.ignore_language();
        for name in self.map.keys().filter(|name| self.language.lacks(name)) {
            let (own, other) = (self.language, self.language.other());
            let message = format!(
                "The QueryLanguage is set to '{own}', but field '{name}' is only supported for the '{other}' QueryLanguage"
            );
            let problem = Problem::error(Rule::QueryLanguage, self.at(name), message);
            self.problems.push(problem.of(self.pointer.clone()));
        }
    }

    /// Says nothing of the fields of the other language.
    pub(super) fn ignore_language(&self) {
        self.checked.set(true);
    }

    /// Whether a field is there. It is not known for that.
    pub(super) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// How many of these fields are there.
    pub(super) fn count(&self, names: &[&str]) -> usize {
        names.iter().filter(|name| self.has(name)).count()
    }

    /// The place of a field.
    pub(super) fn at(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, escape(name))
    }

    /// A field, whatever it is. A field that was asked for is a field that is known.
    pub(super) fn get(&self, name: &'static str) -> Option<&'a Value> {
        self.seen.borrow_mut().push(name);
        self.map.get(name)
    }

    /// A field, without making it known.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name)
    }

    /// A field that must be there.
    pub(super) fn require(&self, name: &'static str) -> Option<&'a Value> {
        let value = self.get(name);
        if value.is_none() {
            self.missing(&[name]);
        }
        value
    }

    /// Reports fields that must be there.
    pub(super) fn missing(&self, names: &[&str]) {
        let message = format!("These fields are required: [{}]", java::set_order(names).join(", "));
        self.problems.add(Rule::MissingField, self.pointer.clone(), message);
    }

    /// Reports that there is none of these fields, or more than one. Whether there is one.
    pub(super) fn exactly_one(&self, names: &[&str]) -> bool {
        let list = java::set_order(names).join(", ");
        let (rule, message) = match self.count(names) {
            1 => return true,
            0 => (
                Rule::MissingField,
                format!("This object should have only one of the following fields: [{list}]"),
            ),
            _ => (Rule::Exclusive, format!("There should only be one of the following fields: [{list}]")),
        };
        self.problems.add(rule, self.pointer.clone(), message);
        false
    }

    /// A string that may be missing.
    pub(super) fn string(&self, name: &'static str) -> Option<&'a str> {
        let value = self.get(name)?;
        if value.as_str().is_none() {
            self.mistyped(name, "String", value);
        }
        value.as_str()
    }

    /// A string that may be missing, and is one of these.
    pub(super) fn one_of<const N: usize>(
        &self,
        name: &'static str,
        allowed: [&'static str; N],
    ) -> Option<&'static str> {
        let text = self.string(name)?;
        let found = allowed.into_iter().find(|it| *it == text);
        if found.is_none() {
            let message = format!("Value should be one of the following: [{}]", allowed.join(", "));
            let problem = Problem::error(Rule::Value, self.at(name), message);
            self.problems.push(problem.hint(format!("`{name}` is `{text}`")));
        }
        found
    }

    /// `true` or `false`, and false where it is missing.
    pub(super) fn flag(&self, name: &'static str) -> bool {
        let Some(value) = self.get(name) else { return false };
        if value.as_bool().is_none() {
            self.mistyped(name, "Boolean", value);
        }
        value.as_bool() == Some(true)
    }

    /// A whole number in a range that may be missing.
    pub(super) fn integer(&self, name: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = self.get(name)?;
        let number = value.as_number().filter(|number| !number.is_f64());
        if number.is_none() {
            self.mistyped(name, "Integer", value);
        }
        let number = number?.as_u64();
        match number {
            Some(number) if number > *range.end() => self.out_of_range(name, "Maximum", *range.end(), value),
            Some(number) if number >= *range.start() => return Some(number),
            _ => self.out_of_range(name, "Minimum", *range.start(), value),
        }
        None
    }

    /// An array that may be missing.
    pub(super) fn array(&self, name: &'static str) -> &'a [Value] {
        match self.get(name) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.mistyped(name, "Array", other);
                &[]
            }
        }
    }

    /// An array that must be there and hold something. It has been read already.
    pub(super) fn filled(&self, name: &'static str, items: &[Value]) {
        match self.value(name) {
            None => self.missing(&[name]),
            Some(Value::Array(_)) if items.is_empty() => {
                self.problems.add(Rule::Value, self.at(name), "Value cannot be empty");
            }
            Some(_) => {}
        }
    }

    /// Reports a value of another type.
    pub(super) fn mistyped(&self, name: &str, expected: &str, found: &Value) {
        let problem =
            Problem::error(Rule::Value, self.at(name), format!("Expected value of type {expected}"));
        self.problems.push(problem.hint(format!("`{name}` is {}", kind(found))));
    }

    /// Reports a number that is too great or too small.
    pub(super) fn out_of_range(&self, name: &str, bound: &str, limit: impl fmt::Display, found: &Value) {
        let problem = Problem::error(Rule::Value, self.at(name), format!("{bound} value is {limit}"));
        self.problems.push(problem.hint(format!("`{name}` is {}", kind(found))));
    }

    /// Reports what AWS's words are not known for.
    pub(super) fn wrong(&self, name: &str, expected: &str, found: &Value) {
        let message = format!("`{name}` is {}, and must be {expected}", kind(found));
        self.problems.add(Rule::Value, self.at(name), message);
    }

    /// Reports every field that nobody asked for.
    pub(super) fn finish(&self) {
        let seen = self.seen.borrow();
        let known = |name: &String| {
            seen.iter().any(|seen| seen == name) || (self.checked.get() && self.language.lacks(name))
        };
        for name in self.map.keys().filter(|name| !known(name)) {
            let problem =
                Problem::error(Rule::UnknownField, self.at(name), format!("Field '{name}' is not supported"));
            self.problems.push(problem.of(self.pointer.clone()));
        }
    }
}

/// What a value is, in words.
pub(super) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("`{number}`"),
        Value::String(text) => format!("the string `{}`", text.chars().take(60).collect::<String>()),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
