//! A workflow is a folder: its definition, its rules, its sample events and its scenarios.

mod functions;
mod rules;

pub use functions::{Function, Functions};
pub use rules::parameters;

use crate::asl::{Problem, Severity, StateMachine};
use crate::events::{Rule, RuleError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The definition's file in a workflow's folder.
pub const DEFINITION: &str = "definition.asl.json";

/// Where a workflow is to live: what its placeholders and its ARN are made of.
#[derive(Debug, Clone)]
pub struct Place {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account, twelve digits.
    pub account: String,
}

impl Place {
    /// Where a workflow lives that is only looked at.
    pub fn example() -> Self {
        Self {
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
        }
    }

    /// The ARN of a resource: `arn:aws:states:us-east-1:123456789012:stateMachine:name`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }
}

/// A workflow that was read from its folder.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// The folder's name, and the state machine's.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
    /// The ARN of the state machine.
    pub arn: String,
    /// The definition, with every placeholder filled in.
    pub definition: String,
    /// The state machine.
    pub machine: Arc<StateMachine>,
    /// The rules that start it: that of `rule.json`, or those of `rules/`, sorted by name.
    pub rules: Vec<Rule>,
    /// What is not wrong and still worth a look.
    pub warnings: Vec<Problem>,
}

/// Why a workflow cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// The definition has problems.
    #[error("`{}` has problems:{}", file.display(), list(problems))]
    Definition {
        /// The file.
        file: PathBuf,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// The rule has a problem.
    #[error("`{}`: {why}", file.display())]
    Rule {
        /// The file.
        file: PathBuf,
        /// The problem.
        why: RuleError,
    },
    /// There is no workflow in the folder.
    #[error("`{}` has no workflow in it: a workflow is a folder with a `{DEFINITION}`", .0.display())]
    None(PathBuf),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("\n  {problem}")).collect()
}

/// The folders of workflows at or below a path, sorted by name.
pub fn folders(path: &Path) -> Result<Vec<PathBuf>, WorkflowError> {
    if path.join(DEFINITION).is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable =
        |error: std::io::Error| WorkflowError::File { file: path.to_owned(), why: error.to_string() };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let folder = entry.map_err(unreadable)?.path();
        if folder.join(DEFINITION).is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    if folders.is_empty() { Err(WorkflowError::None(path.to_owned())) } else { Ok(folders) }
}

impl Workflow {
    /// Reads a workflow. `set` has values for the parameters of its rule.
    pub fn read(
        folder: &Path,
        functions: &Functions,
        place: &Place,
        set: &BTreeMap<String, String>,
    ) -> Result<Self, WorkflowError> {
        let name = folder
            .canonicalize()
            .ok()
            .and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()));
        let name = name.unwrap_or_else(|| folder.display().to_string());
        let arn = place.arn("states", &format!("stateMachine:{name}"));
        let (definition, machine, warnings) = definition(folder, functions, place)?;
        let rules = rules::read(folder, &name, &arn, set)?;
        Ok(Self {
            folder: folder.to_owned(),
            machine: Arc::new(machine),
            name,
            arn,
            definition,
            rules,
            warnings,
        })
    }

    /// The rule that takes an event.
    pub fn rule_for(&self, event: &Value) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.pattern.matches(event))
    }
}

/// Reads and checks a definition.
fn definition(
    folder: &Path,
    functions: &Functions,
    place: &Place,
) -> Result<(String, StateMachine, Vec<Problem>), WorkflowError> {
    let file = folder.join(DEFINITION);
    let text = read(&file)?;
    let (text, mut problems) = functions.fill(&text, place);
    let (machine, found) = StateMachine::check(&text);
    problems.extend(found);
    match machine.filter(|_| problems.iter().all(|problem| problem.severity == Severity::Warning)) {
        Some(machine) => Ok((text, machine, problems)),
        None => Err(WorkflowError::Definition { file, problems }),
    }
}

/// The text of a file.
pub(crate) fn read(file: &Path) -> Result<String, WorkflowError> {
    std::fs::read_to_string(file)
        .map_err(|error| WorkflowError::File { file: file.to_owned(), why: error.to_string() })
}

/// The JSON files of a folder, sorted by name; none where there is no such folder.
pub fn json_files(folder: &Path) -> Result<Vec<PathBuf>, WorkflowError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable =
        |error: std::io::Error| WorkflowError::File { file: folder.to_owned(), why: error.to_string() };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension == "json") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}
