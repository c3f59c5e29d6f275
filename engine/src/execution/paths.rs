//! What JSONPath states read and write, in the words that AWS has for what can go wrong.

use super::data::Data;
use super::evaluate::Evaluated;
use super::failure::BadEvaluation;
use crate::asl::{Origin, ResultPath, Select, Source, Template};
use crate::intrinsics;
use crate::java;
use crate::jsonata::{Chance, Variables, View};
use crate::jsonpath::{Path, ReadError, Root, Rooted};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// What the paths of a state see at one moment.
pub(super) struct Paths {
    /// What `$` is.
    pub(super) input: Data,
    /// What `$$` is.
    pub(super) context: Context,
    pub(super) variables: Variables,
    pub(super) chance: Chance,
}

/// The context object, `$$`. It is built when a path first needs all of it.
pub(super) struct Context(View, OnceCell<Value>);

impl Context {
    /// The document that a path of it is read from: with no more in it than what the path leads to, unless the path
    /// looks around. So a path in every one of a thousand iterations copies no input of a thousand items.
    fn document(&self, path: &Path) -> Cow<'_, Value> {
        match path.names() {
            names if path.is_definite() && !names.is_empty() => Cow::Owned(self.0.along(&names)),
            _ => Cow::Borrowed(self.1.get_or_init(|| self.0.to_value())),
        }
    }
}

impl From<View> for Context {
    fn from(view: View) -> Self {
        Self(view, OnceCell::new())
    }
}

/// Why a source has no value.
enum Unreadable {
    /// The path leads nowhere.
    Nowhere(String),
    /// The path leads past the end of an array.
    PastEnd(String),
    /// The function failed.
    Function(String),
}

impl Paths {
    /// A payload template.
    pub(super) fn template(&mut self, template: &Template, field: &str) -> Evaluated<Value> {
        match template {
            Template::Literal(value) => Ok(value.clone()),
            // No JSONPath state has an expression: the template was read as one of paths.
            Template::Expr(expr) => Ok(Value::from(expr.source())),
            Template::Source(source) => self.read(source, &format!("{field}.$")),
            Template::Array(items) => {
                let items: Evaluated<Vec<Value>> =
                    items.iter().map(|item| self.template(item, field)).collect();
                items.map(Value::Array)
            }
            Template::Object(entries) => self.object(entries).map(Value::Object),
        }
    }

    /// The fields of an object. The paths that AWS names are those of the innermost field. What stands for itself comes
    /// first; what is read was put into a `HashMap` and comes in the order of that, as AWS was seen to answer.
    pub(super) fn object(&mut self, entries: &[(String, Template)]) -> Evaluated<Map<String, Value>> {
        let (mut fields, mut read) = (Map::new(), BTreeMap::new());
        for (name, value) in entries {
            let made = self.template(value, name)?;
            if matches!(value, Template::Source(_)) {
                read.insert(name.as_str(), made);
            } else {
                fields.insert(name.clone(), made);
            }
        }
        let names = entries.iter().map(|(name, _)| name.as_str()).filter(|name| read.contains_key(name));
        for name in java::set_order(&names.collect::<Vec<_>>()) {
            fields.extend(read.remove(name).map(|made| (name.to_owned(), made)));
        }
        Ok(fields)
    }

    /// The value of a source that stands in a field.
    pub(super) fn read(&mut self, source: &Source, field: &str) -> Evaluated<Value> {
        match self.find(source) {
            Ok(value) => Ok(value),
            Err(Unreadable::PastEnd(_)) => Ok(Value::Null),
            Err(Unreadable::Nowhere(_)) => Err(BadEvaluation::runtime(format!(
                "The JSONPath '{}' specified for the field '{field}' could not be found in the input '{}'",
                source.text(),
                self.input.text()
            ))),
            Err(Unreadable::Function(why)) => Err(BadEvaluation::runtime(why)),
        }
    }

    /// The value of a source whose field says so in its own words if there is none.
    pub(super) fn setting(
        &mut self,
        source: &Source,
        nowhere: impl FnOnce(&str) -> String,
    ) -> Evaluated<Value> {
        match self.find(source) {
            Ok(value) => Ok(value),
            Err(Unreadable::Nowhere(_) | Unreadable::PastEnd(_)) => {
                Err(BadEvaluation::runtime(nowhere(source.text())))
            }
            Err(Unreadable::Function(why)) => Err(BadEvaluation::runtime(why)),
        }
    }

    /// The value of a source if there is one.
    pub(super) fn optional(&mut self, source: &Source) -> Option<Value> {
        self.find(source).ok()
    }

    /// What `InputPath`, `OutputPath` or `ItemsPath` lets through.
    pub(super) fn select(&mut self, select: &Select) -> Evaluated<Data> {
        match select {
            Select::Whole => Ok(self.input.clone()),
            Select::Nothing => Ok(Value::Object(Map::new()).into()),
            Select::At(source) => self.at(source),
        }
    }

    /// What a path of `InputPath` and its like leads to.
    pub(super) fn at(&mut self, source: &Source) -> Evaluated<Data> {
        match self.find(source) {
            Ok(value) => Ok(value.into()),
            Err(Unreadable::Nowhere(why) | Unreadable::PastEnd(why)) => {
                Err(BadEvaluation::runtime(format!("Invalid path '{}' : {why}", source.text())))
            }
            Err(Unreadable::Function(why)) => Err(BadEvaluation::runtime(why)),
        }
    }

    fn find(&mut self, source: &Source) -> Result<Value, Unreadable> {
        match source.origin() {
            Origin::Path(path) => self.follow(path),
            Origin::Call(call) => {
                let mut chance = self.chance.clone();
                let look_up = |path: &Rooted| match self.document(path) {
                    Ok(document) => path
                        .read(&document)
                        .map_err(|error| intrinsics::missing(path, &error, self.input.value())),
                    Err(error) => Err(intrinsics::missing(path, &error, self.input.value())),
                };
                let found = call.evaluate(&look_up, &mut chance);
                self.chance = chance;
                found.map_err(|error| Unreadable::Function(call.cause(&error)))
            }
        }
    }

    fn follow(&self, rooted: &Rooted) -> Result<Value, Unreadable> {
        self.document(rooted).and_then(|document| rooted.read(&document)).map_err(|why| match why {
            ReadError::PastEnd(why) => Unreadable::PastEnd(why),
            ReadError::Missing(why) | ReadError::Misfit(why) => Unreadable::Nowhere(why),
        })
    }

    /// What a path starts from.
    fn document(&self, rooted: &Rooted) -> Result<Cow<'_, Value>, ReadError> {
        match rooted.root() {
            Root::Input => Ok(Cow::Borrowed(self.input.value())),
            Root::Context => Ok(self.context.document(rooted.path())),
            Root::Variable(name) => self
                .variables
                .get(name)
                .map(|value| Cow::Borrowed(&**value))
                .ok_or_else(|| ReadError::Missing(format!("No results for path: $['{name}']"))),
        }
    }
}

/// Puts a result where `ResultPath` says.
pub(super) fn combine(input: &Data, result: Data, path: &ResultPath) -> Evaluated<Data> {
    match path {
        ResultPath::Replace => Ok(result),
        ResultPath::Discard => Ok(input.clone()),
        ResultPath::Into(source) => {
            let Origin::Path(rooted) = source.origin() else { return Ok(result) };
            let written = rooted.path().write(input.value().clone(), result.value().clone());
            written
                .map(Data::from)
                .map_err(|why| BadEvaluation::named("States.ResultPathMatchFailure", why.to_string()))
        }
    }
}
