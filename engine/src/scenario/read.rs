use super::samples::Samples;
use super::{Scenario, ScenarioError, unreadable};
use crate::workflow::{self, Workflow};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The members of a scenario in which references to samples are replaced.
const WITH_REFERENCES: [&str; 5] = ["tasks", "answers", "event", "input", "expect"];

/// Before the name of a base that is a scenario of the shape.
const OF_SHAPE: &str = "shape/";

/// Reads a scenario of a response, its own or one of its shape: with its bases, and with the samples of the response in
/// the place of references.
pub fn read(workflow: &Workflow, file: &Path) -> Result<Scenario, ScenarioError> {
    let samples = Samples::read(workflow)?;
    let mut scenario = one(file, &samples)?;
    let (mut seen, mut current) = (vec![file.to_owned()], file.to_owned());
    while let Some(base) = scenario.base.take() {
        let path = path_of(&base, &current, workflow)?;
        if seen.contains(&path) {
            return Err(unreadable(file, format!("its base `{base}` leads back to itself")));
        }
        scenario = scenario.over(one(&path, &samples)?);
        seen.push(path.clone());
        current = path;
    }
    Ok(scenario)
}

/// One file, without its base.
fn one(file: &Path, samples: &Samples) -> Result<Scenario, ScenarioError> {
    let mut value = value(file)?;
    for member in WITH_REFERENCES {
        if let Some(part) = value.get_mut(member) {
            *part = samples.fill(part, file)?;
        }
    }
    serde_json::from_value(value).map_err(|error| unreadable(file, error.to_string()))
}

/// The JSON of a scenario as it is written.
pub(super) fn value(file: &Path) -> Result<Value, ScenarioError> {
    let text = workflow::read(file)?;
    workflow::parse_text(&text).map_err(|why| unreadable(file, why.to_string()))
}

/// The file of a base that a scenario names.
fn path_of(base: &str, file: &Path, workflow: &Workflow) -> Result<PathBuf, ScenarioError> {
    let Some(name) = base.strip_prefix(OF_SHAPE) else {
        return Ok(file.with_file_name(format!("{base}.json")));
    };
    let folder = workflow
        .shape_scenario_folder()
        .ok_or_else(|| unreadable(file, format!("its base is `{base}`, and the response has no shape")))?;
    Ok(folder.join(format!("{name}.json")))
}
