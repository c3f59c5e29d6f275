use super::report::{Report, Tone};
use super::{CommandResult, Exit, Sources};
use crate::scenario::{self, Expectation, ScenarioError};
use crate::workflow::{self, Functions, Place, ScenarioFile, Workflow};
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Run the scenarios of responses on virtual time
///
/// A scenario says how each task and each person answers, and which path the workflow takes then, how long it takes, and
/// how it ends. Nothing is called, and nobody waits. The scenarios of a shape are run for every response that uses it.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress test statemachines\n  redress test statemachines/NAME --only shape/undo\n  redress test statemachines --accept   # write down what happens as what is expected, then read the diff"
)]
pub(super) struct Test {
    /// The folder of a response, or a folder of them
    #[arg(default_value = "statemachines")]
    folder: PathBuf,
    /// Only scenarios whose name (`response: scenario` or `response: shape/scenario`) contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Write what happens into the scenarios as what is expected, and run all again. A scenario of a shape gets what
    /// happens in the first response in which it fails
    #[arg(long)]
    accept: bool,
    #[command(flatten)]
    sources: Sources,
}

/// How one scenario went.
#[derive(Serialize)]
struct ScenarioResult {
    response: String,
    scenario: String,
    passed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<String>,
    /// None if it cannot be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    happened: Option<Expectation>,
}

impl Test {
    pub(super) fn run(self, report: &Report) -> CommandResult {
        let functions = Functions::read(&self.sources.manifest)?;
        let mut responses = Vec::new();
        for folder in workflow::folders(&self.folder)? {
            let workflow = Workflow::read(&folder, &functions, &Place::example(), &BTreeMap::new())?;
            let scenarios = workflow.scenarios()?;
            responses.push((workflow, scenarios));
        }
        let chosen = || {
            let all = responses
                .iter()
                .flat_map(|(workflow, scenarios)| scenarios.iter().map(move |scenario| (workflow, scenario)));
            all.filter(|(workflow, scenario)| {
                self.only.as_ref().is_none_or(|only| title(workflow, scenario).contains(only))
            })
        };
        if self.accept {
            let mut written = BTreeSet::new();
            for (workflow, scenario) in chosen() {
                accept(workflow, scenario, &mut written)?;
            }
            for file in &written {
                report.line(format!("{} {}", report.paint(Tone::Warn, "written"), file.display()));
            }
        }
        let mut results = Vec::new();
        for (workflow, scenario) in chosen() {
            let result = result(workflow, scenario);
            print(report, &title(workflow, scenario), &result);
            results.push(result);
        }
        let failed = results.iter().filter(|result| !result.passed).count();
        report.line(format!("{} passed, {failed} failed", results.len() - failed));
        report.value(&results);
        Ok(if failed == 0 { Exit::Done } else { Exit::NotRight })
    }
}

/// The name of a scenario for people.
fn title(workflow: &Workflow, scenario: &ScenarioFile) -> String {
    format!("{}: {}", workflow.name, scenario.name)
}

/// Runs a scenario. Returns the expectation in its file, if there is one, and the outcome.
fn run(
    workflow: &Workflow,
    scenario: &ScenarioFile,
) -> Result<(Option<Expectation>, Expectation), ScenarioError> {
    let read = scenario::read(workflow, &scenario.file)?;
    let run = scenario::run(workflow, &read, &scenario.file)?;
    Ok((read.expect, run.outcome))
}

/// Writes what happens into a scenario that expects something else, once for each file. One that cannot be run is left as
/// it is.
fn accept(
    workflow: &Workflow,
    scenario: &ScenarioFile,
    written: &mut BTreeSet<PathBuf>,
) -> Result<(), ScenarioError> {
    if written.contains(&scenario.file) {
        return Ok(());
    }
    if let Ok((expected, happened)) = run(workflow, scenario)
        && expected.as_ref() != Some(&happened)
    {
        scenario::accept(workflow, &scenario.file, &happened)?;
        written.insert(scenario.file.clone());
    }
    Ok(())
}

fn result(workflow: &Workflow, scenario: &ScenarioFile) -> ScenarioResult {
    let (differences, happened) = match run(workflow, scenario) {
        Ok((Some(expected), happened)) => (expected.differences(&happened), Some(happened)),
        Ok((None, happened)) => {
            (vec!["it expects nothing; `--accept` writes down what happens".to_owned()], Some(happened))
        }
        Err(error) => (vec![error.to_string()], None),
    };
    ScenarioResult {
        response: workflow.name.clone(),
        scenario: scenario.name.clone(),
        passed: differences.is_empty(),
        differences,
        happened,
    }
}

fn print(report: &Report, title: &str, result: &ScenarioResult) {
    let mark = if result.passed { report.paint(Tone::Good, "ok  ") } else { report.paint(Tone::Bad, "FAIL") };
    let end = result.happened.as_ref().map_or_else(String::new, |happened| {
        let last = happened.path.last().map(String::as_str).unwrap_or_default();
        format!("{last} {}", report.paint(Tone::Dim, format!("after {}", happened.takes)))
    });
    report.line(format!("{mark} {title:<60} {end}").trim_end());
    for difference in &result.differences {
        report.line(format!("     {difference}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::tests::House;
    use serde_json::json;

    /// The scenario of the shape holds for the second response and not for the first, which writes it.
    #[test]
    fn the_first_response_in_which_a_scenario_fails_writes_it() {
        let house = House::new();
        house.response("admins", &json!({"title": "t", "shape": "change", "kind": "role"}));
        for (response, name) in [("admins", "root"), ("roles", "web")] {
            house.write(
                &format!("{response}/samples.json"),
                &json!({"event": "../events/seen.json", "name": name}),
            );
        }
        let expect = json!({"status": "SUCCEEDED", "path": ["Look at it"], "takes": "0s", "output": "web"});
        let scenario = json!({
            "comment": "c", "event": "${event}", "tasks": {"Look at it": {"return": "${name}"}}, "expect": expect
        });
        house.write("shapes/change/scenarios/looks.json", &scenario);
        house.write("roles/scenarios/broken.json", &json!({"comment": "c"}));
        let responses = ["admins", "roles"].map(|name| house.read(name).unwrap());
        let results = || {
            let all = responses.iter().flat_map(|workflow| {
                let scenarios = workflow.scenarios().unwrap();
                scenarios.into_iter().map(|scenario| result(workflow, &scenario)).collect::<Vec<_>>()
            });
            all.map(|result| (format!("{}: {}", result.response, result.scenario), result.differences))
                .collect::<Vec<_>>()
        };
        let differs = |expected: &str, happened: &str| {
            vec![format!("output: expected \"{expected}\", and it was \"{happened}\"")]
        };
        let file = house.path("roles/scenarios/broken.json");
        let broken = format!("`{}` is not a scenario: it has neither `event` nor `input`", file.display());
        let expected = |admins: Vec<String>, roles: Vec<String>| -> Vec<(String, Vec<String>)> {
            vec![
                ("admins: shape/looks".to_owned(), admins),
                ("roles: broken".to_owned(), vec![broken.clone()]),
                ("roles: shape/looks".to_owned(), roles),
            ]
        };
        assert_eq!(results(), expected(differs("web", "root"), Vec::new()));
        let mut written = BTreeSet::new();
        for workflow in &responses {
            for scenario in workflow.scenarios().unwrap() {
                accept(workflow, &scenario, &mut written).unwrap();
            }
        }
        assert_eq!(
            written.into_iter().collect::<Vec<_>>(),
            [house.path("shapes/change/scenarios/looks.json")]
        );
        assert_eq!(results(), expected(Vec::new(), differs("root", "web")));
    }
}
