//! `notify`: each message once, however often the task is tried.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::fault;
use crate::serve::Run;
use crate::words::message::{self, About, Mail};
use contract::Fault;
use contract::tasks::Notify;
use contract::tasks::notify::{Error, Input, Output};
use serde::{Deserialize, Serialize};

/// What stands in the case table once a message is out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    message_id: String,
    subject: String,
    at: String,
}

impl Run for Notify {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let execution = input.execution.rsplit(':').next().unwrap_or_default();
        let case = input.case_id.as_deref().unwrap_or("none");
        let key = Key::sent(case, &format!("{}#{execution}", input.message.key()));
        let table = CaseTable::new(aws)?;
        let record: Option<Record<Sent>> = table.get(&key).await?;
        if let Some(Record { value: sent, .. }) = record {
            return Ok(Output { message_id: sent.message_id, subject: sent.subject, repeated: true });
        }
        let about = About {
            case_id: input.case_id.as_deref(),
            finding: input.finding.as_ref(),
            context: input.context.as_ref(),
            plan: input.plan.as_ref(),
            link: message::link(aws.setting("EXECUTION_LINK")?, &input.execution),
            page: None,
        };
        let mail = message::compose(&input.message, &about);
        let message_id = publish(&mail, aws).await?;
        let sent = Sent { message_id: message_id.clone(), subject: mail.subject.clone(), at: aws.now() };
        // Remembering comes after sending: a crash between the two sends it twice, which is better than never.
        match table.create(&key, &sent).await? {
            Written::Yes | Written::No => Ok(Output { message_id, subject: mail.subject, repeated: false }),
        }
    }
}

/// Sends a message to the topic and returns its id.
pub(crate) async fn publish(mail: &Mail, aws: &Aws) -> Result<String, Fault> {
    let sent = aws
        .sns()
        .publish()
        .topic_arn(aws.setting("TOPIC_ARN")?)
        .subject(&mail.subject)
        .message(&mail.body)
        .send()
        .await
        .map_err(|error| fault("sending the message", &error))?;
    Ok(sent.message_id.unwrap_or_default())
}
