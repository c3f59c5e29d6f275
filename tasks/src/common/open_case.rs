//! `open-case`: a finding has one case, which one execution at a time works on, although EventBridge delivers events at
//! least once, GuardDuty repeats findings, and several services report one danger.

mod joining;
mod recurrence;
mod restore;
mod subject;

use super::case::{Case, finding_hash, lane};
use crate::approvals::actors::Actors;
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written, hash_of};
use crate::aws::fault::{code, fault};
use crate::events::{self, NotRead, Ours, Seen};
use crate::kinds::{self, Registered};
use crate::runtime::permissions::{ACTING_ROLES, CASE_TABLE, MEMBER_ACCOUNTS, Statement, keys};
use crate::runtime::{Run, Setting};
use crate::text::digest;
use aws_sdk_sfn::types::ExecutionStatus;
use contract::tasks::OpenCase;
use contract::tasks::open_case::{Disposition, Error, Input, Output};
use contract::{CaseStatus, Fault, Finding, OtherCase, Recorded};
use jiff::{SignedDuration, Timestamp};
use joining::Joining;
use recurrence::AfterEnd;
use subject::Claim;

/// How often a lost race for a record is run again before the workflow's own retry takes over.
const ROUNDS: usize = 4;

/// How long the change may take after the target was recorded, in seconds.
const CHANGE_TAKES: i64 = 30;

impl Run for OpenCase {
    const SUMMARY: &'static str = "Turns an event into a finding and opens its case, once.";
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Opens a case with a conditional put, so that a repeated event, or another one about the same subject, joins the open one.",
        )
        .when(keys!("finding#*", "subject#*", "principal#*")),
        Statement::allow(
            &["dynamodb:GetItem"],
            CASE_TABLE,
            "Reads what an earlier case changed, so that the change is verified before there is another one, and what people are asked about an open case.",
        )
        .when(keys!("before#*", "asked#*")),
        Statement::allow(
            &["states:DescribeExecution"],
            &["${Executions}"],
            "Takes over a case whose execution ended without closing it, and repeats a reminder that failed.",
        ),
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE"];
    /// It calls no member account: it recognises the calls of the response roles there.
    const SETTINGS: &'static [Setting] = &[ACTING_ROLES, MEMBER_ACCOUNTS, recurrence::REMINDER];

    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let kind = kinds::registered(&input.kind).ok_or_else(|| {
            let names = kinds::names().join("`, `");
            Fault::invalid_input(format!("there is no kind `{}`; the kinds are `{names}`", input.kind))
        })?;
        let lane = lane(&input.execution)?;
        if let Some(case_id) = &input.restore {
            return restore::restore(case_id, kind, &input, aws).await;
        }
        let ours = Ours { roles: aws.setting(ACTING_ROLES.name)?, members: &aws.members()? };
        let seen = events::read(&input.event, &aws.here, ours, kind.target).map_err(|error| match error {
            NotRead::Unreadable(why) => Error::UnreadableEvent { why },
            NotRead::Fault(fault) => fault.into(),
        })?;
        let hash = finding_hash(&seen.finding, kind, lane);
        if let Some(why) = seen.ignored {
            return Ok(output(Disposition::Ignored, why, hash, &seen));
        }
        if input.unrecorded {
            let case_id = unrecorded_id(&hash, &seen.event_id);
            let opened = output(Disposition::Opened, "the case table cannot be reached", case_id, &seen);
            return Ok(Output { occurrences: 1, ..opened });
        }
        let opening = Opening {
            table: CaseTable::new(aws)?,
            subject: subject::key(&seen.finding, kind, lane)?,
            at: recurrence::time_of(&seen, &input)?,
            wait: recurrence::reminder(aws)?,
            hash,
            seen,
            kind,
            input,
            aws,
        };
        for round in 0..ROUNDS {
            if round > 0 {
                aws.wait().await;
            }
            if let Some(mut output) = opening.attempt().await? {
                if output.disposition == Disposition::Opened {
                    output.finding.other_cases = opening.other_cases(&output.case_id).await;
                }
                return Ok(output);
            }
        }
        Err(Error::CaseContended { finding: opening.seen.finding.id, rounds: ROUNDS })
    }
}

/// The id of a case that is not on record. Copies of one event share it; it is the id of no case on record, since nobody
/// knows what was recorded for those.
fn unrecorded_id(hash: &str, event_id: &str) -> String {
    format!("{hash}-x{}", digest(&[event_id]).chars().take(8).collect::<String>())
}

fn output(disposition: Disposition, reason: impl Into<String>, case_id: String, seen: &Seen) -> Output {
    output_of(disposition, reason, &case_id, &seen.finding)
}

fn output_of(
    disposition: Disposition,
    reason: impl Into<String>,
    case_id: &str,
    finding: &Finding,
) -> Output {
    Output {
        disposition,
        reason: reason.into(),
        case_id: case_id.to_owned(),
        finding: finding.clone(),
        occurrences: 0,
        recorded: None,
        wait_seconds: None,
        ended: None,
        asked: None,
        other_circumstances: false,
    }
}

/// An event that is about to open a case, or to join one.
struct Opening<'a> {
    table: CaseTable,
    hash: String,
    /// The record that names the latest case of the same subject, if the response can change it.
    subject: Option<Key>,
    seen: Seen,
    /// When the event happened.
    at: Timestamp,
    /// How long after the end of a case people are reminded of it.
    wait: SignedDuration,
    kind: &'static Registered,
    input: Input,
    aws: &'a Aws,
}

/// A case with the record that it was read from.
struct Read {
    key: Key,
    record: Record<Case>,
}

impl Read {
    fn case(&self) -> &Case {
        &self.record.value
    }
}

/// What becomes of an event about the subject of a case that is open, or that changed the subject.
enum Consulted {
    /// It is answered; nothing is the result of a lost race.
    Answered(Box<Option<Output>>),
    /// No execution works on the case any more.
    Abandoned(String),
    /// Its change does not hold.
    Lost(String),
}

impl Opening<'_> {
    /// The other cases about the principal. They are for people: what cannot be read does not stop the response.
    async fn other_cases(&self, case_id: &str) -> Vec<OtherCase> {
        let ours = |lane: &str| OtherCase {
            case_id: case_id.to_owned(),
            response: lane.to_owned(),
            what: self.seen.finding.target.what().to_owned(),
            opened_at: self.input.started.clone(),
        };
        let found = async {
            let Some(key) = subject::principal(&self.seen.finding, self.kind)? else { return Ok(Vec::new()) };
            subject::others(&self.table, &key, ours(lane(&self.input.execution)?), self.aws).await
        };
        found.await.unwrap_or_else(|fault: Fault| {
            tracing::warn!(fault = fault.name(), "other cases about the principal could not be read");
            Vec::new()
        })
    }

    /// Tries once. Nothing is the result of a lost race.
    async fn attempt(&self) -> Result<Option<Output>, Fault> {
        let mut own = self.read(&self.hash).await?;
        if let Some(own) = own.as_ref().filter(|own| own.case().execution == self.input.execution) {
            return Ok(Some(self.said(Disposition::Opened, "this execution has it already", own.case())));
        }
        let claim: Option<Record<Claim>> = match &self.subject {
            Some(key) => self.table.get(key).await?,
            None => None,
        };
        let claim = claim.as_ref();
        if let Some(own) = own.as_ref().filter(|own| own.case().status == CaseStatus::Open) {
            return match self.consult(own, true).await? {
                Consulted::Answered(answer) => Ok(*answer),
                Consulted::Abandoned(reason) => {
                    let mut case = own.case().clone();
                    case.add(&self.seen.event_id, &self.seen.finding);
                    case.take_over(&self.input.execution, self.input.mode);
                    self.open(Some(own), case, claim, reason).await
                }
                Consulted::Lost(reason) => self.reopen(own, claim, reason).await,
            };
        }
        // This case answers the events of a case that nobody works on any more.
        let mut abandoned = Actors::default();
        if let Some(Record { value: named, .. }) = claim.filter(|claim| claim.value.hash != self.hash) {
            match self.read(&named.hash).await? {
                Some(other) if other.case().case_id == named.case_id => {
                    if let Consulted::Answered(answer) = self.consult(&other, false).await? {
                        return Ok(*answer);
                    }
                    if other.case().status == CaseStatus::Open {
                        abandoned = other.record.value.actors;
                    }
                }
                // Another execution is opening that case at this moment.
                _ if named.execution != self.input.execution && !self.has_ended(&named.execution).await? => {
                    return Ok(None);
                }
                _ => {}
            }
        }
        if let Some(own) = &mut own {
            own.record.value.actors.join(&abandoned);
        }
        let Some(own) = own else {
            let mut case = self.first();
            case.actors.join(&abandoned);
            return self.open(None, case, claim, "it is a new finding".to_owned()).await;
        };
        if own.case().status == CaseStatus::Changed {
            return match self.consult(&own, true).await? {
                Consulted::Answered(answer) => Ok(*answer),
                Consulted::Abandoned(reason) | Consulted::Lost(reason) => {
                    self.reopen(&own, claim, reason).await
                }
            };
        }
        match recurrence::after_end(own.case(), self) {
            AfterEnd::Reopens(reason) => self.reopen(&own, claim, reason).await,
            AfterEnd::Joins => self.join(&own, Joining::Known).await,
        }
    }

    async fn read(&self, hash: &str) -> Result<Option<Read>, Fault> {
        let key = Key::finding(hash);
        Ok(self.table.get(&key).await?.map(|record| Read { key, record }))
    }

    fn said(&self, disposition: Disposition, reason: impl Into<String>, case: &Case) -> Output {
        let output = output(disposition, reason, case.case_id.clone(), &self.seen);
        Output { occurrences: case.occurrences, ..output }
    }

    /// Looks at a case that is open, or that changed the subject. The case is that of the same finding, or that of another
    /// one about the same subject.
    async fn consult(&self, read: &Read, is_own: bool) -> Result<Consulted, Fault> {
        let case = read.case();
        let answered = |answer| Ok(Consulted::Answered(Box::new(answer)));
        let is_open = case.status == CaseStatus::Open;
        if is_open && self.has_ended(&case.execution).await? {
            return Ok(Consulted::Abandoned(format!(
                "`{}` had it and ended without closing it",
                case.execution
            )));
        }
        if !matches!(case.status, CaseStatus::Open | CaseStatus::Changed) {
            return Ok(Consulted::Abandoned(format!("the case `{}` has ended", case.case_id)));
        }
        let is_old = is_own && !is_open && !case.ended_before(self.at, SignedDuration::ZERO);
        if case.events.contains(&self.seen.event_id) || is_old {
            return answered(self.join(read, Joining::Known).await?);
        }
        let recorded: Option<Record<Recorded>> =
            self.table.get(&Key::before(self.kind.name, &case.case_id)).await?;
        let Some(Record { value: recorded, .. }) = recorded else {
            if is_open {
                return answered(self.join(read, Joining::Open).await?);
            }
            return Ok(Consulted::Lost(format!("nothing is on record of the change of `{}`", case.case_id)));
        };
        let taken_at: Timestamp = recorded.taken_at.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        if is_own && is_open && self.at <= taken_at {
            return answered(self.join(read, Joining::Known).await?);
        }
        match self.input.held {
            None => {
                let reason =
                    format!("the case `{}` has changed it: whether that holds is verified", case.case_id);
                let since = self.aws.timestamp().duration_since(taken_at).as_secs();
                let wait = if is_open { (CHANGE_TAKES - since).clamp(0, CHANGE_TAKES) } else { 0 };
                let said = self.said(Disposition::VerifyFirst, reason, case);
                let (recorded, wait_seconds) = (Some(Box::new(recorded)), Some(wait.unsigned_abs()));
                answered(Some(Output { recorded, wait_seconds, ..said }))
            }
            Some(true) => {
                let joined = self.join(read, Joining::Held(&recorded)).await?;
                answered(joined.map(|output| Output { recorded: Some(Box::new(recorded)), ..output }))
            }
            Some(false) => {
                Ok(Consulted::Lost(format!("the change of the case `{}` does not hold", case.case_id)))
            }
        }
    }

    fn first(&self) -> Case {
        let finding = &self.seen.finding;
        let mut actors = Actors::default();
        actors.add(finding.actor.as_ref());
        Case {
            case_id: self.hash.clone(),
            generation: 1,
            status: CaseStatus::Open,
            execution: self.input.execution.clone(),
            mode: self.input.mode,
            opened_at: self.input.started.clone(),
            closed_at: None,
            failures: 0,
            finding_id: finding.id.clone(),
            source: finding.source,
            account: finding.account.clone(),
            finding: Some(finding.clone()),
            occurrences: 1,
            events: vec![self.seen.event_id.clone()],
            actors,
            unseen: 0,
            last_seen: finding.last_seen.clone(),
            reminded: None,
            joins: Vec::new(),
            denied: Vec::new(),
        }
    }

    async fn reopen(
        &self,
        own: &Read,
        claim: Option<&Record<Claim>>,
        reason: String,
    ) -> Result<Option<Output>, Fault> {
        let mut case = own.case().clone();
        case.reopen(&self.input.execution, self.input.mode, &self.input.started, &self.seen.finding);
        case.add(&self.seen.event_id, &self.seen.finding);
        self.open(Some(own), case, claim, reason).await
    }

    /// Writes the case of this execution. The subject is claimed first, so that of two cases about one subject the second
    /// one sees the first.
    async fn open(
        &self,
        read: Option<&Read>,
        case: Case,
        claim: Option<&Record<Claim>>,
        reason: String,
    ) -> Result<Option<Output>, Fault> {
        if let Some(key) = &self.subject {
            let execution = &self.input.execution;
            if self::claim(&self.table, key, claim, &case.case_id, execution).await? == Written::No {
                return Ok(None);
            }
        }
        let written = match read {
            None => self.table.create(&Key::finding(&self.hash), &case).await?,
            Some(read) => self.table.replace(&read.key, &read.record, &case).await?,
        };
        Ok((written == Written::Yes).then(|| self.said(Disposition::Opened, reason, &case)))
    }

    async fn has_ended(&self, execution: &str) -> Result<bool, Fault> {
        has_ended(execution, self.aws).await
    }

    /// Whether an execution has ended otherwise than it should.
    async fn has_failed(&self, execution: &str) -> Result<bool, Fault> {
        let status = status(execution, self.aws).await?;
        Ok(status
            .is_some_and(|status| !matches!(status, ExecutionStatus::Running | ExecutionStatus::Succeeded)))
    }
}

/// Names a case as the latest one about its subject.
async fn claim(
    table: &CaseTable,
    key: &Key,
    before: Option<&Record<Claim>>,
    case_id: &str,
    execution: &str,
) -> Result<Written, Fault> {
    let (hash, case_id) = (hash_of(case_id).to_owned(), case_id.to_owned());
    let ours = Claim { hash, case_id, execution: execution.to_owned() };
    match before {
        None => table.create(key, &ours).await,
        Some(record) if record.value == ours => Ok(Written::Yes),
        Some(record) => table.replace(key, record, &ours).await,
    }
}

async fn has_ended(execution: &str, aws: &Aws) -> Result<bool, Fault> {
    Ok(status(execution, aws).await?.is_none_or(|status| status != ExecutionStatus::Running))
}

/// The status of an execution, if Step Functions still knows it.
async fn status(execution: &str, aws: &Aws) -> Result<Option<ExecutionStatus>, Fault> {
    match aws.sfn().describe_execution().execution_arn(execution).send().await {
        Ok(answer) => Ok(Some(answer.status().clone())),
        Err(error) if code(&error) == "ExecutionDoesNotExist" => Ok(None),
        Err(error) => Err(fault("reading the execution that has the case", &error)),
    }
}

#[cfg(test)]
mod tests;
