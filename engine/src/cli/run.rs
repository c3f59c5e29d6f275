//! A run as people look at it: the states that it went through, as a tree, from its history.

use super::Fault;
use crate::arn::last_part;
use crate::client::{CallError, Client};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A run, as DescribeExecution and GetExecutionHistory tell it.
pub(super) struct Run {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) workflow: String,
    pub(super) status: String,
    pub(super) started: f64,
    pub(super) stopped: Option<f64>,
    pub(super) error: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) visits: Vec<Visit>,
}

/// A stay in a state.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Visit {
    /// The id of the event that entered it.
    pub(super) id: u64,
    /// The visit that it belongs to, where it is part of a branch or an iteration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) within: Option<u64>,
    pub(super) state: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Seconds since 1970.
    pub(super) entered: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exited: Option<f64>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(super) input: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(super) output: Value,
    /// The errors of tries, each with its cause.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<Trouble>,
    /// What a person is asked, while the state waits for a task token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) question: Option<Question>,
}

/// An error of a try.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Trouble {
    pub(super) error: String,
    pub(super) cause: String,
}

/// What a person is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    pub(super) approval_id: String,
    pub(super) question: String,
    pub(super) expires_at: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) case_id: String,
    /// The resource in question, such as `the role web-frontend`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) subject: String,
}

/// Reads a run.
pub(super) async fn read(client: &Client, arn: &str) -> Result<Run, CallError> {
    let about = client.states("DescribeExecution", &json!({ "executionArn": arn })).await?;
    let mut events = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut request = json!({ "executionArn": arn, "maxResults": 1000 });
        if let (false, Some(map)) = (token.is_null(), request.as_object_mut()) {
            map.insert("nextToken".to_owned(), token);
        }
        let mut page = client.states("GetExecutionHistory", &request).await?;
        if let Some(Value::Array(items)) = page.get_mut("events").map(Value::take) {
            events.extend(items);
        }
        token = page.get_mut("nextToken").map(Value::take).unwrap_or_default();
        if token.is_null() {
            break;
        }
    }
    let text = |name: &str| about.get(name).and_then(Value::as_str).map(str::to_owned);
    let machine = text("stateMachineArn").unwrap_or_default();
    Ok(Run {
        arn: arn.to_owned(),
        name: text("name").unwrap_or_default(),
        workflow: last_part(&machine).to_owned(),
        status: text("status").unwrap_or_default(),
        started: about.get("startDate").and_then(Value::as_f64).unwrap_or_default(),
        stopped: about.get("stopDate").and_then(Value::as_f64),
        error: text("error"),
        cause: text("cause"),
        visits: visits(&events),
    })
}

/// The stays of a history, in the order in which the states were entered.
pub(super) fn visits(events: &[Value]) -> Vec<Visit> {
    let mut tree = Tree::default();
    for event in events {
        tree.take(event);
    }
    tree.visits
}

/// The visits so far, and which of them each event belongs to.
#[derive(Default)]
struct Tree {
    visits: Vec<Visit>,
    /// The visit that an event belongs to, by the event's id.
    of_event: HashMap<u64, usize>,
    /// The visit whose branches or iterations begin after an event.
    opens: HashMap<u64, u64>,
    /// What each visit calls with.
    calls: HashMap<usize, Value>,
}

impl Tree {
    fn take(&mut self, event: &Value) {
        let number = |name: &str| event.get(name).and_then(Value::as_u64).unwrap_or_default();
        let (id, previous) = (number("id"), number("previousEventId"));
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        let at = event.get("timestamp").and_then(Value::as_f64).unwrap_or_default();
        let details =
            event.as_object().and_then(|map| map.iter().find(|(key, _)| key.ends_with("EventDetails")));
        let details = details.and_then(|(_, details)| details.as_object()).cloned().unwrap_or_default();
        if let Some(state_type) = kind.strip_suffix("StateEntered") {
            let visit = Visit {
                id,
                within: self.within(previous),
                state: text(&details, "name"),
                kind: state_type.to_owned(),
                entered: at,
                input: json_of(&details, "input"),
                ..Visit::default()
            };
            self.of_event.insert(id, self.visits.len());
            self.visits.push(visit);
            return;
        }
        // An exit and the start of an iteration name their state; events of its branches may stand between.
        let index = if kind.ends_with("StateExited") || kind == "MapIterationStarted" {
            self.open(previous, &text(&details, "name"))
        } else {
            self.of_event.get(&previous).copied()
        };
        let Some(index) = index else { return };
        self.of_event.insert(id, index);
        let Some(visit) = self.visits.get_mut(index) else { return };
        match kind {
            "ParallelStateStarted" | "MapStateStarted" | "MapIterationStarted" => {
                self.opens.insert(id, visit.id);
            }
            "TaskScheduled" => {
                self.calls.insert(index, json_of(&details, "parameters"));
            }
            "TaskSubmitted" => {
                visit.question = question(&json_of(&details, "output"), self.calls.get(&index));
            }
            "TaskFailed" | "TaskTimedOut" | "EvaluationFailed" => {
                visit.question = None;
                visit.errors.push(Trouble { error: text(&details, "error"), cause: text(&details, "cause") });
            }
            "TaskSucceeded" => visit.question = None,
            _ if kind.ends_with("StateExited") => {
                visit.exited = Some(at);
                visit.output = json_of(&details, "output");
            }
            _ => {}
        }
    }

    /// The visit that a new one is part of: that of the branch that begins here, or the one that the state before it
    /// was part of.
    fn within(&self, previous: u64) -> Option<u64> {
        if let Some(opened) = self.opens.get(&previous) {
            return Some(*opened);
        }
        self.visits.get(*self.of_event.get(&previous)?)?.within
    }

    /// The open visit of that name that an event belongs to, or one around it. Other iterations may be in states of the
    /// same names.
    fn open(&self, previous: u64, name: &str) -> Option<usize> {
        let mut index = *self.of_event.get(&previous)?;
        loop {
            let visit = self.visits.get(index)?;
            if visit.state == name && visit.exited.is_none() {
                return Some(index);
            }
            index = *self.of_event.get(&visit.within?)?;
        }
    }
}

fn text(details: &Map<String, Value>, name: &str) -> String {
    details.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Data stands in a history as JSON text.
fn json_of(details: &Map<String, Value>, name: &str) -> Value {
    details
        .get(name)
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

fn question(output: &Value, call: Option<&Value>) -> Option<Question> {
    let payload = output.get("Payload")?;
    let field = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
    let asked =
        |pointer: &str| call.and_then(|call| call.pointer(pointer)?.as_str()).unwrap_or_default().to_owned();
    Some(Question {
        approval_id: field("approvalId")?,
        question: field("question")?,
        expires_at: field("expiresAt")?,
        case_id: asked("/Payload/caseId"),
        subject: SUBJECTS
            .iter()
            .map(|pointer| asked(pointer))
            .find(|name| !name.is_empty())
            .unwrap_or_default(),
    })
}

/// Pointers to the subject of a question in its payload: the resource recorded before a change, or the target of the finding.
const SUBJECTS: [&str; 2] = ["/Payload/question/recorded/what", "/Payload/finding/target/what"];

impl Visit {
    /// `what` of the output: the change that the state made, or the resource that it changed. `None` if the state only
    /// passed its input on.
    pub(super) fn what(&self) -> Option<&str> {
        what(&self.output).filter(|_| self.output != self.input)
    }
}

impl Run {
    /// `what` of the last state that has one.
    pub(super) fn what(&self) -> Option<&str> {
        self.visits.iter().rev().find_map(Visit::what)
    }
}

fn what(output: &Value) -> Option<&str> {
    output.get("what")?.as_str().filter(|what| !what.is_empty())
}

/// The number of events, counted from the end of a run, in which `what_of` looks for `what`.
const LATEST: u32 = 100;

/// `what` of the last state of a run that has one, among its last `LATEST` events.
pub(super) async fn what_of(client: &Client, arn: &str) -> Result<Option<String>, CallError> {
    let request = json!({ "executionArn": arn, "maxResults": LATEST, "reverseOrder": true });
    let page = client.states("GetExecutionHistory", &request).await?;
    let events = page.get("events").and_then(Value::as_array).into_iter().flatten();
    let mut outputs = events
        .filter_map(|event| event.get("stateExitedEventDetails")?.as_object())
        .map(|details| json_of(details, "output"));
    Ok(outputs.find_map(|output| what(&output).map(str::to_owned)))
}

/// The ARN of the run that somebody means: by its ARN, its name, the beginning of its name, or `last`.
pub(super) async fn find(client: &Client, wanted: &str) -> Result<String, Fault> {
    if wanted.starts_with("arn:") {
        return Ok(wanted.to_owned());
    }
    let all = list(client, None).await?;
    let matching: Vec<&Listed> = match wanted {
        "last" => all.iter().take(1).collect(),
        _ => all.iter().filter(|run| run.name == wanted || run.name.starts_with(wanted)).collect(),
    };
    match matching.as_slice() {
        [one] => Ok(one.arn.clone()),
        [] => Err(format!("there is no run `{wanted}`; `redress runs` lists them").into()),
        several => {
            let names: Vec<&str> = several.iter().take(5).map(|run| run.name.as_str()).collect();
            Err(format!(
                "`{wanted}` could be {} runs: {}; say more of the name",
                several.len(),
                names.join(", ")
            )
            .into())
        }
    }
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Listed {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) workflow: String,
    pub(super) status: String,
    pub(super) started: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stopped: Option<f64>,
    /// The change or the resource, if the caller asked for it: see `what_of`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) what: Option<String>,
}

/// The runs of every standard workflow that can be listed, the latest first. Express workflows have no runs that could be
/// listed or ask anything, and others in the account may be none of the caller's business.
pub(super) async fn list(client: &Client, status: Option<&str>) -> Result<Vec<Listed>, CallError> {
    // A workflow can have very many runs that ended, of which people look at the latest.
    let most = if status.is_some() { MOST_PAGES } else { 1 };
    let mut runs = Vec::new();
    let every = json!({ "maxResults": 1000 });
    for machine in pages(client, "ListStateMachines", &every, "stateMachines", MOST_PAGES).await? {
        if machine.get("type").and_then(Value::as_str) == Some("EXPRESS") {
            continue;
        }
        let mut request = json!({ "stateMachineArn": machine.get("stateMachineArn"), "maxResults": 1000 });
        if let (Some(status), Some(map)) = (status, request.as_object_mut()) {
            map.insert("statusFilter".to_owned(), status.into());
        }
        let executions = match pages(client, "ListExecutions", &request, "executions", most).await {
            Ok(executions) => executions,
            Err(error) if error.code().is_some_and(|code| OF_ONE_MACHINE.contains(&code)) => continue,
            Err(error) => return Err(error),
        };
        for execution in executions {
            let text =
                |name: &str| execution.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            runs.push(Listed {
                arn: text("executionArn"),
                name: text("name"),
                workflow: last_part(&text("stateMachineArn")).to_owned(),
                status: text("status"),
                started: execution.get("startDate").and_then(Value::as_f64).unwrap_or_default(),
                stopped: execution.get("stopDate").and_then(Value::as_f64),
                what: None,
            });
        }
    }
    runs.sort_by(|left, right| right.started.total_cmp(&left.started));
    Ok(runs)
}

/// Errors of ListExecutions that are about one state machine: it is of a type that has no list, it was deleted meanwhile,
/// or the caller may not read it.
const OF_ONE_MACHINE: [&str; 4] = [
    "StateMachineTypeNotSupported",
    "StateMachineDoesNotExist",
    "StateMachineDeleting",
    "AccessDeniedException",
];

/// How many pages of a list are read.
const MOST_PAGES: usize = 10;

/// The items of a list, page by page.
async fn pages(
    client: &Client,
    action: &str,
    request: &Value,
    items: &str,
    most: usize,
) -> Result<Vec<Value>, CallError> {
    let (mut request, mut found) = (request.clone(), Vec::new());
    for _ in 0..most {
        let mut page = client.states(action, &request).await?;
        if let Some(Value::Array(items)) = page.get_mut(items).map(Value::take) {
            found.extend(items);
        }
        let token = page.get_mut("nextToken").map(Value::take).unwrap_or_default();
        match request.as_object_mut() {
            Some(request) if !token.is_null() => request.insert("nextToken".to_owned(), token),
            _ => break,
        };
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
