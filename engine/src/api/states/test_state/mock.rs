//! Whether a mock can stand in the place of what it mocks.
//!
//! Source: Step Functions developer guide, "Mocking service integrations", and the messages that AWS was seen to answer.

use super::super::ApiError;
use crate::asl::state::{Pattern, Resource};
use crate::asl::{ErrorName, Kind, State};
use crate::aws::model::{Kind as ShapeKind, Model, Shape};
use crate::aws::{Casing, Operation};
use crate::execution::{Data, Failure, Mock};
use serde::Deserialize;
use serde_json::Value;

/// `mock`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    result: Option<String>,
    error_output: Option<ErrorOutput>,
    #[serde(default)]
    field_validation_mode: Mode,
}

#[derive(Deserialize)]
struct ErrorOutput {
    error: Option<String>,
    cause: Option<String>,
}

/// How much of a result must be as the service has it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Mode {
    /// What is there, and that what must be there is.
    #[default]
    Strict,
    /// What is there.
    Present,
    /// Nothing.
    None,
}

/// The mock of a state, if it can be one.
pub(super) fn read(mock: Option<Input>, state: &State, reveals: bool) -> Result<Option<Mock>, ApiError> {
    let is_called = matches!(state.kind, Kind::Task(_) | Kind::Map(_) | Kind::Parallel(_));
    let Some(mock) = mock else {
        return match state.kind {
            Kind::Map(_) | Kind::Parallel(_) => Err(ApiError::client(
                "InvalidDefinition",
                "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]",
            )),
            _ => Ok(None),
        };
    };
    if !is_called {
        let kind = type_name(&state.kind);
        return Err(ApiError::validation(format!(
            "State type '{kind}' is not supported when a mock is specified"
        )));
    }
    if reveals {
        return Err(ApiError::validation(
            "TestState does not support RevealSecrets when a mock is specified.",
        ));
    }
    match (mock.result, mock.error_output) {
        (Some(_), Some(_)) | (None, None) => Err(ApiError::validation(
            "A test mock should have only one of the following fields: [result, errorOutput].",
        )),
        (None, Some(ErrorOutput { error: None, .. })) => Err(ApiError::validation(
            "A test mock with the field errorOutput should have the field error in it.",
        )),
        (None, Some(ErrorOutput { error: Some(error), cause })) => {
            Ok(Some(Mock::Failed(Failure { error: Some(ErrorName::new(&error)), cause })))
        }
        (Some(result), None) => {
            let result = Data::parse(&result)
                .ok_or_else(|| ApiError::validation("Mocked result must be valid JSON"))?;
            check(result.value(), &state.kind, mock.field_validation_mode)?;
            Ok(Some(Mock::Result(result)))
        }
    }
}

fn check(result: &Value, kind: &Kind, mode: Mode) -> Result<(), ApiError> {
    match kind {
        Kind::Map(map) => {
            let has_writer = map.distributed.as_ref().is_some_and(|it| it.writer.is_some());
            match (has_writer, result) {
                (true, Value::Object(_)) | (false, Value::Array(_)) => Ok(()),
                (true, _) => Err(ApiError::validation("Mocked result must be a JSON object.")),
                (false, _) => Err(ApiError::validation("Mocked result must be an array.")),
            }
        }
        Kind::Parallel(parallel) => match result {
            Value::Array(results) if results.len() == parallel.branches.len() => Ok(()),
            Value::Array(_) => Err(ApiError::validation(
                "Mocked result must contain the same number of items as number of Parallel branches.",
            )),
            _ => Err(ApiError::validation("Mocked result must be an array.")),
        },
        Kind::Task(task) => match &task.resource {
            Resource::Integration(integration) if mode != Mode::None => {
                check_answer(result, (&integration.service, &integration.action, integration.pattern), mode)
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Checks a result against what the model of the service says of the answer. A job is followed by another operation than
/// the one that begins it; of most of them we do not know which, and take any result. Who has a task token gives back
/// whatever he likes.
fn check_answer(
    result: &Value,
    (service, action, pattern): (&str, &str, Pattern),
    mode: Mode,
) -> Result<(), ApiError> {
    let (name, casing) = match service.strip_prefix("aws-sdk:") {
        Some(name) => (name, Casing::Sdk),
        None => (
            match service {
                "states" => "sfn",
                "events" => "eventbridge",
                other => other,
            },
            Casing::Api,
        ),
    };
    let action = match pattern {
        Pattern::Sync | Pattern::Sync2 if service == "states" => "describeExecution",
        Pattern::Sync | Pattern::Sync2 | Pattern::WaitForTaskToken => return Ok(()),
        Pattern::RequestResponse => action,
    };
    let Some(operation) = Operation::find(name, action) else { return Ok(()) };
    let Some(shape) = operation.output() else { return Ok(()) };
    // The payload of a function is JSON here, whatever the wire has.
    let is_json = (service == "lambda").then_some("Payload");
    Checker { model: operation.model(), casing, mode, is_json }.structure(shape, result)
}

struct Checker<'m> {
    model: &'m Model,
    casing: Casing,
    mode: Mode,
    /// A field that may be anything.
    is_json: Option<&'static str>,
}

impl Checker<'_> {
    fn structure(&self, shape: &Shape, value: &Value) -> Result<(), ApiError> {
        let Value::Object(fields) = value else {
            return Err(ApiError::validation("Mocked result must be a JSON object."));
        };
        if self.mode == Mode::Strict {
            let names = shape.required.iter().map(|member| self.casing.of(member));
            if let Some(name) = names.into_iter().find(|name| !fields.contains_key(name)) {
                return Err(invalid(&format!("Required field '{name}' is missing")));
            }
        }
        for (name, value) in fields {
            // What the model does not have is not looked at.
            if let Some((_, member)) = self.casing.find(shape, name)
                && self.is_json != Some(name.as_str())
            {
                self.value(self.model.shape(member), value, name)?;
            }
        }
        Ok(())
    }

    fn value(&self, shape: &Shape, value: &Value, field: &str) -> Result<(), ApiError> {
        if shape.document != 0 {
            return Ok(());
        }
        let wrong = |what: &str| Err(invalid(&format!("Field '{field}' must be {what}")));
        match (shape.kind, value) {
            (ShapeKind::Structure, Value::Object(_)) => self.structure(shape, value),
            (ShapeKind::Structure | ShapeKind::Map, Value::Null) => wrong("an object"),
            (ShapeKind::Structure, _) => wrong("an object"),
            (ShapeKind::List, Value::Array(items)) => {
                let item = self.model.shape(shape.value());
                items.iter().try_for_each(|value| self.value(item, value, field))
            }
            (ShapeKind::List, _) => wrong("an array"),
            (ShapeKind::Map, Value::Object(entries)) => {
                let entry = self.model.shape(shape.value());
                entries.values().try_for_each(|value| self.value(entry, value, field))
            }
            (ShapeKind::Map, _) => wrong("an object"),
            (ShapeKind::String, Value::String(text))
                if !shape.values.is_empty() && !shape.values.contains(text) =>
            {
                Err(invalid(&format!("Field '{field}' is not an expected value")))
            }
            (
                ShapeKind::String | ShapeKind::Character | ShapeKind::Blob | ShapeKind::Timestamp,
                Value::String(_),
            ) => Ok(()),
            (ShapeKind::String | ShapeKind::Character | ShapeKind::Blob | ShapeKind::Timestamp, _) => {
                wrong("a string")
            }
            (ShapeKind::Boolean, Value::Bool(_)) => Ok(()),
            (ShapeKind::Boolean, _) => wrong("a boolean"),
            (ShapeKind::Float | ShapeKind::Double | ShapeKind::BigDecimal, Value::Number(_)) => Ok(()),
            (
                ShapeKind::Integer
                | ShapeKind::Long
                | ShapeKind::Short
                | ShapeKind::Byte
                | ShapeKind::BigInteger,
                Value::Number(number),
            ) if !number.is_f64() => Ok(()),
            _ => wrong("a number"),
        }
    }
}

fn invalid(why: &str) -> ApiError {
    ApiError::validation(format!("Mock result schema validation error: {why}"))
}

fn type_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Task(_) => "Task",
        Kind::Pass(_) => "Pass",
        Kind::Choice(_) => "Choice",
        Kind::Wait(_) => "Wait",
        Kind::Parallel(_) => "Parallel",
        Kind::Map(_) => "Map",
        Kind::Succeed(_) => "Succeed",
        Kind::Fail(_) => "Fail",
    }
}
