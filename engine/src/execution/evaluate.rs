//! Evaluating what a state says, in the words that AWS has for what can go wrong.

use super::TaskToken;
use super::context::context_of_item;
use super::data::Data;
use super::failure::{BadEvaluation, Failure, RUNTIME};
use super::history::EventKind;
use super::paths::{Paths, combine};
use super::thread::ThreadId;
use super::turn::Turn;
use crate::asl::state::{Outcome, Output, Selection};
use crate::asl::{Kind, QueryLanguage, Setting, Template};
use crate::datasets::{Item, fields_of};
use crate::jsonata::{Evaluation, Expr, Variables, View};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// What an evaluation gives, or what is wrong.
pub(super) type Evaluated<T> = Result<T, BadEvaluation>;

/// What the fields of one state see at one moment.
pub(super) enum Scope {
    /// `$states` and the variables.
    Jsonata(Evaluation),
    /// `$`, `$$` and the variables.
    Jsonpath(Paths),
}

impl Turn<'_> {
    /// What the fields of a thread's state see now: its input, its context and its variables.
    pub(super) fn evaluation(&self, id: ThreadId) -> Evaluated<Scope> {
        self.evaluation_with_token(id, None)
    }

    pub(super) fn evaluation_with_token(&self, id: ThreadId, token: Option<&TaskToken>) -> Evaluated<Scope> {
        let context = self.ex.context(id, token);
        match self.language(id) {
            QueryLanguage::Jsonata => Ok(self.jsonata(id, self.states(id, context))),
            QueryLanguage::Jsonpath => {
                let input = self.effective_input(id)?;
                Ok(Scope::Jsonpath(self.paths(id, input, context)))
            }
        }
    }

    /// What an `ItemSelector` sees: the Map's own input and variables, and the item of the iteration.
    pub(super) fn selector_evaluation(&self, (n, item): (usize, &Item), map: ThreadId) -> Evaluated<Scope> {
        let mut context = self.ex.context(map, None);
        context.set("Map", View::Fields(vec![("Item", context_of_item(n, item))]));
        match self.language(map) {
            QueryLanguage::Jsonata => Ok(self.jsonata(map, self.states(map, context))),
            QueryLanguage::Jsonpath => {
                let input = self.effective_input(map)?;
                Ok(Scope::Jsonpath(self.paths(map, input, context)))
            }
        }
    }

    /// The input of a state after its `InputPath`. In JSONata it is the input.
    pub(super) fn effective_input(&self, id: ThreadId) -> Evaluated<Data> {
        let input = self.input(id);
        match self.visit(id) {
            None => Ok(input),
            Some(visit) => {
                let selected =
                    self.paths(id, input, self.ex.context(id, None)).select(&visit.of().input_path)?;
                self.note_data(id, QueryLanguage::Jsonpath, "afterInputPath", &selected);
                Ok(selected)
            }
        }
    }

    /// What a state assigns and gives. All of it sees the variables as they were. `made` is what the state has made of
    /// its input, with the name that it has in `$states`.
    pub(super) fn outcome(
        &self,
        id: ThreadId,
        outcome: &Outcome,
        (name, made): (&'static str, Data),
    ) -> Evaluated<(Map<String, Value>, Data)> {
        let context = self.ex.context(id, None);
        match &outcome.output {
            Output::Jsonata(output) => {
                let mut states = self.states(id, context);
                states.set(name, made.shared());
                let mut scope = self.jsonata(id, states);
                let assigned = scope.object(&outcome.assign, &format!("{}Assign", outcome.place))?;
                let output = match output {
                    Some(output) => scope.template(output, &format!("{}Output", outcome.place))?.into(),
                    None => made,
                };
                Ok((assigned, output))
            }
            Output::Jsonpath(selection) => {
                let Selection { selector, result_path, output_path } = &**selection;
                let mut paths = self.paths(id, made, context);
                // What is assigned comes from the result as it was, whatever the selector makes of it.
                let assigned = paths.object(&outcome.assign)?;
                if let Some(selector) = selector {
                    paths.input = paths.template(selector, "ResultSelector")?.into();
                }
                let has_result = name == "result" || self.is_pass(id);
                if has_result {
                    self.note_data(id, QueryLanguage::Jsonpath, "afterResultSelector", &paths.input);
                }
                paths.input = combine(&self.input(id), paths.input.clone(), result_path)?;
                if has_result {
                    self.note_data(id, QueryLanguage::Jsonpath, "afterResultPath", &paths.input);
                }
                let output = paths.select(output_path)?;
                Ok((assigned, output))
            }
        }
    }

    /// The input that a thread's state was entered with.
    pub(super) fn input(&self, id: ThreadId) -> Data {
        self.visit(id).map_or_else(|| Value::Null.into(), |visit| visit.input.clone())
    }

    fn is_pass(&self, id: ThreadId) -> bool {
        self.visit(id).is_some_and(|visit| matches!(visit.of().kind, Kind::Pass(_)))
    }

    fn language(&self, id: ThreadId) -> QueryLanguage {
        self.visit(id).map_or(QueryLanguage::Jsonpath, |visit| visit.of().language)
    }

    /// `$states`, without what a state has made.
    fn states(&self, id: ThreadId, context: View) -> View {
        View::Fields(vec![("input", self.input(id).shared().into()), ("context", context)])
    }

    fn jsonata(&self, id: ThreadId, states: View) -> Scope {
        let chance = self.ex.chance(self.ex.next_event(), "expressions");
        Scope::Jsonata(Evaluation::new(states, self.variables(id), self.now, chance))
    }

    fn paths(&self, id: ThreadId, input: Data, context: View) -> Paths {
        let chance = self.ex.chance(self.ex.next_event(), "functions");
        Paths { input, context: context.into(), variables: self.variables(id), chance }
    }

    fn variables(&self, id: ThreadId) -> Variables {
        self.ex.threads.get(&id).map_or_else(Variables::default, |thread| thread.variables.clone())
    }

    /// Records that an evaluation failed, where that has an event, and says what error that is.
    pub(super) fn evaluation_failed(&mut self, id: ThreadId, bad: &BadEvaluation) -> Failure {
        let (name, message) = (bad.error(), bad.message());
        let Some(visit) = self.visit(id) else { return Failure::new(name, message) };
        let (state, entered, before) = (visit.name().to_owned(), visit.entered, visit.before);
        let cause = format!(
            "An error occurred while executing the state '{state}' (entered at the event id #{}). {message}",
            entered.get(),
        );
        let BadEvaluation::Query { location, .. } = bad else { return Failure::new(name, cause) };
        let cause = self.cause(Some(cause)).unwrap_or_default();
        // AWS chains this event to the one before the state was entered, unless the state has recorded something since.
        if self.last(id) == entered {
            self.set_last(id, before);
        }
        self.record(
            id,
            EventKind::evaluation_failed(name.to_owned(), cause.clone(), location.clone(), state),
        );
        Failure::new(name, cause)
    }
}

impl Scope {
    /// A template, with everything in it that is computed.
    pub(super) fn template(&mut self, template: &Template, location: &str) -> Evaluated<Value> {
        let Self::Jsonata(_) = self else { return self.paths(|paths| paths.template(template, location)) };
        match template {
            Template::Literal(value) => Ok(value.clone()),
            Template::Expr(expr) => self.expr(expr, location),
            // No JSONata state has a path: the template was read as one of expressions.
            Template::Source(source) => Ok(Value::from(source.text())),
            Template::Array(items) => {
                let items = items.iter().enumerate();
                let items: Evaluated<Vec<Value>> =
                    items.map(|(n, item)| self.template(item, &format!("{location}[{n}]"))).collect();
                items.map(Value::Array)
            }
            Template::Object(entries) => self.object(entries, location).map(Value::Object),
        }
    }

    pub(super) fn object(
        &mut self,
        entries: &[(String, Template)],
        location: &str,
    ) -> Evaluated<Map<String, Value>> {
        entries
            .iter()
            .map(|(key, value)| Ok((key.clone(), self.template(value, &format!("{location}/{key}"))?)))
            .collect()
    }

    /// An expression whose value may be anything but nothing.
    pub(super) fn expr(&mut self, expr: &Expr, location: &str) -> Evaluated<Value> {
        let Self::Jsonata(evaluation) = self else { return Ok(Value::from(expr.source())) };
        let bad = |message: String| BadEvaluation::query(location, message);
        match evaluation.of(expr) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(bad(format!(
                "The JSONata expression '{}' specified for the field '{location}' returned nothing (undefined).",
                expr.source()
            ))),
            Err(why) => Err(bad(format!(
                "The JSONata expression '{}' specified for the field '{location}' threw an error during evaluation{why}",
                expr.source()
            ))),
        }
    }

    /// A whole number in a range. `location` is where the field stands; where a path gives the number, `Path` is behind
    /// its name.
    pub(super) fn integer(
        &mut self,
        setting: &Setting<u64>,
        location: &str,
        range: RangeInclusive<u64>,
    ) -> Evaluated<u64> {
        let field = location.rsplit('/').next().unwrap_or(location);
        match setting {
            Setting::Fixed(number) => Ok(*number),
            Setting::Expr(expr) => {
                let value = self.expr(expr, location)?;
                let number = whole(&value).ok_or_else(|| unexpected(expr, location, "number", &value))?;
                within(number, field, range).map_err(|(_, message)| BadEvaluation::query(location, message))
            }
            Setting::Source(source) => {
                let value = self.paths(|paths| paths.read(source, &format!("{field}Path")))?;
                let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
                let number = number.ok_or_else(|| {
                    BadEvaluation::runtime(format!(
                        "The {field}Path field refers to value \"{}\" which is not a valid integer: {}",
                        plain(&value),
                        source.text()
                    ))
                })?;
                within(number, field, range).map_err(|(error, message)| BadEvaluation::named(error, message))
            }
        }
    }

    /// A percentage.
    pub(super) fn percentage(&mut self, setting: &Setting<f64>, location: &str) -> Evaluated<f64> {
        let is_query = matches!(setting, Setting::Expr(_));
        let number = match setting {
            Setting::Fixed(number) => return Ok(*number),
            Setting::Expr(expr) => {
                let value = self.expr(expr, location)?;
                value.as_f64().ok_or_else(|| unexpected(expr, location, "number", &value))?
            }
            Setting::Source(source) => {
                let value = self.paths(|paths| paths.read(source, &format!("{location}Path")))?;
                let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
                number.ok_or_else(|| {
                    let message = format!(
                        "The {location}Path field refers to value \"{}\" which is not a valid float: {}",
                        plain(&value),
                        source.text()
                    );
                    BadEvaluation::runtime(message)
                })?
            }
        };
        let message = || format!("{location} must be between 0 and 100.");
        match (0.0..=100.0).contains(&number) {
            true => Ok(number),
            false if is_query => Err(BadEvaluation::query(location, message())),
            false => Err(BadEvaluation::runtime(message())),
        }
    }

    /// A string.
    pub(super) fn string(&mut self, setting: &Setting<String>, location: &str) -> Evaluated<String> {
        match setting {
            Setting::Fixed(text) => Ok(text.clone()),
            Setting::Expr(expr) => match self.expr(expr, location)? {
                Value::String(text) => Ok(text),
                value => Err(unexpected(expr, location, "string", &value)),
            },
            Setting::Source(source) => {
                match self.paths(|paths| paths.read(source, &format!("{location}Path")))? {
                    Value::String(text) => Ok(text),
                    value => Err(BadEvaluation::runtime(format!(
                        "The {location}Path parameter does not reference a string value: {} == {value}",
                        source.text()
                    ))),
                }
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, expr: &Expr, location: &str) -> Evaluated<bool> {
        match self.expr(expr, location)? {
            Value::Bool(flag) => Ok(flag),
            value => Err(unexpected(expr, location, "boolean", &value)),
        }
    }

    /// An array, or where they are asked for the fields of an object.
    pub(super) fn items(
        &mut self,
        template: &Template,
        location: &str,
        of_objects: bool,
    ) -> Evaluated<Vec<Item>> {
        match (self.template(template, location)?, template) {
            (Value::Array(items), _) => Ok(items.into_iter().map(Item::from).collect()),
            (Value::Object(map), _) if of_objects => Ok(fields_of(map)),
            (value, Template::Expr(expr)) => Err(unexpected(expr, location, "array", &value)),
            (value, _) => Err(BadEvaluation::Query { location: None, message: not_an_array(&value) }),
        }
    }

    /// Does something with the paths of a JSONPath state. A field with a path belongs to no other.
    pub(super) fn paths<T>(&mut self, then: impl FnOnce(&mut Paths) -> Evaluated<T>) -> Evaluated<T> {
        match self {
            Self::Jsonpath(paths) => then(paths),
            Self::Jsonata(_) => Err(BadEvaluation::runtime("A path stands in a JSONata state".to_owned())),
        }
    }
}

/// A number without a fraction, however it is written.
fn whole(value: &Value) -> Option<i64> {
    let of_float = || value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64);
    value.as_i64().or_else(of_float)
}

/// A number of a field if it is in the field's range, or the error that it is, and why.
fn within(number: i64, field: &str, range: RangeInclusive<u64>) -> Result<u64, (&'static str, String)> {
    let (error, message) = match u64::try_from(number) {
        Ok(number) if range.contains(&number) => return Ok(number),
        Ok(_) => (RUNTIME, format!("{field} must be between {} and {}.", range.start(), range.end())),
        Err(_) => match field {
            "MaxConcurrency" => (
                RUNTIME,
                format!("Expected non-negative integer for MaxConcurrency, got '{number}' instead."),
            ),
            "MaxItems" => ("States.ItemReaderFailed", "field MaxItems must be positive".to_owned()),
            _ => (RUNTIME, format!("{field} cannot be negative.")),
        },
    };
    Err((error, message))
}

/// A value in a message: a string without quotes.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn not_an_array(value: &Value) -> String {
    format!("Map state input must be an array but was: {value}")
}

pub(super) fn unexpected(expr: &Expr, location: &str, expected: &str, value: &Value) -> BadEvaluation {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let message = format!(
        "The JSONata expression '{}' specified for the field '{location}' returned an unexpected result type. Expected '{expected}', but was '{found}' for value: {value}",
        expr.source()
    );
    BadEvaluation::query(location, message)
}
