//! `open-case`: EventBridge delivers at least once and GuardDuty repeats itself, so a finding has one case, and one
//! execution at a time has it.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::{code, fault};
use crate::aws::policy;
use crate::aws::reach::Reach;
use crate::event::{self, Ours, Seen};
use crate::names;
use crate::serve::Run;
use contract::tasks::OpenCase;
use contract::tasks::open_case::{Disposition, Error, Input, Output};
use contract::{CaseStatus, Fault, Finding};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many events of a finding are remembered by their ids.
const REMEMBERED: usize = 100;

/// How often a lost race for the record is run again before the workflow's own retry takes over.
const ROUNDS: usize = 4;

/// What the case table knows of a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Case {
    pub(crate) case_id: String,
    /// How often the case was opened: 1, and one more each time the danger came back after it had ended.
    pub(crate) generation: u64,
    pub(crate) status: CaseStatus,
    /// The execution that has it.
    pub(crate) execution: String,
    pub(crate) opened_at: String,
    #[serde(default)]
    pub(crate) closed_at: Option<String>,
    pub(crate) finding_id: String,
    /// The account of the finding. Cases from before it was written down have none here.
    #[serde(default)]
    pub(crate) account: String,
    pub(crate) occurrences: u64,
    /// The ids of the latest events.
    pub(crate) events: Vec<String>,
    #[serde(default)]
    pub(crate) last_seen: Option<String>,
}

/// The hash under which a finding's case stands.
pub(crate) fn finding_hash(finding: &Finding) -> String {
    // IAM is global: the same finding about a policy may come from every region.
    let region = if finding.subject.is_some() { "global" } else { finding.region.as_str() };
    let digest = Sha256::digest(format!("{}/{region}/{}", finding.account, finding.id));
    hex::encode(digest).chars().take(12).collect()
}

impl Run for OpenCase {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let ours = Ours { roles: aws.setting("RESPONDER_ROLES")?, members: &aws.members()? };
        let mut seen = event::read(&input.event, &aws.here, ours)
            .map_err(|why| Error::UnreadableEvent(format!("the event cannot be read: {why}")))?;
        let hash = finding_hash(&seen.finding);
        let table = CaseTable::new(aws)?;
        if let Some(why) = seen.ignored {
            let occurrences = 0;
            let (disposition, reason) = (Disposition::Ignored, why.to_owned());
            return Ok(Output { disposition, reason, case_id: hash, finding: seen.finding, occurrences });
        }
        look_up(&mut seen, &hash, aws).await?;
        for _ in 0..ROUNDS {
            let key = Key::finding(&hash);
            let record: Option<Record<Case>> = table.get(&key).await?;
            let (case, disposition, reason) = match &record {
                None => (open(&hash, &seen, &input), Disposition::Opened, "it is a new finding".to_owned()),
                Some(record) => join(record.value.clone(), &seen, &input, aws).await?,
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
        Err(Error::CaseContended(format!(
            "other events of the finding `{}` were faster, {ROUNDS} times",
            seen.finding.id
        )))
    }
}

/// Finds the policy of which the event says the unique id only, and leaves the subject as it is where there is none.
async fn look_up(seen: &mut Seen, case_id: &str, aws: &Aws) -> Result<(), Fault> {
    let Some(id) = seen.policy_id.as_deref() else { return Ok(()) };
    let Reach::In(account) = aws.reach(&seen.finding.account, case_id).await? else { return Ok(()) };
    if let Some(arn) = policy::by_id(&account.iam(), id).await?
        && let Some(subject) = names::managed_policy(&arn, &seen.finding.account)
    {
        seen.finding.subject = Some(subject);
    }
    Ok(())
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

/// Adds an event to the case that there is: it is ours already, another execution has it, or it opens again.
async fn join(
    mut case: Case,
    seen: &Seen,
    input: &Input,
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
    if is_new && case.status.reopens() && (case.status == CaseStatus::Failed || is_later(&case, seen)) {
        let reason = format!("it came back after the case had ended as `{:?}`", case.status);
        case.generation += 1;
        case.case_id = format!("{}-{}", finding_hash(&seen.finding), case.generation);
        case.status = CaseStatus::Open;
        case.execution.clone_from(&input.execution);
        case.opened_at.clone_from(&input.started);
        case.closed_at = None;
        return Ok((case, Disposition::Opened, reason));
    }
    let reason = format!("the case `{}` has ended as `{:?}`", case.case_id, case.status);
    Ok((case, Disposition::AlreadyHandled, reason))
}

/// Whether the credentials were used again after the case was closed. A late copy of an old event does not count.
fn is_later(case: &Case, seen: &Seen) -> bool {
    let time = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
    matches!((time(&seen.finding.last_seen), time(&case.closed_at)), (Some(seen), Some(closed)) if seen > closed)
}

async fn has_ended(execution: &str, aws: &Aws) -> Result<bool, Fault> {
    match aws.sfn().describe_execution().execution_arn(execution).send().await {
        Ok(answer) => Ok(*answer.status() != aws_sdk_sfn::types::ExecutionStatus::Running),
        Err(error) if code(&error) == "ExecutionDoesNotExist" => Ok(true),
        Err(error) => Err(fault("asking for the execution that has the case", &error)),
    }
}

#[cfg(test)]
#[path = "open_case_tests.rs"]
mod tests;
