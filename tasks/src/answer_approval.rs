//! `answer-approval`: the first decision counts, and reaches the workflow even where the first try to tell it failed.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::{code, fault};
use crate::request_approval::{Approval, Pointer, place};
use crate::serve::Run;
use crate::words::text;
use contract::tasks::AnswerApproval;
use contract::tasks::answer_approval::{Error, Input, Output};
use contract::{APPROVAL_DENIED, Answer, Decision, Fault};
use jiff::Timestamp;

const ROUNDS: usize = 4;

impl Run for AnswerApproval {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let (by, reason) = (text::line(&input.by, 256), text::line(&input.reason, 1024));
        if by.is_empty() || reason.is_empty() {
            let message = "a decision needs who makes it and why; say it with `--reason`".to_owned();
            return Err(Fault::InvalidInput(message).into());
        }
        let table = CaseTable::new(aws)?;
        // The id is random, so a wrong one is a typing error or an attack; neither learns more than that.
        let unknown = || {
            Error::UnknownApproval(format!("there is no question `{}`", text::line(&input.approval_id, 64)))
        };
        let pointer: Option<Record<Pointer>> = table.get(&Key::approval(&input.approval_id)).await?;
        let key = place(&pointer.ok_or_else(unknown)?.value);
        for _ in 0..ROUNDS {
            let record: Option<Record<Approval>> = table.get(&key).await?;
            let record =
                record.filter(|record| record.value.approval_id == input.approval_id).ok_or_else(unknown)?;
            let approval = &record.value;
            if let Some(answer) = &approval.answer {
                return already(approval, answer, &input, &table, &key, &record, aws).await;
            }
            if !approval.question.decisions().contains(&input.decision) {
                let [first, second] = approval.question.decisions();
                let message =
                    format!("this question is answered with `{}` or `{}`", first.word(), second.word());
                return Err(Error::WrongDecision(message));
            }
            if has_expired(approval, aws.timestamp()) {
                return Ok(expired(approval));
            }
            let answer =
                Answer { decision: input.decision, by: by.clone(), reason: reason.clone(), at: aws.now() };
            let decided = Approval { answer: Some(answer.clone()), ..approval.clone() };
            if table.replace(&key, &record, &decided).await? == Written::Yes {
                return deliver(&table, &key, &answer, aws).await;
            }
        }
        Err(Fault::Unavailable(format!("others wrote to the question at the same moment, {ROUNDS} times"))
            .into())
    }
}

/// Somebody decided before. If the execution has not heard of it, it does now.
async fn already(
    approval: &Approval,
    answer: &Answer,
    input: &Input,
    table: &CaseTable,
    key: &Key,
    record: &Record<Approval>,
    aws: &Aws,
) -> Result<Output, Error> {
    if !approval.delivered {
        let delivered = deliver(table, key, answer, aws).await?;
        let same = answer.decision == input.decision && answer.reason == text::line(&input.reason, 1024);
        if same && matches!(delivered, Output::Decided { .. }) {
            return Ok(delivered);
        }
    }
    Ok(Output::AlreadyDecided {
        case_id: record.value.case_id.clone(),
        decision: answer.decision,
        by: answer.by.clone(),
        reason: answer.reason.clone(),
        at: answer.at.clone(),
    })
}

/// Answers the task token with what stands on record.
async fn deliver(table: &CaseTable, key: &Key, answer: &Answer, aws: &Aws) -> Result<Output, Error> {
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
            let delivered = Approval { delivered: true, ..approval.clone() };
            let (Written::Yes | Written::No) = table.replace(key, &record, &delivered).await?;
            Ok(Output::Decided { case_id: approval.case_id.clone(), decision: answer.decision })
        }
        // The execution does not wait any more: its own clock was faster than the record's.
        Err((code, _)) if matches!(code.as_str(), "TaskTimedOut" | "TaskDoesNotExist" | "InvalidToken") => {
            Ok(expired(approval))
        }
        Err((_, fault)) => Err(fault.into()),
    }
}

fn has_expired(approval: &Approval, now: Timestamp) -> bool {
    approval.expires_at.parse::<Timestamp>().is_ok_and(|expires| expires <= now)
}

fn expired(approval: &Approval) -> Output {
    Output::Expired { case_id: approval.case_id.clone(), expired_at: approval.expires_at.clone() }
}
