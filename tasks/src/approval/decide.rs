//! A decision: the first one counts, and reaches the workflow even where the first try to tell it failed.

use super::people::{Person, may_answer};
use super::record::Approved;
use super::{Approval, find};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::{code, fault};
use crate::words::text;
use contract::tasks::AnswerApproval;
use contract::tasks::answer_approval::{Error, Output};
use contract::{APPROVAL_DENIED, Answer, Decision, Fault, Task};
use jiff::SignedDuration;

const ROUNDS: usize = 4;

/// What somebody wants to decide.
pub(crate) struct Wish<'a> {
    pub(crate) approval_id: &'a str,
    pub(crate) decision: Decision,
    pub(crate) person: &'a Person,
    pub(crate) reason: &'a str,
}

/// Decides, if the question is open and the person may.
pub(crate) async fn decide(wish: &Wish<'_>, aws: &Aws) -> Result<Output, Error> {
    let (by, reason) = (wish.person.plain(), text::line(wish.reason, 1024));
    if by.is_empty() || reason.is_empty() {
        let message = "a decision needs who makes it and why; say it with `--reason`".to_owned();
        return Err(Fault::InvalidInput(message).into());
    }
    let table = CaseTable::new(aws)?;
    for _ in 0..ROUNDS {
        let (key, record) = find(&table, wish.approval_id).await?.ok_or_else(|| unknown(wish.approval_id))?;
        let approval = &record.value;
        may_answer(approval, wish.person).map_err(Error::NotAllowed)?;
        if let Some(answer) = &approval.answer {
            let same = (answer.decision, &answer.by, &answer.reason) == (wish.decision, &by, &reason);
            return already(answer, same, &table, &key, &record, aws).await;
        }
        if !approval.question.decisions().contains(&wish.decision) {
            return Err(wrong(approval));
        }
        if approval.has_expired(aws.timestamp()) {
            return Ok(expired(approval));
        }
        let mut approvals = approval.approvals.clone();
        if wish.decision != Decision::Deny {
            let voice = wish.person.voice();
            if approvals.iter().any(|approved| approved.voice == voice) {
                return Ok(counted(wish.decision, approval, true));
            }
            approvals.push(Approved { by: by.clone(), reason: reason.clone(), at: aws.now(), voice });
            if approvals.len() < usize::from(approval.needed) {
                let one_more = Approval { approvals, ..approval.clone() };
                if table.replace(&key, &record, &one_more).await? == Written::Yes {
                    return Ok(counted(wish.decision, &one_more, false));
                }
                continue;
            }
        }
        let answer = answer(wish.decision, &by, &reason, &approvals, aws);
        let decided = Approval {
            answer: Some(answer.clone()),
            approvals,
            passing_on_until: passing_on(aws),
            ..approval.clone()
        };
        if table.replace(&key, &record, &decided).await? == Written::Yes {
            return pass_on(&table, &key, &answer, aws).await;
        }
    }
    Err(Fault::Unavailable(format!("others wrote to the question at the same moment, {ROUNDS} times")).into())
}

/// The id is random, so a wrong one is a typing error or an attack; neither learns more than that.
fn unknown(id: &str) -> Error {
    Error::UnknownApproval(format!("there is no question `{}`", text::line(id, 64)))
}

/// That the decision is none of those that the question knows.
pub(super) fn wrong(approval: &Approval) -> Error {
    let [first, second] = approval.question.decisions();
    Error::WrongDecision(format!("this question is answered with `{}` or `{}`", first.word(), second.word()))
}

/// What the workflow hears: of each of them, where several people were needed.
fn answer(decision: Decision, by: &str, reason: &str, approvals: &[Approved], aws: &Aws) -> Answer {
    let (by, reason) = match approvals {
        [_, _, ..] if decision != Decision::Deny => {
            let all = |text: fn(&Approved) -> String, between: &str| {
                approvals.iter().map(text).collect::<Vec<_>>().join(between)
            };
            (
                all(|approved| approved.by.clone(), ", "),
                all(|approved| format!("{}: {}", approved.by, approved.reason), "; "),
            )
        }
        _ => (by.to_owned(), reason.to_owned()),
    };
    Answer { decision, by, reason, at: aws.now() }
}

fn counted(decision: Decision, approval: &Approval, repeated: bool) -> Output {
    Output::Counted {
        case_id: approval.case_id.clone(),
        decision,
        by: approval.approvals.iter().map(|approved| approved.by.clone()).collect(),
        needed: approval.needed,
        repeated,
    }
}

/// Until when nobody else passes the decision on: as long as this invocation can last.
fn passing_on(aws: &Aws) -> Option<jiff::Timestamp> {
    let long = SignedDuration::from_secs(AnswerApproval::TIMEOUT_SECONDS.into());
    aws.timestamp().checked_add(long).ok()
}

/// Somebody decided before. If the execution has not heard of it, and nobody is telling it, it does now.
async fn already(
    answer: &Answer,
    same: bool,
    table: &CaseTable,
    key: &Key,
    record: &Record<Approval>,
    aws: &Aws,
) -> Result<Output, Error> {
    let approval = &record.value;
    let is_on_its_way = approval.passing_on_until.is_some_and(|until| until > aws.timestamp());
    if !approval.delivered && !is_on_its_way {
        let mine = Approval { passing_on_until: passing_on(aws), ..approval.clone() };
        if table.replace(key, record, &mine).await? == Written::Yes {
            let passed_on = pass_on(table, key, answer, aws).await?;
            if same && matches!(passed_on, Output::Decided { .. }) {
                return Ok(passed_on);
            }
        }
    }
    Ok(Output::AlreadyDecided {
        case_id: approval.case_id.clone(),
        decision: answer.decision,
        by: answer.by.clone(),
        reason: answer.reason.clone(),
        at: answer.at.clone(),
    })
}

/// Answers the task token with what stands on record.
async fn pass_on(table: &CaseTable, key: &Key, answer: &Answer, aws: &Aws) -> Result<Output, Error> {
    let record: Option<Record<Approval>> = table.get(key).await?;
    let record =
        record.ok_or_else(|| Fault::Unavailable("the question is gone from the case table".to_owned()))?;
    let approval = &record.value;
    let text = serde_json::to_string(answer).map_err(|error| Fault::InvalidInput(error.to_string()))?;
    let (sfn, token) = (aws.sfn(), &approval.task_token);
    let sent = if answer.decision == Decision::Deny {
        let sent = sfn.send_task_failure().task_token(token).error(APPROVAL_DENIED).cause(text).send().await;
        sent.map(|_| ()).map_err(|error| (code(&error).to_owned(), fault("answering the task token", &error)))
    } else {
        let sent = sfn.send_task_success().task_token(token).output(text).send().await;
        sent.map(|_| ()).map_err(|error| (code(&error).to_owned(), fault("answering the task token", &error)))
    };
    match sent {
        Ok(()) => {
            let delivered = Approval { delivered: true, passing_on_until: None, ..approval.clone() };
            let (Written::Yes | Written::No) = table.replace(key, &record, &delivered).await?;
            Ok(Output::Decided { case_id: approval.case_id.clone(), decision: answer.decision })
        }
        // The execution does not wait any more: its own clock was faster than the record's.
        Err((code, _)) if matches!(code.as_str(), "TaskTimedOut" | "TaskDoesNotExist" | "InvalidToken") => {
            Ok(expired(approval))
        }
        Err((_, fault)) => {
            // The next try need not wait. Where this cannot be written either, it waits a few seconds.
            let free = Approval { passing_on_until: None, ..approval.clone() };
            if let Err(error) = table.replace(key, &record, &free).await {
                tracing::warn!(?error, "the next try must wait");
            }
            Err(fault.into())
        }
    }
}

fn expired(approval: &Approval) -> Output {
    Output::Expired { case_id: approval.case_id.clone(), expired_at: approval.expires_at.clone() }
}
