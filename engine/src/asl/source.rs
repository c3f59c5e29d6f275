//! Where a JSONPath state finds a value: by a path, or by a function over paths.

use super::fields::Fields;
use super::problem::{Problem, Rule};
use crate::intrinsics::{self, Call};
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

/// What AWS says of a field that is no path.
const NO_PATH: &str = "Value must be a valid JSONPath.";

impl Source {
    /// A path or a call, or why it is neither.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let origin = if text.trim_start().starts_with(intrinsics::PREFIX) {
            Call::parse(text).map(Origin::Call).map_err(|why| why.to_string())?
        } else {
            Rooted::parse(text).map(Origin::Path).map_err(|why| why.to_string())?
        };
        Ok(Self { text: text.to_owned(), origin })
    }

    /// A field that is a path, and may be missing.
    pub(super) fn path_field(fields: &Fields, name: &'static str) -> Option<Self> {
        Self::of_field(fields, name, NO_PATH, Self::is_path)
    }

    /// A field that is a reference path, and may be missing. AWS is not known to refuse other paths here.
    pub(super) fn reference_field(fields: &Fields, name: &'static str) -> Option<Self> {
        let message = "Value is not a Reference Path: Reference path didn't start with '$'";
        let wrong = match fields.value(name) {
            Some(Value::String(text)) if !text.starts_with('$') => message,
            _ => NO_PATH,
        };
        Self::of_field(fields, name, wrong, Self::is_path)
    }

    /// A field that is a path or a call, and may be missing.
    pub(super) fn field(fields: &Fields, name: &'static str) -> Option<Self> {
        Self::of_field(fields, name, NO_PATH, |_| true)
    }

    /// A field that is a reference path into the state's input, or to a variable, and may be missing.
    pub(super) fn in_input(fields: &Fields, name: &'static str) -> Option<Self> {
        let source = Self::path_field(fields, name)?;
        match &source.origin {
            Origin::Path(path) if !matches!(path.root(), Root::Context) && path.path().is_reference() => {
                Some(source)
            }
            _ => {
                fields.problems.push(not_a_reference(fields, name, &source));
                None
            }
        }
    }

    fn of_field(
        fields: &Fields,
        name: &'static str,
        message: &str,
        takes: impl FnOnce(&Self) -> bool,
    ) -> Option<Self> {
        let value = fields.get(name)?;
        let Some(text) = value.as_str() else {
            fields.mistyped(name, "String", value);
            return None;
        };
        let why = match Self::read(text) {
            Ok(source) if takes(&source) => return Some(source),
            Ok(_) => "a function cannot stand here".to_owned(),
            Err(why) => why,
        };
        fields.problems.push(Problem::error(Rule::Path, fields.at(name), message).hint(why));
        None
    }

    fn is_path(&self) -> bool {
        matches!(self.origin, Origin::Path(_))
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn into_origin(self) -> Origin {
        self.origin
    }

    /// What it reads.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// A path that is no reference path.
fn not_a_reference(fields: &Fields, name: &'static str, source: &Source) -> Problem {
    let hint = format!("`{}` does not name one place in the input", source.text());
    Problem::error(Rule::Path, fields.at(name), "Value is not a Reference Path").hint(hint)
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
                    fields.problems.push(not_a_reference(fields, "ResultPath", &source));
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
