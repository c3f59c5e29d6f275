//! `request-approval`: the question goes to people under an opaque id; its task token stays in the case table.

use crate::approval::people::{patterns, suspects};
use crate::approval::{Approval, Pointer, place};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::notify::publish;
use crate::serve::Run;
use crate::words::message::{self, About};
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
        let expires_at = aws
            .timestamp()
            .checked_add(SignedDuration::from_secs(input.seconds.try_into().unwrap_or(i64::MAX)))
            .map_err(|_| {
                Fault::InvalidInput(format!("a question cannot stand for {} seconds", input.seconds))
            })?;
        let record: Option<Record<Approval>> = table.get(&key).await?;
        // A retried state brings a new token for the same question: the id that people have goes on to work.
        let asked = record.as_ref().map(|record| &record.value).filter(|asked| asked.answer.is_none());
        let random = || Uuid::new_v4().simple().to_string();
        let needed = needed(&input, aws)?;
        let approval = Approval {
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
            needed,
            not_by: input.not_by.iter().cloned().chain(suspects(&input.finding)).collect(),
            finding: Some(input.finding.clone()),
            context: input.context.clone(),
            link: message::link(aws.setting("EXECUTION_LINK")?, &input.execution),
            told: asked.is_some_and(|asked| asked.told),
            expires_at: expires_at.to_string(),
            case_id: input.case_id.clone(),
            question: input.question.clone(),
            execution: input.execution.clone(),
            task_token: input.task_token.clone(),
            answer: None,
            tries: 0,
            delivered: false,
        };
        let written = match &record {
            None => table.create(&key, &approval).await?,
            Some(record) => table.replace(&key, record, &approval).await?,
        };
        if written == Written::No {
            return Err(
                Fault::Unavailable("another try of this task asked at the same moment".to_owned()).into()
            );
        }
        let output = Output {
            approval_id: approval.approval_id.clone(),
            question: pointer.question.clone(),
            expires_at: approval.expires_at.clone(),
        };
        // An id that is there already was written by an earlier try, and points to the same question.
        let (Written::Yes | Written::No) =
            table.create(&Key::approval(&approval.approval_id), &pointer).await?;
        if !approval.told {
            tell(&input, &approval, aws).await?;
            let record: Option<Record<Approval>> = table.get(&key).await?;
            if let Some(record) = record.filter(|record| record.value.approval_id == approval.approval_id) {
                let told = Approval { told: true, ..record.value.clone() };
                // Somebody may have answered already; then nobody needs to know that people were told.
                let (Written::Yes | Written::No) = table.replace(&key, &record, &told).await?;
            }
        }
        Ok(output)
    }
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

async fn tell(input: &Input, approval: &Approval, aws: &Aws) -> Result<(), Fault> {
    let about = About {
        case_id: Some(&input.case_id),
        finding: Some(&input.finding),
        context: input.context.as_ref(),
        // The question has the plan in it.
        plan: None,
        link: approval.link.clone(),
        page: message::page(aws.setting("APPROVAL_URL")?, &approval.approval_id),
    };
    let mail = message::ask(&input.question, &approval.approval_id, &approval.expires_at, &about);
    publish(&mail, aws).await.map(|_| ())
}
