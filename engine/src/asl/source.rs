//! Where a JSONPath state finds a value: by a path, or by a function over paths.

use super::fields::{Fields, Problems};
use super::problem::Rule;
use crate::intrinsics::Call;
use crate::jsonpath::{Root, Rooted};
use serde_json::Value;

/// A path or a call, with its text, which stands in AWS's messages.
#[derive(Debug, Clone)]
pub struct Source {
    text: String,
    origin: Origin,
}

/// What a source reads.
#[derive(Debug, Clone)]
pub enum Origin {
    /// `$.a`, `$$.Execution.Id`, `$variable.a`.
    Path(Rooted),
    /// `States.Format('{}', $.a)`.
    Call(Call),
}

impl Source {
    /// A path or a call.
    pub(super) fn read(text: &str, pointer: &str, problems: &Problems) -> Option<Self> {
        let found = if text.trim_start().starts_with("States.") {
            Call::parse(text).map(Origin::Call).map_err(|why| why.to_string())
        } else {
            Rooted::parse(text).map(Origin::Path).map_err(|why| why.to_string())
        };
        match found {
            Ok(origin) => Some(Self { text: text.to_owned(), origin }),
            Err(why) => {
                problems.add(
                    Rule::Path,
                    pointer,
                    format!("Value is not a valid JSONPath or intrinsic function: `{text}`: {why}"),
                );
                None
            }
        }
    }

    /// A path; a call is none.
    pub(super) fn path(text: &str, pointer: &str, problems: &Problems) -> Option<Self> {
        match Rooted::parse(text) {
            Ok(path) => Some(Self { text: text.to_owned(), origin: Origin::Path(path) }),
            Err(why) => {
                problems.add(Rule::Path, pointer, format!("Value is not a Path: `{text}`: {why}"));
                None
            }
        }
    }

    /// A field that is a path, and may be missing.
    pub(super) fn path_field(fields: &Fields, name: &'static str) -> Option<Self> {
        let value = fields.get(name)?;
        match value.as_str() {
            Some(text) => Self::path(text, &fields.at(name), fields.problems),
            None => {
                fields.wrong(name, "a path", value);
                None
            }
        }
    }

    /// A field that is a path or a call, and may be missing.
    pub(super) fn field(fields: &Fields, name: &'static str) -> Option<Self> {
        let value = fields.get(name)?;
        match value.as_str() {
            Some(text) => Self::read(text, &fields.at(name), fields.problems),
            None => {
                fields.wrong(name, "a path or an intrinsic function", value);
                None
            }
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it reads.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// What `InputPath` and `OutputPath` let through.
#[derive(Debug, Clone)]
pub enum Select {
    /// All of it: the field is missing, or `$`.
    Whole,
    /// Nothing, which is `{}`: the field is null.
    Nothing,
    /// What the path leads to.
    At(Source),
}

impl Select {
    pub(super) fn read(fields: &Fields, name: &'static str) -> Self {
        match fields.get(name) {
            None => Self::Whole,
            Some(Value::Null) => Self::Nothing,
            Some(Value::String(text)) if text == "$" => Self::Whole,
            Some(_) => Source::path_field(fields, name).map_or(Self::Whole, Self::At),
        }
    }
}

/// Where `ResultPath` puts a result.
#[derive(Debug, Clone)]
pub enum ResultPath {
    /// In the place of the input.
    Replace,
    /// Nowhere: the input goes on.
    Discard,
    /// Into the input, at a reference path.
    Into(Source),
}

impl ResultPath {
    pub(super) fn read(fields: &Fields) -> Self {
        match fields.get("ResultPath") {
            None => Self::Replace,
            Some(Value::Null) => Self::Discard,
            Some(Value::String(text)) if text == "$" => Self::Replace,
            Some(_) => match Source::path_field(fields, "ResultPath") {
                Some(source) if source.is_reference() => Self::Into(source),
                Some(source) => {
                    let message = format!("Value is not a Reference Path: `{}`", source.text());
                    fields.problems.add(Rule::Path, fields.at("ResultPath"), message);
                    Self::Replace
                }
                None => Self::Replace,
            },
        }
    }
}

impl Source {
    /// Whether it is a reference path from the state's input: it names one place.
    fn is_reference(&self) -> bool {
        match &self.origin {
            Origin::Path(rooted) => matches!(rooted.root(), Root::Input) && rooted.path().is_reference(),
            Origin::Call(_) => false,
        }
    }
}
