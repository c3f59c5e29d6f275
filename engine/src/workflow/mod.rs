//! A response is a folder: a workflow with rules that start it, sample events and scenarios.
//!
//! Its definition is that of the shape that `response.json` names, with the tasks of the response's kind filled in, or a
//! `definition.asl.json` of its own. Shapes are folders in `shapes/`, beside the folders of the responses.

mod error;
mod functions;
mod parameters;
mod response;
mod rules;

pub use error::{ResponseError, WorkflowError};
pub use functions::{Function, Functions};
pub use parameters::{Parameter, ParameterError};
pub(crate) use response::parse_text;

use crate::arn::{ActivityArn, StateMachineArn};
use crate::asl::{Problem, Severity, StateMachine};
use crate::events::{Rule, RuleFile};
use response::Response;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file with a definition: in the folder of a shape, or of a response that has its own.
pub const DEFINITION: &str = "definition.asl.json";

/// The file that declares a response.
pub const RESPONSE: &str = "response.json";

/// The folder of the shapes, beside the folders of the responses.
pub const SHAPES: &str = "shapes";

/// The folder with the scenarios of a response or a shape.
const SCENARIOS: &str = "scenarios";

/// The partition, region and account of a workflow: its placeholders and its ARN are made of them.
#[derive(Debug, Clone)]
pub struct Place {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Such as `us-east-1`.
    pub region: String,
    /// Twelve digits.
    pub account: String,
}

impl Place {
    /// For a workflow that is only checked or tested.
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

    /// The ARN of a state machine.
    pub fn machine(&self, name: &str) -> StateMachineArn {
        StateMachineArn::new((&self.partition, &self.region, &self.account), name)
    }

    /// The ARN of an activity.
    pub fn activity(&self, name: &str) -> ActivityArn {
        ActivityArn::new((&self.partition, &self.region, &self.account), name)
    }
}

/// The workflow of a response, read from its folder.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// The name of the folder, and of the state machine.
    pub name: String,
    /// The folder of the response.
    pub folder: PathBuf,
    /// The ARN of the state machine.
    pub arn: StateMachineArn,
    /// `title` of `response.json`.
    pub title: Option<String>,
    /// `description` of `response.json`.
    pub description: Option<String>,
    /// The kind, such as `iam-policy`: it decides which functions `${Look}` and the other steps are.
    pub kind: Option<String>,
    /// The folder of the shape, if the definition is not the response's own.
    pub shape: Option<PathBuf>,
    /// What a deployment can set, by name: the parameters of the shape as the response overrides them, and its own.
    pub parameters: BTreeMap<String, Parameter>,
    /// The definition, with every placeholder filled in.
    pub definition: String,
    /// The state machine.
    pub machine: Arc<StateMachine>,
    /// The rules that start it, sorted by name, with the values of the parameters filled in.
    pub rules: Vec<Rule>,
    /// Warnings about the definition.
    pub warnings: Vec<Problem>,
    /// The files and values from which the definition and the rules are built.
    sources: Arc<Sources>,
}

/// What values for parameters are filled into.
#[derive(Debug)]
struct Sources {
    response: Response,
    /// The definition with the placeholders of parameters.
    definition: String,
    rules: Vec<(PathBuf, RuleFile)>,
}

/// A scenario of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioFile {
    /// `undo` for one of the response's own, `shape/undo` for one of its shape.
    pub name: String,
    /// The file.
    pub file: PathBuf,
}

/// The folders of the responses at or below a path, sorted by name. Shapes are none.
pub fn folders(path: &Path) -> Result<Vec<PathBuf>, WorkflowError> {
    if is_of_shapes(path) {
        return Err(WorkflowError::Shape(path.to_owned()));
    }
    if is_response(path) {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable =
        |error: std::io::Error| WorkflowError::File { file: path.to_owned(), why: error.to_string() };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let folder = entry.map_err(unreadable)?.path();
        if is_of_shapes(&folder) {
            continue;
        }
        if is_response(&folder) {
            folders.push(folder);
        } else if folder.join(rules::RULES).is_dir() {
            let file = folder.join(RESPONSE);
            return Err(WorkflowError::Response { file, why: ResponseError::Missing });
        }
    }
    folders.sort();
    if folders.is_empty() { Err(WorkflowError::None(path.to_owned())) } else { Ok(folders) }
}

fn is_response(folder: &Path) -> bool {
    folder.join(RESPONSE).is_file() || folder.join(DEFINITION).is_file()
}

/// Whether a path is the folder of all shapes, or one in it.
fn is_of_shapes(path: &Path) -> bool {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_shapes = |path: &Path| path.file_name().is_some_and(|name| name == SHAPES);
    is_shapes(&path) || path.parent().is_some_and(is_shapes)
}

impl Workflow {
    /// Reads a response. `set` has values for its parameters; the others have their defaults.
    pub fn read(
        folder: &Path,
        functions: &Functions,
        place: &Place,
        set: &BTreeMap<String, String>,
    ) -> Result<Self, WorkflowError> {
        let response = Response::read(folder, functions)?;
        let name = name_of(folder);
        let template = template(&response, functions, place)?;
        let (definition, machine, warnings) = definition(&template, &response, &name, set)?;
        let sources = Arc::new(Sources { response, definition: template, rules: rules::read(folder)? });
        let Sources { response, .. } = sources.as_ref();
        let workflow = Self {
            arn: place.machine(&name),
            name,
            folder: folder.to_owned(),
            title: response.title.clone(),
            description: response.description.clone(),
            kind: response.kind.clone(),
            shape: response.shape.clone(),
            parameters: response.parameters.clone(),
            definition,
            machine: Arc::new(machine),
            rules: Vec::new(),
            warnings,
            sources: Arc::clone(&sources),
        };
        workflow.with_parameters(set)
    }

    /// The workflow with these values for its parameters, and the defaults for all others.
    pub fn with_parameters(&self, set: &BTreeMap<String, String>) -> Result<Self, WorkflowError> {
        let Sources { response, definition: template, rules } = self.sources.as_ref();
        let rules = rules::filled(rules, &self.name, &self.arn, response, set)?;
        if functions::with_values(template, &values(response, &self.name, set)?) == self.definition {
            return Ok(Self { rules, ..self.clone() });
        }
        let (definition, machine, warnings) = definition(template, response, &self.name, set)?;
        Ok(Self { rules, definition, machine: Arc::new(machine), warnings, ..self.clone() })
    }

    /// Everything that is wrong in the folder of a response, each with the file it is in. Warnings are problems too.
    pub fn check(folder: &Path, functions: &Functions, place: &Place) -> Vec<WorkflowError> {
        let response = match Response::read(folder, functions) {
            Ok(response) => response,
            Err(error) => return vec![error],
        };
        let mut errors = Vec::new();
        let name = name_of(folder);
        let checked = template(&response, functions, place)
            .and_then(|template| definition(&template, &response, &name, &BTreeMap::new()));
        match checked {
            Ok((_, _, warnings)) if warnings.is_empty() => {}
            Ok((_, _, problems)) => {
                errors.push(WorkflowError::Definition { file: response.definition.clone(), problems });
            }
            Err(error) => errors.push(error),
        }
        let fill = |file: (PathBuf, RuleFile)| {
            rules::filled(&[file], &name, "arn", &response, &BTreeMap::new()).map(|_| ())
        };
        match rules::each(folder) {
            Ok(files) => errors.extend(files.filter_map(|file| file.and_then(fill).err())),
            Err(error) => errors.push(error),
        }
        errors
    }

    /// The scenarios of the response, sorted by name: its own, and then those of its shape.
    pub fn scenarios(&self) -> Result<Vec<ScenarioFile>, WorkflowError> {
        let of = |folder: &Path, prefix: &str| {
            let files = json_files(folder)?.into_iter();
            let named = files.map(|file| {
                let stem = file.file_stem().unwrap_or_default().to_string_lossy();
                ScenarioFile { name: format!("{prefix}{stem}"), file }
            });
            Ok(named.collect::<Vec<_>>())
        };
        let mut scenarios = of(&self.scenario_folder(), "")?;
        if let Some(folder) = self.shape_scenario_folder() {
            scenarios.extend(of(&folder, "shape/")?);
        }
        Ok(scenarios)
    }

    /// The folder of the response's own scenarios.
    pub(crate) fn scenario_folder(&self) -> PathBuf {
        self.folder.join(SCENARIOS)
    }

    /// The folder of the shape's scenarios, if the response has a shape.
    pub(crate) fn shape_scenario_folder(&self) -> Option<PathBuf> {
        Some(self.shape.as_ref()?.join(SCENARIOS))
    }

    /// The rule that matches an event.
    pub fn rule_for(&self, event: &Value) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.pattern.matches(event))
    }
}

/// The name of a response: that of its folder.
fn name_of(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    folder
        .file_name()
        .map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The definition of a response, with all placeholders filled in but those of parameters.
fn template(response: &Response, functions: &Functions, place: &Place) -> Result<String, WorkflowError> {
    let text = read(&response.definition)?;
    let (text, problems) = functions.fill(&text, response, place);
    if problems.is_empty() {
        return Ok(text);
    }
    // The other problems of the definition belong to the same report.
    let set = BTreeMap::new();
    let filled = parameters::values(&response.parameters, &set).unwrap_or_default();
    let (_, found) = StateMachine::check(&functions::with_values(&text, &filled));
    let problems = problems.into_iter().chain(found).collect();
    Err(WorkflowError::Definition { file: response.definition.clone(), problems })
}

/// The definition with the values of the parameters, checked.
fn definition(
    template: &str,
    response: &Response,
    name: &str,
    set: &BTreeMap<String, String>,
) -> Result<(String, StateMachine, Vec<Problem>), WorkflowError> {
    let text = functions::with_values(template, &values(response, name, set)?);
    let (machine, problems) = StateMachine::check(&text);
    match machine.filter(|_| problems.iter().all(|problem| problem.severity == Severity::Warning)) {
        Some(machine) => Ok((text, machine, problems)),
        None => Err(WorkflowError::Definition { file: response.definition.clone(), problems }),
    }
}

fn values(
    response: &Response,
    name: &str,
    set: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, WorkflowError> {
    let values = parameters::values(&response.parameters, set);
    values.map_err(|why| WorkflowError::Parameter { response: name.to_owned(), why })
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

#[cfg(test)]
pub(crate) mod tests;
