//! Evaluating what a state says, in the words that AWS has for what can go wrong.

use super::TaskToken;
use super::failure::{BadEvaluation, Failure, QUERY_EVALUATION_ERROR};
use super::history::EventKind;
use super::thread::ThreadId;
use super::turn::Turn;
use crate::asl::{Setting, Template};
use crate::jsonata::{Evaluation, Expr};
use serde_json::{Map, Value};

/// What an evaluation gives, or what is wrong.
pub(super) type Evaluated<T> = Result<T, BadEvaluation>;

/// Expressions of one state at one moment.
pub(super) struct Scope(Evaluation);

impl Turn<'_> {
    /// What the expressions of a thread's state see now: `$states` with `input` and `context`, and with `result` or
    /// `errorOutput` where there is one.
    pub(super) fn evaluation(&self, id: ThreadId, extra: Option<(&str, Value)>) -> Scope {
        self.evaluation_with_token(id, extra, None)
    }

    /// What an `ItemSelector` sees: the Map's own input and variables, and the item of the iteration.
    pub(super) fn selector_evaluation(&self, child: ThreadId, parent: ThreadId) -> Scope {
        let input = self.visit(parent).map(|visit| visit.input.clone()).unwrap_or_default();
        let mut context = self.ex.context(parent, None);
        let of_child = self.ex.context(child, None);
        if let (Some(context), Some(map)) = (context.as_object_mut(), of_child.get("Map")) {
            context.insert("Map".to_owned(), map.clone());
        }
        self.scope(parent, states(input, context, None))
    }

    pub(super) fn evaluation_with_token(
        &self,
        id: ThreadId,
        extra: Option<(&str, Value)>,
        token: Option<&TaskToken>,
    ) -> Scope {
        let input = self.visit(id).map(|visit| visit.input.clone()).unwrap_or_default();
        self.scope(id, states(input, self.ex.context(id, token), extra))
    }

    fn scope(&self, id: ThreadId, states: Value) -> Scope {
        let variables = self.ex.threads.get(&id).into_iter().flat_map(|thread| &thread.variables);
        let chance = self.ex.chance(self.ex.next_event(), "expressions");
        Scope(Evaluation::new(
            states,
            variables.map(|(name, value)| (name.as_str(), value)),
            self.now,
            chance,
        ))
    }

    /// Records that an evaluation failed, and says what error that is.
    pub(super) fn evaluation_failed(&mut self, id: ThreadId, bad: &BadEvaluation) -> Failure {
        let Some(visit) = self.visit(id) else {
            return Failure::new(QUERY_EVALUATION_ERROR, bad.message.clone());
        };
        let (state, entered, before) = (visit.name().to_owned(), visit.entered, visit.before);
        let cause = format!(
            "An error occurred while executing the state '{state}' (entered at the event id #{}). {}",
            entered.get(),
            bad.message
        );
        let cause = self.cause(Some(cause)).unwrap_or_default();
        // AWS chains this event to the one before the state was entered, unless the state has recorded something since.
        if self.last(id) == entered {
            self.set_last(id, before);
        }
        let error = QUERY_EVALUATION_ERROR.to_owned();
        self.record(id, EventKind::evaluation_failed(error, cause.clone(), bad.location.clone(), state));
        Failure::new(QUERY_EVALUATION_ERROR, cause)
    }
}

impl Scope {
    /// A template, with everything in it that is an expression evaluated.
    pub(super) fn template(&mut self, template: &Template, location: &str) -> Evaluated<Value> {
        match template {
            Template::Literal(value) => Ok(value.clone()),
            Template::Expr(expr) => self.expr(expr, location),
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

    /// What a state assigns and gives. Both see the variables as they were.
    pub(super) fn outcome(
        &mut self,
        assign: &[(String, Template)],
        output: Option<&Template>,
        result: impl FnOnce() -> Value,
    ) -> Evaluated<(Map<String, Value>, Value)> {
        let assigned = self.object(assign, "Assign")?;
        let output = match output {
            Some(output) => self.template(output, "Output")?,
            None => result(),
        };
        Ok((assigned, output))
    }

    /// An expression whose value may be anything but nothing.
    pub(super) fn expr(&mut self, expr: &Expr, location: &str) -> Evaluated<Value> {
        let bad = |message: String| BadEvaluation { location: Some(location.to_owned()), message };
        match self.0.of(expr) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(bad(format!(
                "The JSONata expression '{}' specified for the field '{location}' returned nothing (undefined).",
                expr.source()
            ))),
            Err(why) => Err(bad(format!(
                "The JSONata expression '{}' specified for the field '{location}' threw an error during evaluation. {why}",
                expr.source()
            ))),
        }
    }

    /// A whole number of at least 0.
    pub(super) fn integer(&mut self, setting: &Setting<u64>, location: &str) -> Evaluated<u64> {
        match setting {
            Setting::Fixed(number) => Ok(*number),
            Setting::Expr(expr) => {
                let value = self.expr(expr, location)?;
                value.as_u64().ok_or_else(|| unexpected(expr, location, "number", &value))
            }
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
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, expr: &Expr, location: &str) -> Evaluated<bool> {
        match self.expr(expr, location)? {
            Value::Bool(flag) => Ok(flag),
            value => Err(unexpected(expr, location, "boolean", &value)),
        }
    }

    /// An array.
    pub(super) fn array(&mut self, template: &Template, location: &str) -> Evaluated<Vec<Value>> {
        match (self.template(template, location)?, template) {
            (Value::Array(items), _) => Ok(items),
            (value, Template::Expr(expr)) => Err(unexpected(expr, location, "array", &value)),
            (value, _) => Err(BadEvaluation { location: None, message: not_an_array(&value) }),
        }
    }
}

/// `$states`. Its values are moved into it: `json!` would serialise each of them once more, at every evaluation.
fn states(input: Value, context: Value, extra: Option<(&str, Value)>) -> Value {
    let always = [("input", input), ("context", context)];
    Value::Object(always.into_iter().chain(extra).map(|(name, value)| (name.to_owned(), value)).collect())
}

pub(super) fn not_an_array(value: &Value) -> String {
    format!("Map state input must be an array but was: {value}")
}

fn unexpected(expr: &Expr, location: &str, expected: &str, value: &Value) -> BadEvaluation {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    BadEvaluation {
        location: Some(location.to_owned()),
        message: format!(
            "The JSONata expression '{}' specified for the field '{location}' returned an unexpected result type. Expected '{expected}', but was '{found}' for value: {value}",
            expr.source()
        ),
    }
}
