//! A request to take back the change of a case whose window has passed. It decides nothing: a new run of the case's own
//! state machine offers the undo, and people answer that question like every other.

use super::Approval;
use super::actors::Actors;
use super::people::{Person, may_decide};
use super::question_record::{Pointer, Requested, question_key};
use super::suspects::Acts;
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written, is_case_id};
use crate::aws::fault::{code, fault};
use crate::text;
use contract::tasks::answer_approval::{Error, Output};
use contract::{CaseStatus, Fault, Finding};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

const ROUNDS: usize = 4;

/// How long the run of a request may take to open the case. A second request within that time is the same one.
const OPENS_WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// What the record of a case says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfCase {
    case_id: String,
    status: CaseStatus,
    /// The execution that had it.
    execution: String,
    #[serde(default)]
    closed_at: Option<String>,
    #[serde(default)]
    finding: Option<Finding>,
    #[serde(default)]
    actors: Actors,
}

/// Starts the run that offers the undo.
pub(super) async fn request(
    case_id: &str,
    person: &Person,
    reason: &str,
    aws: &Aws,
) -> Result<Output, Error> {
    let refused = |why: &str| Error::NotRestorable { case_id: text::line(case_id, 64), why: why.to_owned() };
    let (by, reason) = (person.plain(), text::line(reason, 1024));
    if by.is_empty() || reason.is_empty() {
        let why = "a request needs a name and a reason; give one with `--reason`";
        return Err(Fault::invalid_input(why).into());
    }
    let table = CaseTable::new(aws)?;
    let case: Option<Record<OfCase>> = match is_case_id(case_id) {
        true => table.get(&Key::of_case(case_id)).await?,
        false => None,
    };
    let Some(Record { value: case, .. }) = case else {
        return Err(refused("there is no such case"));
    };
    let undo = question_key(&pointer(case_id, "undo"));
    let offered: Option<Record<Approval>> = table.get(&undo).await?;
    let offered = offered.map(|record| record.value);
    may_ask(&case, offered.as_ref(), person).map_err(|why| Error::NotAllowed { why })?;
    if case.case_id != case_id {
        return Err(refused(&format!("the danger came back, and the case is `{}` by now", case.case_id)));
    }
    match case.status {
        CaseStatus::Changed | CaseStatus::Failed => {}
        CaseStatus::Open => {
            let is_on_offer = offered
                .is_some_and(|offered| offered.answer.is_none() && !offered.has_expired(aws.timestamp()));
            if is_on_offer {
                return Err(refused("its undo is on offer: answer that question with `redress undo`"));
            }
        }
        CaseStatus::Restored => return Err(refused("its change was taken back already")),
        _ => return Err(refused("nothing was changed")),
    }
    let machine = machine_of(&case.execution).ok_or_else(|| refused("its execution has no state machine"))?;
    let key = question_key(&pointer(case_id, "restore"));
    // The number of the last run whose name was in use.
    let mut used = 0;
    for _ in 0..ROUNDS {
        let before: Option<Record<Requested>> = table.get(&key).await?;
        let recent = before.as_ref().map(|before| &before.value).filter(|before| {
            before.number > used && is_under_way(before, case.closed_at.as_deref(), aws.timestamp())
        });
        let requested = match recent {
            Some(recent) if recent.started => return Ok(asked(case_id, &recent.run)),
            // The try that recorded it has failed, or is about to start it. To start a run twice is to start it once.
            Some(recent) => recent.clone(),
            None => {
                let number = before.as_ref().map_or(1, |before| before.value.number.saturating_add(1));
                let run = format!("restore-{case_id}-{number}");
                let (by, reason) = (by.clone(), reason.clone());
                let requested = Requested { by, reason, at: aws.now(), run, number, started: false };
                let written = match &before {
                    None => table.create(&key, &requested).await?,
                    Some(before) => table.replace(&key, before, &requested).await?,
                };
                if written == Written::No {
                    continue;
                }
                requested
            }
        };
        let input = json!({ "restore": case_id }).to_string();
        let call = aws.sfn().start_execution().state_machine_arn(&machine).name(&requested.run).input(input);
        match call.send().await {
            Ok(_) => {
                note_start(&table, &key, &requested).await?;
                return Ok(asked(case_id, &requested.run));
            }
            // A run of this name has ended, and its request is not on record any more, or not as a run that was started.
            Err(error) if code(&error) == "ExecutionAlreadyExists" => used = requested.number,
            Err(error) => return Err(fault("starting the run that offers the undo", &error).into()),
        }
    }
    Err(Fault::lost_race("recording the request").into())
}

/// Notes that the run of a request was started, unless there is another request by now.
async fn note_start(table: &CaseTable, key: &Key, requested: &Requested) -> Result<(), Fault> {
    let record: Option<Record<Requested>> = table.get(key).await?;
    if let Some(record) = record.filter(|record| record.value == *requested) {
        let (Written::Yes | Written::No) =
            table.replace(key, &record, &Requested { started: true, ..requested.clone() }).await?;
    }
    Ok(())
}

fn pointer(case_id: &str, question: &str) -> Pointer {
    Pointer { case_id: case_id.to_owned(), question: question.to_owned() }
}

fn asked(case_id: &str, run: &str) -> Output {
    Output::Asked { case_id: case_id.to_owned(), run: run.to_owned() }
}

/// Whether the person may ask. Who may answer is checked again when the question is answered.
fn may_ask(case: &OfCase, offered: Option<&Approval>, person: &Person) -> Result<(), String> {
    let mut barred = offered.map(|offered| offered.not_by.clone()).unwrap_or_default();
    if let Some(finding) = &case.finding {
        barred.extend(case.actors.barred(Acts::Undo, finding, None));
    }
    may_decide(person, offered.map_or(&[], |offered| &offered.approvers), &barred)
}

/// Whether the run of an earlier request is about to open the case.
fn is_under_way(before: &Requested, closed_at: Option<&str>, now: Timestamp) -> bool {
    let Ok(at) = before.at.parse::<Timestamp>() else { return false };
    let closed: Option<Timestamp> = closed_at.and_then(|at| at.parse().ok());
    closed.is_none_or(|closed| at > closed) && now.duration_since(at) < OPENS_WITHIN
}

/// The state machine of an execution.
fn machine_of(execution: &str) -> Option<String> {
    let mut parts: Vec<&str> = execution.split(':').collect();
    let is_execution = parts.len() == 8 && parts.get(5) == Some(&"execution");
    parts.pop();
    *parts.get_mut(5)? = "stateMachine";
    is_execution.then(|| parts.join(":"))
}

#[cfg(test)]
mod tests;
