//! `request-approval`: the question goes to people under an opaque id; its task token stays in the case table.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::notify::publish;
use crate::serve::Run;
use crate::words::message::{self, About};
use contract::tasks::RequestApproval;
use contract::tasks::request_approval::{Error, Input, Output};
use contract::{Answer, Fault, Question};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A question as the case table keeps it. It holds the task token, so it is neither logged nor printed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approval {
    pub(crate) approval_id: String,
    pub(crate) case_id: String,
    pub(crate) question: Question,
    pub(crate) execution: String,
    pub(crate) task_token: String,
    pub(crate) expires_at: String,
    /// Whether people were told.
    pub(crate) told: bool,
    /// The decision, once there is one.
    #[serde(default)]
    pub(crate) answer: Option<Answer>,
    /// Whether the execution has it.
    #[serde(default)]
    pub(crate) delivered: bool,
}

/// Which question an opaque id names.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pointer {
    pub(crate) case_id: String,
    pub(crate) question: String,
}

/// Where a case's question stands: one place for each kind, so that asking twice is asking once.
pub(crate) fn place(pointer: &Pointer) -> Key {
    Key::question(&pointer.case_id, &pointer.question)
}

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
        let approval = Approval {
            approval_id: asked
                .map_or_else(|| Uuid::new_v4().simple().to_string(), |asked| asked.approval_id.clone()),
            told: asked.is_some_and(|asked| asked.told),
            expires_at: expires_at.to_string(),
            case_id: input.case_id.clone(),
            question: input.question.clone(),
            execution: input.execution.clone(),
            task_token: input.task_token.clone(),
            answer: None,
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

async fn tell(input: &Input, approval: &Approval, aws: &Aws) -> Result<(), Fault> {
    let about = About {
        case_id: Some(&input.case_id),
        finding: Some(&input.finding),
        context: input.context.as_ref(),
        // The question has the plan in it.
        plan: None,
        link: message::link(aws.setting("EXECUTION_LINK")?, &input.execution),
    };
    let mail = message::ask(&input.question, &approval.approval_id, &approval.expires_at, &about);
    publish(&mail, aws).await.map(|_| ())
}
