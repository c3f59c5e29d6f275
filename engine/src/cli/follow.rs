//! A run as it goes, state by state.

use super::report::{Report, Tone};
use super::run::{self, Question, Run, Visit};
use super::runs::{seconds, status_tone};
use super::{CommandResult, Exit};
use crate::client::{CallError, Client};
use crate::clock::Clock;
use crate::time::after;
use serde_json::{Value, json};
use std::collections::HashMap;

/// How often the history is looked at, in milliseconds.
const EVERY: u64 = 50;

/// Prints each state as it is left, until the run ends or nothing goes on but questions to people.
pub(super) async fn follow(client: &Client, arn: &str, explain: bool, report: &Report) -> CommandResult {
    let comments = if explain { comments(client, arn).await? } else { HashMap::new() };
    let mut printed = Vec::new();
    let mut run;
    loop {
        run = run::read(client, arn).await?;
        for visit in run.visits.iter().filter(|visit| is_over(&run, visit)) {
            if !printed.contains(&visit.id) {
                printed.push(visit.id);
                print(report, &run, visit, comments.get(&visit.state));
            }
        }
        if run.status != "RUNNING" || waits_for_people(&run) {
            break;
        }
        Clock.sleep_until(after(Clock.now(), EVERY)).await;
    }
    let status = report.paint(status_tone(&run.status), &run.status);
    match run.stopped {
        Some(stopped) => report.line(format!("{status} after {}", seconds(stopped - run.started))),
        None => report.line(format!("{status}: it waits for a person")),
    }
    for question in run.visits.iter().filter_map(|visit| visit.question.as_ref()) {
        for command in commands(question) {
            report.line(format!("  {command}"));
        }
    }
    if let Some(error) = &run.error {
        report.line(format!(
            "{} {}",
            report.paint(Tone::Bad, error),
            run.cause.as_deref().unwrap_or_default()
        ));
    }
    report.value(&json!({ "arn": run.arn, "status": run.status, "error": run.error, "cause": run.cause, "path": run.visits }));
    Ok(if matches!(run.status.as_str(), "SUCCEEDED" | "RUNNING") { Exit::Done } else { Exit::NotRight })
}

/// Whether nothing more will be known of a visit. A Fail state is never left.
fn is_over(run: &Run, visit: &Visit) -> bool {
    visit.exited.is_some() || visit.question.is_some() || run.status != "RUNNING"
}

/// Whether every state that goes on waits for an answer, or contains one that does.
fn waits_for_people(run: &Run) -> bool {
    let open: Vec<&Visit> = run.visits.iter().filter(|visit| visit.exited.is_none()).collect();
    let asks = |visit: &&Visit| visit.question.is_some();
    let contains = |visit: &Visit| open.iter().any(|inner| inner.within == Some(visit.id));
    open.iter().any(asks) && open.iter().all(|visit| asks(visit) || contains(visit))
}

fn print(report: &Report, run: &Run, visit: &Visit, comment: Option<&String>) {
    let since = format!("{:>9}", seconds(visit.entered - run.started));
    let took = visit.exited.map_or_else(String::new, |exited| seconds(exited - visit.entered));
    let mark = if visit.errors.is_empty() {
        report.paint(Tone::Good, "\u{2022}")
    } else {
        report.paint(Tone::Bad, "!")
    };
    let indent = if visit.within.is_some() { "  " } else { "" };
    report.line(format!(
        "{} {indent}{mark} {} {}",
        report.paint(Tone::Dim, since),
        visit.state,
        report.paint(Tone::Dim, took)
    ));
    if let Some(comment) = comment {
        report.line(format!("{:>9} {indent}  {}", "", report.paint(Tone::Dim, comment)));
    }
    if let Some(what) = visit.what() {
        report.line(format!("{:>9} {indent}  {what}", ""));
    }
    for trouble in &visit.errors {
        report.line(format!(
            "{:>9} {indent}  {} {}",
            "",
            report.paint(Tone::Bad, &trouble.error),
            trouble.cause
        ));
    }
}

/// What the definition says of each state, by its name.
async fn comments(client: &Client, arn: &str) -> Result<HashMap<String, String>, CallError> {
    let machine = client.states("DescribeStateMachineForExecution", &json!({ "executionArn": arn })).await?;
    let definition =
        machine.get("definition").and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
    let mut comments = HashMap::new();
    collect(&definition.unwrap_or(Value::Null), &mut comments);
    Ok(comments)
}

/// Collects the comments of all `States` under a value, at whatever depth.
fn collect(value: &Value, comments: &mut HashMap<String, String>) {
    let children: Vec<&Value> = match value {
        Value::Object(map) => map.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => return,
    };
    for (name, state) in value.get("States").and_then(Value::as_object).into_iter().flatten() {
        if let Some(comment) = state.get("Comment").and_then(Value::as_str) {
            comments.insert(name.clone(), comment.to_owned());
        }
    }
    children.into_iter().for_each(|child| collect(child, comments));
}

/// The commands that answer a question.
pub(super) fn commands(question: &Question) -> Vec<String> {
    let id = &question.approval_id;
    match question.question.as_str() {
        "undo" => vec![format!("redress undo {id} --reason '...'   (until {})", question.expires_at)],
        _ => vec![
            format!("redress approve {id} --reason '...'   (until {})", question.expires_at),
            format!("redress deny {id} --reason '...'"),
        ],
    }
}
