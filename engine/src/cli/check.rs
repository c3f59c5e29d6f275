use super::report::{Report, Tone};
use super::{CommandResult, Exit, Sources};
use crate::asl::{Problem, Severity, warnings};
use crate::workflow::{self, Functions, Place, Workflow, WorkflowError};
use clap::Args;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Check workflows: every problem of every definition and rule, each with a JSON pointer
///
/// Exits with 1 if there is an error; warnings do not count. What is refused is refused by AWS as well, in these words.
/// Warnings are about what AWS takes and is hardly meant; each has an id, and a page that says why it matters.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress check statemachines\n  redress check statemachines/credential-exfiltration --json\n  redress check --explain no-timeout"
)]
pub(super) struct Check {
    /// A workflow's folder, or a folder of them
    #[arg(default_value = "statemachines")]
    folder: PathBuf,
    /// Print the page of a warning and check nothing; without an id, the list of the pages
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    explain: Option<String>,
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
        if let Some(id) = &self.explain {
            return explain(id, report);
        }
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
                for line in lines(problem, report) {
                    report.line(line);
                }
            }
        }
        report.line(format!("{errors} errors, {warnings} warnings"));
        report.value(&all);
        Ok(if errors == 0 { Exit::Done } else { Exit::NotRight })
    }
}

/// A problem, with what to do, and where to read on.
fn lines(problem: &Problem, report: &Report) -> Vec<String> {
    let word = match problem.severity {
        Severity::Error => report.paint(Tone::Bad, "error"),
        Severity::Warning => report.paint(Tone::Warn, "warning"),
    };
    let at = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
    let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let mut lines = vec![format!("  {word} {}: {}{hint} at {at}", problem.code, problem.message)];
    if let Some(page) = problem.rule.page() {
        let more = format!("    redress check --explain {}, or {}", page.id, page.path());
        lines.push(report.paint(Tone::Dim, more));
    }
    lines
}

/// Prints a page, which is compiled in.
fn explain(id: &str, report: &Report) -> CommandResult {
    // AWS's codes are taken as well as ids.
    let id = id.to_lowercase().replace('_', "-");
    match warnings::pages().find(|page| page.id == id) {
        Some(page) => {
            page.text.trim_end().lines().for_each(|line| report.line(line));
            report.value(&json!({ "id": page.id, "path": page.path(), "page": page.text }));
            Ok(Exit::Done)
        }
        None if id.is_empty() => {
            let ids: Vec<&str> = warnings::pages().map(|page| page.id).collect();
            for id in &ids {
                report.line(id);
            }
            report.value(&ids);
            Ok(Exit::Done)
        }
        None => {
            let ids: Vec<&str> = warnings::pages().map(|page| page.id).collect();
            Err(format!("there is no page `{id}`; there are {}", ids.join(", ")).into())
        }
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
