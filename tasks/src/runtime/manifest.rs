//! `tasks/manifest.json`: everything that a deployment must know of each task. It is generated from the declarations beside
//! the code, so a deployment grants exactly the permissions that the code needs.

use super::permissions::Statement;
use super::run::Run;
use super::settings::Setting;
use contract::{Nature, TaskError};
use serde::Serialize;

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
    iam: &'static [Statement],
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
            iam: T::IAM,
            errors: T::Error::NAMES,
        }
    }
}

#[cfg(test)]
mod tests;
