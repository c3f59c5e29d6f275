//! `open-case`: a finding has one case, which one execution at a time works on, although EventBridge delivers events at
//! least once and GuardDuty repeats findings.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::{code, fault};
use crate::events::{self, NotRead, Ours, Seen};
use crate::kinds::{self, Registered};
use crate::runtime::permissions::{CASE_TABLE, MEMBER_ACCOUNTS, Statement, keys};
use crate::runtime::{Run, Setting};
use contract::tasks::OpenCase;
use contract::tasks::open_case::{Disposition, Error, Input, Output};
use contract::{CaseStatus, Fault, Finding};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many ids of a finding's events are kept.
const REMEMBERED: usize = 100;

/// How often a lost race for the record is run again before the workflow's own retry takes over.
const ROUNDS: usize = 4;

/// A case in the case table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Case {
    pub(crate) case_id: String,
    /// How often the case was opened: 1, and one more each time the danger came back after the case had ended.
    pub(crate) generation: u64,
    pub(crate) status: CaseStatus,
    /// The execution that has it.
    pub(crate) execution: String,
    pub(crate) opened_at: String,
    #[serde(default)]
    pub(crate) closed_at: Option<String>,
    pub(crate) finding_id: String,
    pub(crate) account: String,
    pub(crate) occurrences: u64,
    /// The ids of the latest events.
    pub(crate) events: Vec<String>,
    #[serde(default)]
    pub(crate) last_seen: Option<String>,
}

/// The hash that identifies the case of a finding. The same finding about a global resource may come from every region.
pub(crate) fn finding_hash(finding: &Finding, is_global: bool) -> String {
    let region = if is_global { "global" } else { finding.region.as_str() };
    let digest = Sha256::digest(format!("{}/{region}/{}", finding.account, finding.id));
    hex::encode(digest).chars().take(12).collect()
}

/// The hash in a case id, which names the case's record.
pub(crate) fn hash_of(case_id: &str) -> &str {
    case_id.split_once('-').map_or(case_id, |(hash, _)| hash)
}

impl Run for OpenCase {
    const SUMMARY: &'static str = "Turns an event into a finding and opens its case, once.";
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Opens a case with a conditional put, so that a repeated event joins the open one.",
        )
        .when(keys!("finding#*")),
        Statement::allow(
            &["states:DescribeExecution"],
            &["${Executions}"],
            "Takes over a case whose execution ended without closing it.",
        ),
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE", "RESPONDER_ROLES"];
    /// It calls no member account: it recognises the calls of the response roles there.
    const SETTINGS: &'static [Setting] = &[MEMBER_ACCOUNTS];

    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let kind = kinds::registered(&input.kind).ok_or_else(|| {
            let names = kinds::names().join("`, `");
            Fault::invalid_input(format!("there is no kind `{}`; the kinds are `{names}`", input.kind))
        })?;
        let ours = Ours { roles: aws.setting("RESPONDER_ROLES")?, members: &aws.members()? };
        let seen = events::read(&input.event, &aws.here, ours, kind.target).map_err(|error| match error {
            NotRead::Unreadable(why) => Error::UnreadableEvent { why },
            NotRead::Fault(fault) => fault.into(),
        })?;
        let hash = finding_hash(&seen.finding, kind.is_global);
        let table = CaseTable::new(aws)?;
        if let Some(why) = seen.ignored {
            let occurrences = 0;
            let (disposition, reason) = (Disposition::Ignored, why.to_owned());
            return Ok(Output { disposition, reason, case_id: hash, finding: seen.finding, occurrences });
        }
        for _ in 0..ROUNDS {
            let key = Key::finding(&hash);
            let record: Option<Record<Case>> = table.get(&key).await?;
            let (case, disposition, reason) = match &record {
                None => (open(&hash, &seen, &input), Disposition::Opened, "it is a new finding".to_owned()),
                Some(record) => join(record.value.clone(), &seen, &input, kind, aws).await?,
            };
            let written = match &record {
                None => table.create(&key, &case).await?,
                Some(record) if record.value == case => Written::Yes,
                Some(record) => table.replace(&key, record, &case).await?,
            };
            if written == Written::Yes {
                let occurrences = case.occurrences;
                return Ok(Output {
                    disposition,
                    reason,
                    case_id: case.case_id,
                    finding: seen.finding,
                    occurrences,
                });
            }
        }
        Err(Error::CaseContended { finding: seen.finding.id, rounds: ROUNDS })
    }
}

fn open(hash: &str, seen: &Seen, input: &Input) -> Case {
    Case {
        case_id: hash.to_owned(),
        generation: 1,
        status: CaseStatus::Open,
        execution: input.execution.clone(),
        opened_at: input.started.clone(),
        closed_at: None,
        finding_id: seen.finding.id.clone(),
        account: seen.finding.account.clone(),
        occurrences: 1,
        events: vec![seen.event_id.clone()],
        last_seen: seen.finding.last_seen.clone(),
    }
}

/// Adds an event to an existing case: it is ours already, another execution has it, or it opens again.
async fn join(
    mut case: Case,
    seen: &Seen,
    input: &Input,
    kind: &Registered,
    aws: &Aws,
) -> Result<(Case, Disposition, String), Fault> {
    if case.execution == input.execution {
        return Ok((case, Disposition::Opened, "this execution has it already".to_owned()));
    }
    let is_new = !case.events.contains(&seen.event_id);
    if is_new {
        case.occurrences += 1;
        case.events.push(seen.event_id.clone());
        let surplus = case.events.len().saturating_sub(REMEMBERED);
        case.events.drain(..surplus);
        case.last_seen.clone_from(&seen.finding.last_seen);
    }
    if case.status == CaseStatus::Open {
        if !has_ended(&case.execution, aws).await? {
            let reason = format!("the case `{}` is open, and `{}` has it", case.case_id, case.execution);
            return Ok((case, Disposition::AlreadyHandled, reason));
        }
        let reason = format!("`{}` had it and ended without closing it", case.execution);
        case.execution.clone_from(&input.execution);
        return Ok((case, Disposition::Opened, reason));
    }
    if is_new && reopens(case.status, kind) && (case.status == CaseStatus::Failed || is_later(&case, seen)) {
        let reason = format!("it came back after the case had ended as `{:?}`", case.status);
        case.generation += 1;
        case.case_id = format!("{}-{}", hash_of(&case.case_id), case.generation);
        case.status = CaseStatus::Open;
        case.execution.clone_from(&input.execution);
        case.opened_at.clone_from(&input.started);
        case.closed_at = None;
        return Ok((case, Disposition::Opened, reason));
    }
    let reason = format!("the case `{}` has ended as `{:?}`", case.case_id, case.status);
    Ok((case, Disposition::AlreadyHandled, reason))
}

/// Whether a recurrence opens a case again that ended like this: after an undo, after a failure, if it was left to people,
/// or if there was no danger then.
fn reopens(status: CaseStatus, kind: &Registered) -> bool {
    match status {
        CaseStatus::Restored | CaseStatus::Failed | CaseStatus::HandedOver | CaseStatus::NothingToDo => true,
        CaseStatus::Changed => kind.changed_reopens,
        CaseStatus::Open | CaseStatus::Enriched | CaseStatus::Planned | CaseStatus::Denied => false,
    }
}

/// Whether the event happened after the case was closed. A late copy of an old event does not count.
fn is_later(case: &Case, seen: &Seen) -> bool {
    let time = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
    matches!((time(&seen.finding.last_seen), time(&case.closed_at)), (Some(seen), Some(closed)) if seen > closed)
}

async fn has_ended(execution: &str, aws: &Aws) -> Result<bool, Fault> {
    match aws.sfn().describe_execution().execution_arn(execution).send().await {
        Ok(answer) => Ok(*answer.status() != aws_sdk_sfn::types::ExecutionStatus::Running),
        Err(error) if code(&error) == "ExecutionDoesNotExist" => Ok(true),
        Err(error) => Err(fault("reading the execution that has the case", &error)),
    }
}

#[cfg(test)]
mod tests;
