//! A decision. The first one counts, and reaches the workflow even if the first try to pass it on failed.

use super::actors::as_of_now;
use super::people::{Person, may_answer};
use super::question_record::Approved;
use super::{Approval, find, token};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::{code, fault};
use crate::text;
use contract::tasks::answer_approval::{Error, Output};
use contract::{APPROVAL_DENIED, Answer, Decision, Fault};

const ROUNDS: usize = 4;

/// How often the record is read again while another call passes the decision on, which takes that call one write.
const LOOKS: usize = 40;

/// The decision that a person asks for.
pub(crate) struct Request<'a> {
    pub(crate) approval_id: &'a str,
    pub(crate) decision: Decision,
    pub(crate) person: &'a Person,
    pub(crate) reason: &'a str,
}

/// Records the decision, if the question is open and the person may answer it.
pub(crate) async fn decide(request: &Request<'_>, aws: &Aws) -> Result<Output, Error> {
    let (by, reason) = (request.person.plain(), text::line(request.reason, 1024));
    if by.is_empty() || reason.is_empty() {
        return Err(
            Fault::invalid_input("a decision needs a name and a reason; give one with `--reason`").into()
        );
    }
    let table = CaseTable::new(aws)?;
    for _ in 0..ROUNDS {
        let (key, record) =
            find(&table, request.approval_id).await?.ok_or_else(|| unknown(request.approval_id))?;
        let approval = &as_of_now(&table, record.value.clone()).await?;
        may_answer(approval, request.person).map_err(|why| Error::NotAllowed { why })?;
        if let Some(answer) = &approval.answer {
            let same = (answer.decision, &answer.by, &answer.reason) == (request.decision, &by, &reason);
            match already(answer, same, &table, &key, &record, aws).await? {
                Some(output) => return Ok(output),
                None => continue,
            }
        }
        if !approval.question.decisions().contains(&request.decision) {
            return Err(wrong(request.decision.word(), approval));
        }
        if approval.has_expired(aws.timestamp()) {
            return Ok(expired(approval));
        }
        let mut approvals = approval.approvals.clone();
        if request.decision != Decision::Deny {
            let is_another = |said: &Approved| {
                said.person.as_ref().is_some_and(|said| request.person.is_another_person(said))
            };
            if !approvals.iter().all(is_another) {
                return Ok(counted(request.decision, approval, true));
            }
            let person = Some(request.person.clone());
            approvals.push(Approved { by: by.clone(), reason: reason.clone(), at: aws.now(), person });
            if approvals.len() < usize::from(approval.needed) {
                let one_more = Approval { approvals, ..approval.clone() };
                if table.replace(&key, &record, &one_more).await? == Written::Yes {
                    return Ok(counted(request.decision, &one_more, false));
                }
                continue;
            }
        }
        let answer = answer(request.decision, &by, &reason, &approvals, aws);
        let with_answer = Approval { answer: Some(answer.clone()), approvals, tries: 1, ..approval.clone() };
        if table.replace(&key, &record, &with_answer).await? == Written::Yes {
            return match pass_on(&table, &key, &answer, aws).await? {
                Passed::On => Ok(decided(approval, &answer)),
                Passed::TooLate => Ok(expired(approval)),
                Passed::Unknown => Err(Fault::Unavailable {
                    doing: "passing the decision on".to_owned(),
                    why: "it is on record, and it is not known whether the run has it; try once more"
                        .to_owned(),
                }
                .into()),
            };
        }
    }
    Err(Fault::lost_race("recording the decision").into())
}

/// The id is random, so a wrong one is a typing error or an attack; neither learns more than that.
fn unknown(id: &str) -> Error {
    Error::UnknownApproval { id: text::line(id, 64) }
}

/// The error for a decision that does not answer the question.
pub(super) fn wrong(decision: &str, approval: &Approval) -> Error {
    let [first, second] = approval.question.decisions();
    let possible = format!("`{}` or `{}`", first.word(), second.word());
    Error::WrongDecision { decision: text::line(decision, 64), possible }
}

/// The answer for the workflow. If several people were needed, it names each of them.
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

/// Somebody decided before. The decision is passed on now if the execution does not have it. `None` if another call wrote
/// at the same moment: then the record must be read again.
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
    Ok(Some(decided_before(approval, answer)))
}

pub(super) fn decided_before(approval: &Approval, answer: &Answer) -> Output {
    Output::AlreadyDecided {
        case_id: approval.case_id.clone(),
        decision: answer.decision,
        by: answer.by.clone(),
        reason: answer.reason.clone(),
        at: answer.at.clone(),
    }
}

/// Whether the execution has a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passed {
    /// The execution has it.
    On,
    /// The execution no longer waits.
    TooLate,
    /// The token was used, and the call that is passing the decision on has not recorded whether it did.
    Unknown,
}

/// Answers the recorded task token with the recorded decision. If the workflow is about to ask again, it waits for the
/// token that comes then.
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

/// What to do once a token turned out to be used or expired.
enum Next {
    /// Try again with this record: the workflow has asked again, with a new token.
    Another(Box<Record<Approval>>),
    /// Nothing.
    End(Passed),
}

/// Finds out why a token is no longer valid: the workflow's clock was faster than the record's, another call has just
/// passed the same decision on, or the workflow is about to remind people.
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

/// Answers a task token. False if it is no longer valid.
async fn answer_token(approval: &Approval, answer: &Answer, aws: &Aws) -> Result<bool, Error> {
    let text = serde_json::to_string(answer)
        .map_err(|error| Fault::internal("writing the answer as JSON", error))?;
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

/// Records that the execution has the decision, even if others write at the same moment.
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
    record.ok_or_else(|| Fault::Unavailable {
        doing: "reading the question".to_owned(),
        why: "it is gone from the case table".to_owned(),
    })
}

fn decided(approval: &Approval, answer: &Answer) -> Output {
    Output::Decided { case_id: approval.case_id.clone(), decision: answer.decision }
}

pub(super) fn expired(approval: &Approval) -> Output {
    Output::Expired { case_id: approval.case_id.clone(), expired_at: approval.expires_at.clone() }
}

#[cfg(test)]
mod tests;
