use super::report::{Report, Tone};
use super::{CommandResult, Exit, Sources};
use crate::scenario::{self, Expectation, ScenarioError};
use crate::workflow::{self, Functions, Place, Workflow};
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Run the scenarios of workflows on virtual time
///
/// A scenario says how each task and each person answers; the engine says which path the workflow takes, how long it
/// takes, and how it ends. Nothing is called, and nobody waits.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress test statemachines\n  redress test statemachines/credential-exfiltration --only undo\n  redress test statemachines --accept   # write down what happens as what is expected, then read the diff"
)]
pub(super) struct Test {
    /// A workflow's folder, or a folder of them
    #[arg(default_value = "statemachines")]
    folder: PathBuf,
    /// Only scenarios whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Write what happens into the scenarios as what is expected
    #[arg(long)]
    accept: bool,
    #[command(flatten)]
    sources: Sources,
}

/// How one scenario went.
#[derive(Serialize)]
struct Tried {
    workflow: String,
    scenario: String,
    passed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<String>,
    happened: Expectation,
}

impl Test {
    pub(super) fn run(self, report: &Report) -> CommandResult {
        let functions = Functions::read(&self.sources.manifest)?;
        let mut tried = Vec::new();
        for folder in workflow::folders(&self.folder)? {
            let workflow = Workflow::read(&folder, &functions, &Place::example(), &BTreeMap::new())?;
            report.line(report.paint(Tone::Bold, &workflow.name));
            for file in workflow::json_files(&folder.join("scenarios"))? {
                let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                if self.only.as_ref().is_none_or(|only| name.contains(only)) {
                    let one = self.try_one(&workflow, &functions, &file, name)?;
                    print(report, &one);
                    tried.push(one);
                }
            }
        }
        let failed = tried.iter().filter(|one| !one.passed).count();
        report.line(format!("{} passed, {failed} failed", tried.len() - failed));
        report.value(&tried);
        Ok(if failed == 0 { Exit::Done } else { Exit::NotRight })
    }

    fn try_one(
        &self,
        workflow: &Workflow,
        functions: &Functions,
        file: &Path,
        name: String,
    ) -> Result<Tried, ScenarioError> {
        let scenario = scenario::read(file)?;
        // The parameters of the rules decide the input, so each scenario reads the rules with its own.
        let workflow = Workflow::read(&workflow.folder, functions, &Place::example(), &scenario.set)?;
        let run = scenario::run(&workflow, &scenario, file)?;
        let happened = run.outcome;
        if self.accept && scenario.expect.as_ref() != Some(&happened) {
            accept(file, &happened)?;
        }
        let differences = match &scenario.expect {
            _ if self.accept => Vec::new(),
            None => vec!["it expects nothing; `--accept` writes down what happens".to_owned()],
            Some(expected) => expected.differences(&happened),
        };
        Ok(Tried {
            workflow: workflow.name,
            scenario: name,
            passed: differences.is_empty(),
            differences,
            happened,
        })
    }
}

fn print(report: &Report, tried: &Tried) {
    let end = tried.happened.path.last().map(String::as_str).unwrap_or_default();
    let mark = if tried.passed { report.paint(Tone::Good, "ok  ") } else { report.paint(Tone::Bad, "FAIL") };
    let took = report.paint(Tone::Dim, format!("after {}", tried.happened.takes));
    report.line(format!("  {mark} {:<34} {end} {took}", tried.scenario));
    for difference in &tried.differences {
        report.line(format!("       {difference}"));
    }
}

/// Writes what happened into a scenario file, and leaves everything else in it as it is.
fn accept(file: &Path, happened: &Expectation) -> Result<(), ScenarioError> {
    let unreadable = |why: String| ScenarioError::Unreadable { file: file.to_owned(), why };
    let text = workflow::read(file)?;
    let mut value: Value = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let expect = serde_json::to_value(happened).map_err(|error| unreadable(error.to_string()))?;
    if let Some(map) = value.as_object_mut() {
        map.insert("expect".to_owned(), expect);
    }
    let text = serde_json::to_string_pretty(&value).map_err(|error| unreadable(error.to_string()))?;
    std::fs::write(file, text + "\n").map_err(|error| unreadable(error.to_string()))
}
