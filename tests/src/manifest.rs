use crate::{Result, Trouble, repository};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// The file with all tasks, relative to the repository.
const MANIFEST: &str = "tasks/manifest.json";

/// A task as `tasks/manifest.json` describes it to deployments.
#[derive(Debug, Clone, Deserialize)]
pub struct ManifestEntry {
    /// The handler name, which is also the function's name.
    pub name: String,
    /// The placeholder by which a definition refers to it, without the `${}`.
    pub placeholder: String,
    /// The name of the kind, if the task is a step of one.
    pub kind: Option<String>,
    /// The name of the step, if it is one.
    pub step: Option<String>,
    /// The statements of its role.
    pub iam: Vec<IamStatement>,
}

/// A statement of a task's role.
#[derive(Debug, Clone, Deserialize)]
pub struct IamStatement {
    /// `Allow` or `Deny`.
    pub effect: String,
    /// Actions such as `iam:GetRole`.
    pub actions: Vec<String>,
}

impl ManifestEntry {
    /// The actions that its role allows, some of them perhaps under conditions.
    pub fn allowed(&self) -> BTreeSet<&str> {
        let allows = self.iam.iter().filter(|statement| statement.effect == "Allow");
        allows.flat_map(|statement| &statement.actions).map(String::as_str).collect()
    }
}

/// Every task of the manifest.
pub fn manifest() -> Result<Vec<ManifestEntry>> {
    Ok(serde_json::from_value(manifest_json()?)?)
}

/// The manifest as it is written.
pub(crate) fn manifest_json() -> Result<Value> {
    let text = std::fs::read_to_string(repository().join(MANIFEST));
    let text = text.map_err(|error| Trouble(format!("`{MANIFEST}` cannot be read: {error}")))?;
    Ok(serde_json::from_str(&text)?)
}
