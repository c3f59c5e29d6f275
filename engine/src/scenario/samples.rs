//! References of scenarios to `samples.json` of a response.

use super::{ScenarioError, unreadable};
use crate::placeholders;
use crate::workflow::{self, Workflow};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The file of the samples, in the folder of a response.
const SAMPLES: &str = "samples.json";

/// The samples of a response, by name.
pub(super) struct Samples {
    file: PathBuf,
    /// None if the response has no `samples.json`.
    values: Option<Value>,
}

impl Samples {
    pub(super) fn read(workflow: &Workflow) -> Result<Self, ScenarioError> {
        let file = workflow.folder.join(SAMPLES);
        let mut values = None;
        if file.is_file() {
            let read: Map<String, Value> = workflow::parse_text(&workflow::read(&file)?)
                .map_err(|why| unreadable(&file, format!("it has the samples of scenarios: {why}")))?;
            values = Some(Value::Object(read));
        }
        Ok(Self { file, values })
    }

    /// Replaces every reference in a part of a scenario.
    pub(super) fn fill(&self, part: &Value, scenario: &Path) -> Result<Value, ScenarioError> {
        match part {
            Value::String(text) => match placeholders::only(text).filter(|name| is_reference(name)) {
                Some(name) => self.get(name, scenario).cloned(),
                None => self.text(text, scenario).map(Value::String),
            },
            Value::Array(items) => items.iter().map(|item| self.fill(item, scenario)).collect(),
            Value::Object(members) => match reference_of(members) {
                Some((name, over)) => self.put_over(name, over, members.len(), scenario),
                None => members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.fill(value, scenario)?)))
                    .collect::<Result<Map<_, _>, _>>()
                    .map(Value::Object),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(part.clone()),
        }
    }

    /// A text with references in it.
    fn text(&self, text: &str, scenario: &Path) -> Result<String, ScenarioError> {
        placeholders::fill(text, |name| {
            if !is_reference(name) {
                return Ok(None);
            }
            match self.get(name, scenario)? {
                Value::String(text) => Ok(Some(text.clone())),
                value @ (Value::Number(_) | Value::Bool(_)) => Ok(Some(value.to_string())),
                _ => Err(self.refused(name, scenario, "it is no text that could be part of a longer one")),
            }
        })
    }

    /// `{"${name}": {..}}`: the sample, with these members in the place of its own.
    fn put_over(
        &self,
        name: &str,
        over: &Value,
        members: usize,
        scenario: &Path,
    ) -> Result<Value, ScenarioError> {
        let sample = self.get(name, scenario)?;
        let (Value::Object(sample), Value::Object(over), 1) = (sample, self.fill(over, scenario)?, members)
        else {
            let why = "an object replaces members of a sample only if both are objects and the reference is its only member";
            return Err(self.refused(name, scenario, why));
        };
        let mut sample = sample.clone();
        sample.extend(over);
        Ok(Value::Object(sample))
    }

    /// The sample that a reference names.
    fn get(&self, name: &str, scenario: &Path) -> Result<&Value, ScenarioError> {
        let Some(values) = &self.values else {
            return Err(self.refused(name, scenario, "the response has no samples"));
        };
        name.split('.')
            .try_fold(values, step)
            .ok_or_else(|| self.refused(name, scenario, "there is no such sample"))
    }

    fn refused(&self, name: &str, scenario: &Path, why: &str) -> ScenarioError {
        ScenarioError::Sample {
            file: scenario.to_owned(),
            reference: name.to_owned(),
            why: why.to_owned(),
            samples: self.file.clone(),
        }
    }
}

/// A member of an object, or an item of an array.
fn step<'v>(value: &'v Value, step: &str) -> Option<&'v Value> {
    match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    }
}

/// The member of an object that is a reference, if one is.
pub(super) fn reference_of(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    members.iter().find_map(|(name, value)| {
        let name = placeholders::only(name).filter(|name| is_reference(name))?;
        Some((name, value))
    })
}

/// Whether a placeholder is a reference: names with dots between them. `${aws:username}` of a policy is none.
fn is_reference(name: &str) -> bool {
    let is_step = |step: &str| {
        !step.is_empty()
            && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    name.split('.').all(is_step)
}
