use super::report::{Report, Tone};
use super::{CommandResult, Exit, Sources};
use crate::asl::{Problem, Severity};
use crate::workflow::{self, Functions, Place, Workflow, WorkflowError};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Check workflows: every problem of every definition and rule, each with a JSON pointer
///
/// Exits with 1 if there is an error; warnings do not count.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress check statemachines\n  redress check statemachines/credential-exfiltration --json"
)]
pub(super) struct Check {
    /// A workflow's folder, or a folder of them
    #[arg(default_value = "statemachines")]
    folder: PathBuf,
    #[command(flatten)]
    sources: Sources,
}

/// What was found in one file.
#[derive(Serialize)]
struct Found {
    file: PathBuf,
    problems: Vec<Problem>,
}

impl Check {
    pub(super) fn run(self, report: &Report) -> CommandResult {
        let functions = Functions::read(&self.sources.manifest)?;
        let mut all = Vec::new();
        for folder in workflow::folders(&self.folder)? {
            all.extend(check(&folder, &functions)?);
        }
        let count = |severity| {
            all.iter()
                .flat_map(|found| &found.problems)
                .filter(|problem| problem.severity == severity)
                .count()
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        for found in &all {
            let mark = if found.problems.is_empty() { report.paint(Tone::Good, "ok") } else { String::new() };
            report.line(format!("{} {mark}", report.paint(Tone::Bold, found.file.display())));
            for problem in &found.problems {
                let word = match problem.severity {
                    Severity::Error => report.paint(Tone::Bad, "error"),
                    Severity::Warning => report.paint(Tone::Warn, "warning"),
                };
                report.line(format!("  {word} {problem}"));
            }
        }
        report.line(format!("{errors} errors, {warnings} warnings"));
        report.value(&all);
        Ok(if errors == 0 { Exit::Done } else { Exit::NotRight })
    }
}

/// Everything that is wrong in a folder. A rule's problem stands beside those of the definition.
fn check(folder: &Path, functions: &Functions) -> Result<Vec<Found>, WorkflowError> {
    let definition = folder.join(workflow::DEFINITION);
    match Workflow::read(folder, functions, &Place::example(), &BTreeMap::new()) {
        Ok(workflow) => Ok(vec![Found { file: definition, problems: workflow.warnings }]),
        Err(WorkflowError::Definition { file, problems }) => Ok(vec![Found { file, problems }]),
        Err(WorkflowError::Rule { file, why }) => {
            Ok(vec![Found { file, problems: vec![Problem::of_rule(&why)] }])
        }
        Err(other) => Err(other),
    }
}
