//! `tasks/manifest.json`: everything that a deployment must know of each task. It is generated from the declarations beside
//! the code, so a deployment grants exactly the permissions that the code needs.

use super::permissions::{Effect, Statement};
use super::run::Run;
use super::settings::Setting;
use contract::{Nature, TaskError};
use serde::{Serialize, Serializer};

/// One task in `tasks/manifest.json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    /// The handler name, which is also the function's name.
    pub(super) name: String,
    /// The placeholder by which a definition refers to it, without the `${}`.
    placeholder: String,
    /// The name of the kind, if the task is a step of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// The name of the step, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    pub(super) summary: &'static str,
    nature: Nature,
    timeout_seconds: u32,
    #[serde(rename = "memoryMiB")]
    memory_mib: u32,
    /// The environment variables that it requires.
    pub(super) environment: &'static [&'static str],
    /// The environment variables that have a default.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) settings: &'static [Setting],
    iam: Granted,
    errors: &'static [&'static str],
}

impl Entry {
    pub(super) fn of<T: Run>() -> Self {
        Self {
            name: T::name(),
            placeholder: T::placeholder(),
            kind: T::KIND,
            step: T::KIND.map(|_| T::NAME),
            summary: T::SUMMARY,
            nature: T::NATURE,
            timeout_seconds: T::TIMEOUT_SECONDS,
            memory_mib: T::MEMORY_MIB,
            environment: T::ENVIRONMENT,
            settings: T::SETTINGS,
            iam: Granted { kind: T::KIND, statements: T::IAM },
            errors: T::Error::NAMES,
        }
    }
}

/// The statements of a task. A step's records in the case table are those of its kind, and a constant cannot contain the
/// name of the kind that uses it, so the name is filled in here.
#[derive(Debug)]
pub(super) struct Granted {
    kind: Option<&'static str>,
    pub(super) statements: &'static [Statement],
}

impl Serialize for Granted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let filled = |text: &&str| text.replace("${Kind}", self.kind.unwrap_or("${Kind}"));
        serializer.collect_seq(self.statements.iter().map(|statement| {
            Written {
                effect: statement.effect,
                actions: statement.actions,
                resources: statement.resources,
                conditions: statement
                    .conditions
                    .iter()
                    .map(|condition| WrittenCondition {
                        operator: condition.operator,
                        key: condition.key,
                        values: condition.values.iter().map(filled).collect(),
                    })
                    .collect(),
                why: statement.why,
            }
        }))
    }
}

/// A statement as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    effect: Effect,
    actions: &'static [&'static str],
    resources: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<WrittenCondition>,
    why: &'static str,
}

/// A condition as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenCondition {
    operator: &'static str,
    key: &'static str,
    values: Vec<String>,
}

#[cfg(test)]
mod tests;
