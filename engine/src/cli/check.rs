use super::report::{Report, Tone};
use super::{CommandResult, Exit, Sources};
use crate::asl::{Problem, Severity, warnings};
use crate::events::RuleError;
use crate::workflow::{self, Functions, Place, Workflow, WorkflowError};
use clap::Args;
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Check responses: every problem of their definitions, rules and declarations, each with a JSON pointer
///
/// A shape is checked once for each response that uses it, with the tasks of the response's kind filled in. Exits with 1
/// if there is an error; warnings do not count. AWS refuses the same definitions, in the same words. A warning is about
/// something valid, but probably unintended; it has an id, and a page that says why it matters.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress check statemachines\n  redress check statemachines/NAME --json\n  redress check --explain no-timeout"
)]
pub(super) struct Check {
    /// The folder of a response, or a folder of them
    #[arg(default_value = "statemachines")]
    folder: PathBuf,
    /// Print the page of a warning and check nothing; without an id, the list of the pages
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    explain: Option<String>,
    #[command(flatten)]
    sources: Sources,
}

/// The problems of one file. A shape's definition has those of one response.
#[derive(Serialize)]
struct Checked {
    response: String,
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
            let checked = check(&folder, &functions);
            print(report, &folder, &checked);
            all.extend(checked);
        }
        let problems = || all.iter().flat_map(|checked| &checked.problems);
        let count = |severity| problems().filter(|problem| problem.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        report.line(format!("{errors} errors, {warnings} warnings"));
        report.value(&all);
        Ok(if errors == 0 { Exit::Done } else { Exit::NotRight })
    }
}

fn print(report: &Report, folder: &Path, checked: &[Checked]) {
    let is_good = checked.iter().all(|checked| checked.problems.is_empty());
    let mark = if is_good { report.paint(Tone::Good, "ok") } else { String::new() };
    report.line(format!("{} {mark}", report.paint(Tone::Bold, folder.display())).trim_end());
    for Checked { file, problems, .. } in checked.iter().filter(|checked| !checked.problems.is_empty()) {
        report.line(format!("  {}", file.display()));
        for problem in problems {
            lines(problem, report).into_iter().for_each(|line| report.line(line));
        }
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
    let mut lines = vec![format!("    {word} {}: {}{hint} at {at}", problem.code, problem.message)];
    if let Some(page) = problem.rule.page() {
        let more = format!("      redress check --explain {}, or {}", page.id, page.path());
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

/// Everything that is wrong in the folder of a response. A response without a problem has one entry without any.
fn check(folder: &Path, functions: &Functions) -> Vec<Checked> {
    let response = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    let checked = |file, problems| Checked { response: response.clone(), file, problems };
    let of_response = |file, code, message| checked(file, vec![Problem::of_response(code, message)]);
    let errors = Workflow::check(folder, functions, &Place::example());
    if errors.is_empty() {
        return vec![checked(folder.to_owned(), Vec::new())];
    }
    let found = errors.into_iter().map(|error| match error {
        WorkflowError::Definition { file, problems } => checked(file, problems),
        WorkflowError::Rule { file, why: why @ RuleError::Pattern(_) } => {
            of_response(file, "InvalidEventPattern", why.to_string())
        }
        WorkflowError::Rule { file, why } => of_response(file, "INVALID_RULE", why.to_string()),
        WorkflowError::Response { file, why } => of_response(file, "INVALID_RESPONSE", why.to_string()),
        WorkflowError::File { file, why } => of_response(file, "UNREADABLE_FILE", why),
        other => of_response(folder.to_owned(), "INVALID_RESPONSE", other.to_string()),
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::tests::{House, definition, functions};
    use serde_json::json;

    /// The file, the code and a part of the message of every problem of the response `roles`.
    fn problems(house: &House) -> Vec<(PathBuf, &'static str, String)> {
        let checked = check(&house.path("roles"), &functions());
        assert!(checked.iter().all(|checked| checked.response == "roles"));
        let of = |Checked { file, problems, .. }: Checked| {
            problems.into_iter().map(move |problem| (file.clone(), problem.code, problem.message))
        };
        checked.into_iter().flat_map(of).collect()
    }

    #[test]
    fn a_problem_is_one_of_the_file_that_has_it() {
        let cases = [
            ("roles/response.json", json!({"title": "t"}), "INVALID_RESPONSE", "there is no `shape`"),
            ("roles/rules/a.json", json!({}), "INVALID_RULE", "missing field `Description`"),
            (
                "roles/rules/a.json",
                json!({"Description": "d", "EventPattern": {"a": 1}, "Targets": [{"Id": "t", "Arn": "a"}]}),
                "InvalidEventPattern",
                "",
            ),
            ("shapes/change/shape.json", json!({}), "INVALID_RESPONSE", "missing field `description`"),
            (
                "shapes/change/definition.asl.json",
                definition("${Restore}"),
                "SCHEMA_VALIDATION_FAILED",
                "`${Restore}` names no task of the kind `role`",
            ),
        ];
        for (file, value, code, part) in cases {
            let house = House::new();
            assert_eq!(problems(&house), []);
            house.write(file, &value);
            let found = problems(&house);
            let [(at, found_code, message)] = found.as_slice() else { panic!("{file}: {found:?}") };
            assert_eq!((at, *found_code), (&house.path(file), code), "{message}");
            assert!(message.contains(part), "{message}");
        }
    }
}
