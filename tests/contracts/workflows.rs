//! Every workflow with its definition as it is written and its scenarios, and the tasks that they call.

use crate::definition::Machine;
use contract::Declaration;
use engine::scenario::{self, Run, Scenario};
use engine::workflow::{self, Functions, Place, Workflow};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};
use tests::{Result, Trouble, repository};

/// A workflow, and all that its folder says of it.
pub(crate) struct Subject {
    pub(crate) workflow: Workflow,
    pub(crate) machine: Machine,
    pub(crate) scenarios: Vec<Told>,
}

/// A scenario of a workflow.
pub(crate) struct Told {
    /// `workflow/scenarios/name.json`: where a person looks when a test fails.
    pub(crate) name: String,
    pub(crate) scenario: Scenario,
    file: PathBuf,
    /// The workflow, with the parameters of its rules as the scenario sets them.
    workflow: Workflow,
    run: OnceLock<Run>,
}

impl Told {
    /// What comes of it. It is run once for all tests.
    pub(crate) fn run(&self) -> Result<&Run> {
        if self.run.get().is_none() {
            // Of two tests that are both the first, one runs it in vain.
            let _ = self.run.set(self.run_as(&self.scenario)?);
        }
        self.run.get().ok_or_else(|| Trouble(format!("{} was not run", self.name)))
    }

    /// Runs what the scenario has been changed to.
    pub(crate) fn run_as(&self, scenario: &Scenario) -> Result<Run> {
        scenario::run(&self.workflow, scenario, &self.file).map_err(trouble)
    }

    pub(crate) fn run_recovering(&self) -> Result<Run> {
        scenario::run_recovering(&self.workflow, &self.scenario, &self.file).map_err(trouble)
    }
}

/// Every workflow, with every scenario. They are read once for all tests.
pub(crate) fn all() -> Result<&'static [Subject]> {
    static ALL: LazyLock<Result<Vec<Subject>>> = LazyLock::new(read_all);
    ALL.as_deref().map_err(trouble)
}

fn read_all() -> Result<Vec<Subject>> {
    let functions = Functions::read(&repository().join("tasks/manifest.json")).map_err(trouble)?;
    let folders = workflow::folders(&repository().join("statemachines")).map_err(trouble)?;
    folders.iter().map(|folder| subject(folder, &functions)).collect()
}

fn subject(folder: &Path, functions: &Functions) -> Result<Subject> {
    let read = |set: &BTreeMap<String, String>| {
        Workflow::read(folder, functions, &Place::example(), set).map_err(trouble)
    };
    let workflow = read(&BTreeMap::new())?;
    let machine = serde_json::from_str(&workflow.definition)?;
    let scenarios = workflow::json_files(&folder.join("scenarios")).map_err(trouble)?;
    let told = scenarios.into_iter().map(|file| {
        let scenario = scenario::read(&file).map_err(trouble)?;
        let name = format!("{}/scenarios/{}", workflow.name, file_name(&file));
        Ok(Told { name, workflow: read(&scenario.set)?, scenario, file, run: OnceLock::new() })
    });
    Ok(Subject { scenarios: told.collect::<Result<_>>()?, machine, workflow })
}

/// The workflow with these values for the parameters of its rules.
pub(crate) fn with_parameters(workflow: &Workflow, set: &BTreeMap<String, String>) -> Result<Workflow> {
    let functions = Functions::read(&repository().join("tasks/manifest.json")).map_err(trouble)?;
    Workflow::read(&workflow.folder, &functions, &Place::example(), set).map_err(trouble)
}

/// The declaration of a function.
pub(crate) fn declaration(function: &str) -> Result<Declaration> {
    contract::declarations()
        .into_iter()
        .find(|declaration| declaration.manifest.name == function)
        .ok_or_else(|| Trouble(format!("`{function}` is no task: declare it in `tasks/contract/src/tasks/`")))
}

/// The last part of a path.
pub(crate) fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads a JSON file.
pub(crate) fn json(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file).map_err(trouble);
    text.and_then(|text| serde_json::from_str(&text).map_err(trouble))
        .map_err(|Trouble(why)| Trouble(format!("`{}`: {why}", file.display())))
}

/// Any error, in its own words.
pub(crate) fn trouble(error: impl Display) -> Trouble {
    Trouble(error.to_string())
}
