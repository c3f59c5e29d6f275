//! Every workflow that there is, and what its executions can start from: nothing here names one.

use crate::account::{Live, Scene};
use contract::tasks::check_guardrails::Ruling;
use contract::tasks::open_case::{self, Disposition};
use contract::tasks::{EnrichFinding, OpenCase};
use contract::{Context, Finding, Principal, Source, Task};
use engine::events::input::Delivery;
use engine::scenario::{self, Ending, Scenario, function_name};
use engine::workflow::{self, Functions, Place, Workflow};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::Path;
use std::sync::LazyLock;
use tests::{Result, Trouble, repository};

/// A workflow.
pub(crate) struct Subject {
    pub(crate) workflow: Workflow,
    /// The states in which an execution can end: each has a name that says how.
    pub(crate) ends: BTreeSet<String>,
    /// What its executions can start from: one of each kind.
    pub(crate) cases: Vec<Case>,
}

/// What an execution starts from, and what its tasks find out about that.
#[derive(Debug)]
pub(crate) struct Case {
    /// The scenario that says so.
    pub(crate) scenario: String,
    finding: Finding,
    context: Option<Context>,
    input: Value,
}

impl Case {
    /// The account of this case.
    pub(crate) fn scene(&self, live: Live, ruling: Ruling, lag: u64) -> Scene {
        Scene { finding: self.finding.clone(), context: self.context.clone(), live, ruling, lag }
    }

    /// The input of an execution in this mode.
    pub(crate) fn input(&self, mode: &str) -> Value {
        let mut input = self.input.clone();
        if let Some(fields) = input.as_object_mut() {
            fields.insert("mode".to_owned(), Value::from(mode));
        }
        input
    }

    /// Whether this service saw it, and there is something that a response can change.
    pub(crate) fn is_of(&self, source: Source) -> bool {
        let is_changeable =
            self.finding.subject.is_some() || matches!(self.finding.principal, Principal::Role { .. });
        self.finding.source == source && is_changeable
    }

    /// Cases of one kind go the same ways: the same service saw the same kind of thing.
    fn kind(&self) -> String {
        let principal = matches!(self.finding.principal, Principal::Role { .. });
        let subject = self.finding.subject.as_ref().map(std::mem::discriminant);
        format!("{:?} {principal} {subject:?}", self.finding.source)
    }
}

/// The workflows of the repository, read once for all tests.
pub(crate) fn all() -> Result<&'static [Subject]> {
    static ALL: LazyLock<Result<Vec<Subject>>> = LazyLock::new(|| read(&repository().join("statemachines")));
    ALL.as_deref().map_err(trouble)
}

/// The workflows whose folders are in this one.
pub(crate) fn read(folder: &Path) -> Result<Vec<Subject>> {
    let functions = Functions::read(&repository().join("tasks/manifest.json")).map_err(trouble)?;
    let folders = workflow::folders(folder).map_err(trouble)?;
    let subjects = folders.iter().map(|folder| {
        let workflow =
            Workflow::read(folder, &functions, &Place::example(), &BTreeMap::new()).map_err(trouble)?;
        subject(workflow)
    });
    subjects.collect()
}

fn subject(workflow: Workflow) -> Result<Subject> {
    let definition: Value = serde_json::from_str(&workflow.definition)?;
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for file in workflow::json_files(&workflow.folder.join("scenarios")).map_err(trouble)? {
        if let Some(case) = case(&workflow, &definition, &file)? {
            cases.entry(case.kind()).or_insert(case);
        }
    }
    if cases.is_empty() {
        return Err(Trouble(format!(
            "no scenario in `{}` starts with an event of which `open-case` opens a case, so no law can be tried over this workflow: write one",
            workflow.folder.display()
        )));
    }
    let states = definition.get("States").and_then(Value::as_object).into_iter().flatten();
    let is_end =
        |state: &Value| matches!(state.get("Type").and_then(Value::as_str), Some("Succeed" | "Fail"));
    let ends = states.filter(|(_, state)| is_end(state)).map(|(name, _)| name.clone()).collect();
    Ok(Subject { ends, cases: cases.into_values().collect(), workflow })
}

/// What a scenario says of a case, if one is opened in it.
fn case(workflow: &Workflow, definition: &Value, file: &Path) -> Result<Option<Case>> {
    let told = scenario::read(file).map_err(trouble)?;
    let Some(event) = &told.event else { return Ok(None) };
    let Some(opened) = returned(&told, definition, OpenCase::NAME) else { return Ok(None) };
    let opened: open_case::Output = serde_json::from_value(opened.clone())?;
    if opened.disposition != Disposition::Opened {
        return Ok(None);
    }
    let context = returned(&told, definition, EnrichFinding::NAME).cloned();
    let event: Value = serde_json::from_str(&std::fs::read_to_string(file.with_file_name(event))?)?;
    let rule = workflow
        .rule_for(&event)
        .ok_or_else(|| Trouble(format!("no rule takes the event of `{}`", file.display())))?;
    let target =
        rule.targets.first().ok_or_else(|| Trouble(format!("the rule `{}` has no target", rule.name)))?;
    let delivery = Delivery { rule_arn: "", rule_name: &rule.name, ingested: Timestamp::UNIX_EPOCH };
    Ok(Some(Case {
        scenario: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        finding: opened.finding,
        context: context.map(serde_json::from_value).transpose()?,
        input: target.input_of(&event, &delivery).map_err(trouble)?,
    }))
}

/// What the first call of a task returns in a scenario, if it returns anything.
fn returned<'s>(scenario: &'s Scenario, definition: &Value, task: &str) -> Option<&'s Value> {
    let states = callers(definition, task);
    let outcomes = scenario.tasks.iter().find(|(state, _)| states.contains(*state))?.1;
    match &outcomes.iter().next()?.ending {
        Ending::Return(value) => Some(value),
        Ending::Fail(_) | Ending::Never => None,
    }
}

/// The states that call a task, those inside of others too.
fn callers(part: &Value, task: &str) -> BTreeSet<String> {
    let mut callers = BTreeSet::new();
    let states = part.get("States").and_then(Value::as_object).into_iter().flatten();
    for (name, state) in states {
        if state.get("Arguments").is_some_and(|arguments| function_name(arguments) == task) {
            callers.insert(name.clone());
        }
    }
    let parts: Vec<&Value> = match part {
        Value::Object(fields) => fields.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    callers.extend(parts.into_iter().flat_map(|part| callers_within(part, task)));
    callers
}

fn callers_within(part: &Value, task: &str) -> BTreeSet<String> {
    if part.is_object() || part.is_array() { callers(part, task) } else { BTreeSet::new() }
}

/// Any error, in its own words.
pub(crate) fn trouble(error: impl Display) -> Trouble {
    Trouble(error.to_string())
}
