//! Every response with its definition and its scenarios, and the tasks that they call.

use crate::definition::Machine;
use contract::Declaration;
use engine::scenario::{self, Run, Scenario};
use std::path::PathBuf;
use std::sync::{LazyLock, OnceLock};
use tests::responses::{Response, responses, trouble};
use tests::{Result, Trouble};

/// A response with its definition, and its scenarios with those of its shape.
pub(crate) struct Subject {
    pub(crate) response: &'static Response,
    pub(crate) machine: Machine,
    pub(crate) scenarios: Vec<ScenarioCase>,
}

/// A scenario that is run for a response.
pub(crate) struct ScenarioCase {
    /// `response: name`, or `response: shape/name`.
    pub(crate) name: String,
    pub(crate) scenario: Scenario,
    response: &'static Response,
    file: PathBuf,
    run: OnceLock<Run>,
}

impl Subject {
    /// The name of the response.
    pub(crate) fn name(&self) -> &str {
        &self.response.workflow.name
    }
}

impl ScenarioCase {
    /// The run of the scenario. It is run once for all tests.
    pub(crate) fn run(&self) -> Result<&Run> {
        if self.run.get().is_none() {
            // If two tests are first at the same time, one result is dropped.
            let _ = self.run.set(self.run_as(&self.scenario)?);
        }
        self.run.get().ok_or_else(|| Trouble(format!("{} was not run", self.name)))
    }

    /// Whether it is run for the same response as another scenario.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        self.response.workflow.name == other.response.workflow.name
    }

    /// Runs another scenario in its place.
    pub(crate) fn run_as(&self, scenario: &Scenario) -> Result<Run> {
        scenario::run(&self.response.workflow, scenario, &self.file).map_err(trouble)
    }

    /// Runs it, and recovers the execution from its history at every step.
    pub(crate) fn run_recovering(&self) -> Result<Run> {
        scenario::run_recovering(&self.response.workflow, &self.scenario, &self.file).map_err(trouble)
    }
}

/// Every response with every scenario. They are read once for all tests.
pub(crate) fn all() -> Result<&'static [Subject]> {
    static ALL: LazyLock<Result<Vec<Subject>>> = LazyLock::new(|| responses()?.iter().map(subject).collect());
    ALL.as_deref().map_err(trouble)
}

fn subject(response: &'static Response) -> Result<Subject> {
    let workflow = &response.workflow;
    let machine = serde_json::from_str(&workflow.definition)?;
    let files = workflow.scenarios().map_err(trouble)?;
    let scenarios = files.into_iter().map(|found| {
        let scenario = scenario::read(workflow, &found.file).map_err(trouble)?;
        let name = format!("{}: {}", workflow.name, found.name);
        Ok(ScenarioCase { name, scenario, response, file: found.file, run: OnceLock::new() })
    });
    Ok(Subject { response, machine, scenarios: scenarios.collect::<Result<_>>()? })
}

/// The declaration of a function.
pub(crate) fn declaration(function: &str) -> Result<Declaration> {
    let mut all = contract::declarations().into_iter();
    all.find(|declaration| declaration.name == function).ok_or_else(|| {
        Trouble(format!("no task is called `{function}`; declare it in `tasks/contract/src/`"))
    })
}
