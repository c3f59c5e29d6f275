//! A decision: the first one counts, and reaches the workflow even where the first try to tell it failed.

use super::people::{Person, may_answer};
use super::record::Approved;
use super::{Approval, find, token};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::{code, fault};
use crate::words::text;
use contract::tasks::answer_approval::{Error, Output};
use contract::{APPROVAL_DENIED, Answer, Decision, Fault};

const ROUNDS: usize = 4;

/// How often is looked whether somebody else has passed a decision on. It takes that one a write.
const LOOKS: usize = 40;

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
            match already(answer, same, &table, &key, &record, aws).await? {
                Some(output) => return Ok(output),
                None => continue,
            }
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
        let with_answer = Approval { answer: Some(answer.clone()), approvals, tries: 1, ..approval.clone() };
        if table.replace(&key, &record, &with_answer).await? == Written::Yes {
            return match pass_on(&table, &key, &answer, aws).await? {
                Passed::On => Ok(decided(approval, &answer)),
                Passed::TooLate => Ok(expired(approval)),
                Passed::Unknown => Err(Fault::Unavailable(
                    "it is on record, and it is not known whether the run has it; try once more".to_owned(),
                )
                .into()),
            };
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

/// Somebody decided before. If the execution has not heard of it, it does now. `None` where somebody else wrote at the same
/// moment: then it is to be looked at again.
async fn already(
    answer: &Answer,
    same: bool,
    table: &CaseTable,
    key: &Key,
    record: &Record<Approval>,
    aws: &Aws,
) -> Result<Option<Output>, Error> {
    let approval = &record.value;
    if !approval.delivered {
        let once_more = Approval { tries: approval.tries.saturating_add(1), ..approval.clone() };
        if table.replace(key, record, &once_more).await? == Written::No {
            return Ok(None);
        }
        let passed = pass_on(table, key, answer, aws).await?;
        if same && passed == Passed::On {
            return Ok(Some(decided(approval, answer)));
        }
    }
    Ok(Some(Output::AlreadyDecided {
        case_id: approval.case_id.clone(),
        decision: answer.decision,
        by: answer.by.clone(),
        reason: answer.reason.clone(),
        at: answer.at.clone(),
    }))
}

/// What became of a decision on its way to the execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passed {
    /// The execution has it.
    On,
    /// The execution does not wait any more.
    TooLate,
    /// The token was used, and whoever else was passing the decision on has not said whether it was that.
    Unknown,
}

/// Answers the task token with what stands on record: the token that stands there now, and where the workflow is about
/// to ask again, the one that comes then.
async fn pass_on(table: &CaseTable, key: &Key, answer: &Answer, aws: &Aws) -> Result<Passed, Error> {
    let mut record = reread(table, key).await?;
    for _ in 0..ROUNDS {
        if answer_token(&record.value, answer, aws).await? {
            mark_delivered(table, key, record).await?;
            return Ok(Passed::On);
        }
        match after_a_used_token(table, key, &record.value, aws).await? {
            Next::Another(with_its_token) => record = *with_its_token,
            Next::End(passed) => return Ok(passed),
        }
    }
    Ok(Passed::Unknown)
}

/// What there is to do once a token turned out to be of no use.
enum Next {
    /// The workflow has asked again: here is the record with its new token.
    Another(Box<Record<Approval>>),
    /// Nothing.
    End(Passed),
}

/// Looks what became of a token: its own clock was faster than the record's, or somebody else has just passed the same
/// decision on, or the workflow reminds people in this moment.
async fn after_a_used_token(table: &CaseTable, key: &Key, used: &Approval, aws: &Aws) -> Result<Next, Error> {
    let comes_another = used.is_asked_again(aws.timestamp());
    for _ in 0..LOOKS {
        let record = reread(table, key).await?;
        let now = &record.value;
        if now.delivered {
            return Ok(Next::End(Passed::On));
        }
        if now.task_token != used.task_token {
            return Ok(Next::Another(Box::new(record)));
        }
        if comes_another {
            aws.wait().await;
        } else if now.tries <= 1 || now.has_expired(aws.timestamp()) {
            return Ok(Next::End(Passed::TooLate));
        }
    }
    Ok(Next::End(Passed::Unknown))
}

/// Answers a task token. Whether it was still good.
async fn answer_token(approval: &Approval, answer: &Answer, aws: &Aws) -> Result<bool, Error> {
    let text = serde_json::to_string(answer).map_err(|error| Fault::InvalidInput(error.to_string()))?;
    let (sfn, token) = (aws.sfn(), token::open(&approval.task_token, &approval.approval_id, aws).await?);
    let sent = if answer.decision == Decision::Deny {
        let sent = sfn.send_task_failure().task_token(token).error(APPROVAL_DENIED).cause(text).send().await;
        sent.map(|_| ()).map_err(|error| (code(&error).to_owned(), fault("answering the task token", &error)))
    } else {
        let sent = sfn.send_task_success().task_token(token).output(text).send().await;
        sent.map(|_| ()).map_err(|error| (code(&error).to_owned(), fault("answering the task token", &error)))
    };
    match sent {
        Ok(()) => Ok(true),
        Err((code, _)) if matches!(code.as_str(), "TaskTimedOut" | "TaskDoesNotExist" | "InvalidToken") => {
            Ok(false)
        }
        Err((_, fault)) => Err(fault.into()),
    }
}

/// Writes down that the execution has the decision, whoever else writes at the same moment.
async fn mark_delivered(table: &CaseTable, key: &Key, record: Record<Approval>) -> Result<(), Fault> {
    let mut record = record;
    for _ in 0..ROUNDS {
        let delivered = Approval { delivered: true, ..record.value.clone() };
        if record.value.delivered || table.replace(key, &record, &delivered).await? == Written::Yes {
            break;
        }
        record = reread(table, key).await?;
    }
    Ok(())
}

async fn reread(table: &CaseTable, key: &Key) -> Result<Record<Approval>, Fault> {
    let record: Option<Record<Approval>> = table.get(key).await?;
    record.ok_or_else(|| Fault::Unavailable("the question is gone from the case table".to_owned()))
}

fn decided(approval: &Approval, answer: &Answer) -> Output {
    Output::Decided { case_id: approval.case_id.clone(), decision: answer.decision }
}

fn expired(approval: &Approval) -> Output {
    Output::Expired { case_id: approval.case_id.clone(), expired_at: approval.expires_at.clone() }
}
