//! Scenarios: how a workflow goes on virtual time if its tasks and people answer as a file says.
//!
//! A response has scenarios of its own and those of its shape, which are run for every response of the shape; samples.json
//! of the response has the values in which they differ. A seven-day approval takes a millisecond.
//!
//! ```no_run
//! use engine::scenario;
//! use engine::workflow::{Functions, Place, Workflow};
//! use std::{collections::BTreeMap, path::Path};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let functions = Functions::read(Path::new("tasks/manifest.json"))?;
//! let folder = Path::new("statemachines/iam-policy-remediation");
//! let workflow = Workflow::read(folder, &functions, &Place::example(), &BTreeMap::new())?;
//! for found in workflow.scenarios()? {
//!     let scenario = scenario::read(&workflow, &found.file)?;
//!     let run = scenario::run(&workflow, &scenario, &found.file)?;
//!     println!("{}: {} {}", workflow.name, found.name, run.outcome.status);
//! }
//! # Ok(())
//! # }
//! ```

mod accept;
mod outcome;
mod read;
mod run;
mod samples;

pub use accept::accept;
pub use outcome::{Ending, Error, Outcome, Outcomes};
pub use read::read;
pub use run::{Called, Run, about, function, function_name, lambda_result, outcome, run, run_recovering};

use crate::events::input::Delivery;
use crate::workflow::{self, Workflow, WorkflowError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// A scenario, with the samples of a response in the place of its references.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One sentence for people.
    pub comment: String,
    /// Another scenario of the folder, without `.json`, whose members this one overrides. A response's own scenario can
    /// name one of its shape: `shape/undo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The file of the event that starts it, relative to the `scenarios/` of the response. It goes through the rule that
    /// matches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Values for the parameters of the response.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// The input, where no event starts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// How the call of each Task state ends: one outcome, or a list of them, whose last repeats.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tasks: BTreeMap<String, Outcomes>,
    /// How the task token of a state is answered once the call has come back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Outcomes>,
    /// How it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expectation>,
}

/// What comes of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT`, or `RUNNING` where it waits for somebody without an end.
    pub status: String,
    /// The names of the states, in the order in which they were entered.
    pub path: Vec<String>,
    /// How long it takes.
    pub takes: String,
    /// What it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The error that it ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl Expectation {
    /// What is otherwise than expected, one line each.
    pub fn differences(&self, happened: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut compare = |what: &str, expected: String, happened: String| {
            if expected != happened {
                lines.push(format!("{what}: expected {expected}, and it was {happened}"));
            }
        };
        compare("status", self.status.clone(), happened.status.clone());
        compare("takes", self.takes.clone(), happened.takes.clone());
        compare("error", format!("{:?}", self.error), format!("{:?}", happened.error));
        compare("cause", format!("{:?}", self.cause), format!("{:?}", happened.cause));
        let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "none".to_owned(), Value::to_string);
        compare("output", text(&self.output), text(&happened.output));
        let length = self.path.len().max(happened.path.len());
        let differs = (0..length).find(|n| self.path.get(*n) != happened.path.get(*n));
        if let Some(n) = differs {
            let at = |path: &[String]| {
                path.get(n).map_or_else(|| "the end".to_owned(), |state| format!("`{state}`"))
            };
            lines.push(format!(
                "path: step {} is expected to be {}, and it was {}",
                n + 1,
                at(&self.path),
                at(&happened.path)
            ));
        }
        lines
    }
}

/// Why a scenario cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The workflow, or a file, cannot be read.
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
    /// The file is not a scenario.
    #[error("`{}` is not a scenario: {why}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The reason.
        why: String,
    },
    /// The scenario refers to a sample that the response does not have, or that does not fit there.
    #[error("`{}` refers to `${{{reference}}}`, and {why} in `{}`", file.display(), samples.display())]
    Sample {
        /// The scenario.
        file: PathBuf,
        /// The reference, without `${}`.
        reference: String,
        /// The reason.
        why: String,
        /// `samples.json` of the response.
        samples: PathBuf,
    },
    /// The workflow calls a function, and the scenario has no outcome for the call.
    #[error("`{}` has no outcome for the state `{state}`, which calls `{function}`: add it to `tasks`", file.display())]
    Unspoken {
        /// The file.
        file: PathBuf,
        /// The state.
        state: String,
        /// The function.
        function: String,
    },
}

impl Scenario {
    /// This scenario, with what it does not say from its base.
    fn over(self, base: Self) -> Self {
        let merged = |over: BTreeMap<String, Outcomes>, mut base: BTreeMap<String, Outcomes>| {
            base.extend(over);
            base
        };
        let mut set = base.set;
        set.extend(self.set);
        let starts = self.event.is_some() || self.input.is_some();
        Self {
            comment: self.comment,
            base: base.base,
            event: if starts { self.event } else { base.event },
            input: if starts { self.input } else { base.input },
            set,
            tasks: merged(self.tasks, base.tasks),
            answers: merged(self.answers, base.answers),
            expect: self.expect,
        }
    }

    /// The file of the event that starts it, if one does.
    pub fn event_file(&self, workflow: &Workflow) -> Option<PathBuf> {
        let mut file = workflow.scenario_folder();
        // The folder need not exist, so `..` is not left to the file system.
        for part in Path::new(self.event.as_ref()?).components() {
            match part {
                Component::ParentDir => {
                    file.pop();
                }
                part => file.push(part),
            }
        }
        Some(file)
    }

    /// The event that starts it, if one does.
    pub fn event(&self, workflow: &Workflow) -> Result<Option<Value>, ScenarioError> {
        let Some(file) = self.event_file(workflow) else { return Ok(None) };
        let event = serde_json::from_str(&workflow::read(&file)?);
        event.map(Some).map_err(|error| unreadable(&file, format!("the event is not JSON: {error}")))
    }

    /// The workflow with the parameters as the scenario sets them.
    pub fn deployed(&self, workflow: &Workflow, file: &Path) -> Result<Workflow, ScenarioError> {
        let deployed = workflow.with_parameters(&self.set);
        deployed.map_err(|error| unreadable(file, format!("`set` does not fit the response: {error}")))
    }

    /// The input of the execution: what the rule makes of the event, with the parameters as the scenario sets them.
    pub fn input(&self, workflow: &Workflow, file: &Path) -> Result<Value, ScenarioError> {
        let workflow = &self.deployed(workflow, file)?;
        let Some(event) = self.event(workflow)? else {
            let input = self.input.clone();
            return input.ok_or_else(|| unreadable(file, "it has neither `event` nor `input`".to_owned()));
        };
        let name = self.event.as_deref().unwrap_or_default();
        let rule = workflow
            .rule_for(&event)
            .ok_or_else(|| unreadable(file, format!("no rule of the response matches the event `{name}`")))?;
        let target = rule.targets.iter().find(|target| target.arn == workflow.arn).ok_or_else(|| {
            unreadable(file, format!("no target of the rule `{}` is `${{StateMachine}}`", rule.name))
        })?;
        let delivery = Delivery {
            rule_arn: "arn:aws:events:us-east-1:123456789012:rule/scenario",
            rule_name: &rule.name,
            ingested: start(),
        };
        target.input_of(&event, &delivery).map_err(|error| unreadable(file, error.to_string()))
    }
}

fn unreadable(file: &Path, why: String) -> ScenarioError {
    ScenarioError::Unreadable { file: file.to_owned(), why }
}

/// When every scenario starts.
fn start() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Milliseconds of `250ms`, `3s`, `10m`, `2h`, `7d`, or several of them.
pub(crate) fn milliseconds(text: &str) -> Option<u64> {
    let mut total = 0_u64;
    for part in text.split_whitespace() {
        let digits = part.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = part.split_at_checked(digits)?;
        let unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
    }
    (!text.trim().is_empty()).then_some(total)
}

/// `1d 2h 3m 4s 5ms`, and `0s` for nothing.
pub(crate) fn duration(mut milliseconds: u64) -> String {
    let mut parts = Vec::new();
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
        let count = milliseconds / length;
        milliseconds %= length;
        if count > 0 {
            parts.push(format!("{count}{unit}"));
        }
    }
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests;
