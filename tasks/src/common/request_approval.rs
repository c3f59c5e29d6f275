//! `request-approval`: the question goes to people under an opaque id; its task token stays in the case table.

use crate::approval::people::{patterns, suspects};
use crate::approval::{Approval, Pointer, place, token};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::notify::publish;
use crate::serve::Run;
use crate::words::attributes::Attributes;
use crate::words::message::{self, About, Occasion};
use contract::Fault;
use contract::tasks::RequestApproval;
use contract::tasks::request_approval::{Error, Input, Output};
use jiff::SignedDuration;
use uuid::Uuid;

impl Run for RequestApproval {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let table = CaseTable::new(aws)?;
        let pointer = Pointer { case_id: input.case_id.clone(), question: input.question.name().to_owned() };
        let key = place(&pointer);
        let record: Option<Record<Approval>> = table.get(&key).await?;
        let stands = record.as_ref().map(|record| &record.value).filter(|stands| {
            input.again && stands.execution == input.execution && stands.question == input.question
        });
        let mut approval = match stands {
            Some(stands) => once_more(stands, &input, aws)?,
            None => anew(record.as_ref().map(|record| &record.value), &input, aws)?,
        };
        approval.task_token = token::seal(&input.task_token, &approval.approval_id, aws).await?;
        let occasion = if stands.is_some() { Occasion::Reminder } else { Occasion::First };
        let written = match &record {
            None => table.create(&key, &approval).await?,
            Some(record) => table.replace(&key, record, &approval).await?,
        };
        if written == Written::No {
            // An answer that came in between is there at the next try, and stays.
            return Err(Fault::Unavailable(
                "somebody else wrote to the question at the same moment".to_owned(),
            )
            .into());
        }
        let output = Output {
            approval_id: approval.approval_id.clone(),
            question: pointer.question.clone(),
            expires_at: approval.expires_at.clone(),
        };
        // An id that is there already was written by an earlier try, and points to the same question.
        let (Written::Yes | Written::No) =
            table.create(&Key::approval(&approval.approval_id), &pointer).await?;
        if wants_to_know(&approval, occasion, aws) {
            tell(&input, &approval, occasion, aws).await?;
            let record: Option<Record<Approval>> = table.get(&key).await?;
            if let Some(record) = record.filter(|record| record.value.approval_id == approval.approval_id) {
                let reminded = record.value.reminded || occasion == Occasion::Reminder;
                let told = Approval { told: true, reminded, ..record.value.clone() };
                // Somebody may have answered already; then nobody needs to know that people were told.
                let (Written::Yes | Written::No) = table.replace(&key, &record, &told).await?;
            }
        }
        Ok(output)
    }
}

/// Whether people still have to hear of it. A retried task does not tell them twice, and nobody is reminded of what
/// was answered.
fn wants_to_know(approval: &Approval, occasion: Occasion, aws: &Aws) -> bool {
    match occasion {
        Occasion::First => !approval.told,
        Occasion::Reminder => {
            !approval.reminded && approval.answer.is_none() && !approval.has_expired(aws.timestamp())
        }
    }
}

/// The question that stands, without a token: the old one is no good any more, so an answer that stands on record has not
/// reached the workflow.
fn once_more(stands: &Approval, input: &Input, aws: &Aws) -> Result<Approval, Fault> {
    Ok(Approval {
        task_token: String::new(),
        again_at: again_at(input, aws)?,
        delivered: false,
        ..stands.clone()
    })
}

/// A question that is asked for the first time, or whose first time is tried again, without its token.
fn anew(before: Option<&Approval>, input: &Input, aws: &Aws) -> Result<Approval, Fault> {
    // A retried state brings a new token for the same question: the id that people have goes on to work.
    let asked = before.filter(|asked| asked.answer.is_none());
    let random = || Uuid::new_v4().simple().to_string();
    Ok(Approval {
        approval_id: asked.map_or_else(random, |asked| asked.approval_id.clone()),
        secret: asked
            .map(|asked| asked.secret.clone())
            .filter(|secret| !secret.is_empty())
            .unwrap_or_else(|| random() + &random()),
        // What people said to another question they did not say to this one.
        approvals: asked
            .filter(|asked| asked.question == input.question)
            .map(|asked| asked.approvals.clone())
            .unwrap_or_default(),
        approvers: if input.approvers.is_empty() {
            patterns(aws.setting("APPROVERS")?)
        } else {
            input.approvers.clone()
        },
        needed: needed(input, aws)?,
        not_by: input.not_by.iter().cloned().chain(suspects(&input.finding)).collect(),
        finding: Some(input.finding.clone()),
        context: input.context.clone(),
        link: message::link(aws.setting("EXECUTION_LINK")?, &input.execution),
        told: asked.is_some_and(|asked| asked.told),
        reminded: false,
        again_at: again_at(input, aws)?,
        expires_at: later(input.seconds, aws)?,
        case_id: input.case_id.clone(),
        question: input.question.clone(),
        execution: input.execution.clone(),
        task_token: String::new(),
        answer: None,
        tries: 0,
        delivered: false,
    })
}

/// When the workflow asks again, if it does before the question expires.
fn again_at(input: &Input, aws: &Aws) -> Result<Option<String>, Fault> {
    input.wait_seconds.filter(|wait| *wait < input.seconds).map(|wait| later(wait, aws)).transpose()
}

/// The time so many seconds from now.
fn later(seconds: u64, aws: &Aws) -> Result<String, Fault> {
    let later = SignedDuration::from_secs(seconds.try_into().unwrap_or(i64::MAX));
    let later = aws.timestamp().checked_add(later);
    later
        .map(|at| at.to_string())
        .map_err(|_| Fault::InvalidInput(format!("a question cannot stand for {seconds} seconds")))
}

/// How many people must say yes.
fn needed(input: &Input, aws: &Aws) -> Result<u8, Fault> {
    let setting = aws.setting("APPROVALS_NEEDED")?;
    match input.needed.or_else(|| setting.trim().parse().ok()) {
        Some(needed @ 1..=2) => Ok(needed),
        _ => Err(Fault::InvalidInput(format!(
            "one or two people can be asked for; set `APPROVALS_NEEDED`, which is `{setting}`, or `needed` to 1 or 2"
        ))),
    }
}

async fn tell(input: &Input, approval: &Approval, occasion: Occasion, aws: &Aws) -> Result<(), Fault> {
    let about = About {
        case_id: Some(&input.case_id),
        finding: Some(&input.finding),
        context: input.context.as_ref(),
        // The question has the plan in it.
        plan: None,
        link: approval.link.clone(),
        page: message::page(aws.setting("APPROVAL_URL")?, &approval.approval_id),
    };
    let mail = message::ask(&input.question, &approval.approval_id, &approval.expires_at, occasion, &about);
    let attributes = Attributes::of_question(&input.question, occasion, &input.execution, &about);
    publish(aws.setting("TOPIC_ARN")?, &mail, &attributes, aws).await.map(|_| ())
}

#[cfg(test)]
#[path = "request_approval_tests.rs"]
mod tests;
