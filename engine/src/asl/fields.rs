//! Reading an object field by field. Whatever nobody asked for is reported in the end.

use super::json::escape;
use super::problem::{Problem, Rule};
use super::query::QueryLanguage;
use serde_json::{Map, Value};
use std::cell::RefCell;

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
            problems.add(
                Rule::Value,
                pointer,
                format!("here stands {}, and an object is expected", kind(value)),
            );
            return None;
        };
        Some(Self { map, pointer: pointer.to_owned(), problems, language, seen: RefCell::default() })
    }

    /// An object inside this one.
    pub(super) fn inner(&self, value: &'a Value, pointer: &str) -> Option<Self> {
        Self::of(value, pointer, self.problems, self.language)
    }

    /// Whether a field is there. It is not known for that.
    pub(super) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
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

    /// A field that must be there.
    pub(super) fn require(&self, name: &'static str) -> Option<&'a Value> {
        let value = self.get(name);
        if value.is_none() {
            self.missing(&[name]);
        }
        value
    }

    /// Reports fields that must be there, as AWS words it.
    pub(super) fn missing(&self, names: &[&str]) {
        let at = if self.pointer.is_empty() { "/" } else { &self.pointer };
        self.problems.add(
            Rule::MissingField,
            at,
            format!("These fields are required: [{}]", names.join(", ")),
        );
    }

    /// A string that may be missing.
    pub(super) fn string(&self, name: &'static str) -> Option<&'a str> {
        let value = self.get(name)?;
        if value.as_str().is_none() {
            self.wrong(name, "a string", value);
        }
        value.as_str()
    }

    /// `true` or `false`, and false where it is missing.
    pub(super) fn flag(&self, name: &'static str) -> bool {
        let Some(value) = self.get(name) else { return false };
        if value.as_bool().is_none() {
            self.wrong(name, "`true` or `false`", value);
        }
        value.as_bool() == Some(true)
    }

    /// A whole number in a range that may be missing.
    pub(super) fn integer(&self, name: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = self.get(name)?;
        let number = value.as_u64().filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong(name, &format!("a whole number from {} to {}", range.start(), range.end()), value);
        }
        number
    }

    /// An array that may be missing.
    pub(super) fn array(&self, name: &'static str) -> &'a [Value] {
        match self.get(name) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.wrong(name, "an array", other);
                &[]
            }
        }
    }

    pub(super) fn wrong(&self, name: &str, expected: &str, found: &Value) {
        let message = format!("`{name}` is {}, and must be {expected}", kind(found));
        self.problems.add(Rule::Value, self.at(name), message);
    }

    /// Reports every field that nobody asked for.
    pub(super) fn finish(self) {
        let seen = self.seen.borrow();
        for name in self.map.keys().filter(|name| !seen.iter().any(|seen| seen == name)) {
            let (rule, message) = if self.language.lacks(name) {
                let message =
                    format!("Field '{name}' is not supported with the QueryLanguage '{}'", self.language);
                (Rule::QueryLanguage, message)
            } else {
                (Rule::UnknownField, format!("Field '{name}' is not supported here"))
            };
            self.problems.add(rule, self.at(name), message);
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
