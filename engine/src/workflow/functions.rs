use super::{Place, WorkflowError, read};
use crate::asl::{Problem, Rule};
use serde::Deserialize;
use std::path::Path;

/// A function, as the manifest of the tasks declares it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// Its name, which is also the name of its binary.
    pub name: String,
    /// How definitions refer to it: `${ContainRole}` without the `${}`.
    pub placeholder: String,
    /// How long one invocation may take, in seconds.
    pub timeout_seconds: u64,
    /// The environment variables that it requires.
    pub environment: Vec<String>,
}

/// The functions that definitions can refer to.
#[derive(Debug, Clone, Default)]
pub struct Functions(Vec<Function>);

impl Functions {
    /// Reads a manifest.
    pub fn read(manifest: &Path) -> Result<Self, WorkflowError> {
        let text = read(manifest)?;
        let functions = serde_json::from_str(&text).map_err(|error| WorkflowError::File {
            file: manifest.to_owned(),
            why: format!("it is not a manifest: {error}"),
        })?;
        Ok(Self(functions))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Function> {
        self.0.iter()
    }

    /// Puts the ARNs of functions in the place of `${Placeholder}`. A placeholder that names none is a problem.
    pub(super) fn fill(&self, definition: &str, place: &Place) -> (String, Vec<Problem>) {
        let (mut filled, mut rest, mut problems) = (String::new(), definition, Vec::new());
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            filled.push_str(before);
            match self.0.iter().find(|function| function.placeholder == name) {
                Some(function) => {
                    filled.push_str(&place.arn("lambda", &format!("function:{}", function.name)))
                }
                None => {
                    let known = self
                        .0
                        .iter()
                        .map(|function| function.placeholder.as_str())
                        .collect::<Vec<_>>()
                        .join(", ");
                    let message = format!("`${{{name}}}` names no task; the manifest has {known}");
                    problems.push(Problem::error(Rule::Placeholder, "", message));
                    filled.push_str("unknown");
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        (filled, problems)
    }
}
