//! `notify`: each message once, however often the task is tried.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::fault;
use crate::serve::Run;
use crate::words::attributes::Attributes;
use crate::words::message::{self, About, Mail};
use crate::words::text::cut_bytes;
use aws_sdk_sns::types::MessageAttributeValue;
use contract::Fault;
use contract::tasks::Notify;
use contract::tasks::notify::{Error, Input, Message, Output};
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
        let about = About {
            case_id: input.case_id.as_deref(),
            finding: input.finding.as_ref(),
            context: input.context.as_ref(),
            plan: input.plan.as_ref(),
            link: message::link(aws.setting("EXECUTION_LINK")?, &input.execution),
            page: None,
        };
        let (message, key) = (&input.message, input.message.key());
        let team = aws.setting("TOPIC_ARN")?;
        let ordinary = || Copy {
            topic: team,
            key: key.clone(),
            mail: message::compose(message, &about),
            attributes: Attributes::of_message(message, &input.execution, &about),
        };
        // A decision that nobody took goes further up, once to each topic.
        let escalation = |topic| Copy {
            topic,
            key: format!("{key}-escalated"),
            mail: message::escalate(message, &about),
            attributes: Attributes::of_escalation(&input.execution, &about),
        };
        if !matches!(message, Message::NotAnswered { .. }) {
            return Ok(send(&ordinary(), &input, aws).await?);
        }
        let above = aws.setting("ESCALATION_TOPIC_ARN")?.trim();
        if above.is_empty() || above == team {
            return Ok(send(&escalation(team), &input, aws).await?);
        }
        // Whoever was asked hears of it even where the topic above cannot be reached.
        send(&ordinary(), &input, aws).await?;
        Ok(send(&escalation(above), &input, aws).await?)
    }
}

/// A message as it goes to one topic.
struct Copy<'a> {
    topic: &'a str,
    /// What tells it from every other message of the execution.
    key: String,
    mail: Mail,
    attributes: Attributes,
}

/// Sends it, unless an earlier try of the task has.
async fn send(copy: &Copy<'_>, input: &Input, aws: &Aws) -> Result<Output, Fault> {
    let execution = input.execution.rsplit(':').next().unwrap_or_default();
    let case = input.case_id.as_deref().unwrap_or("none");
    let key = Key::sent(case, &format!("{}#{execution}", copy.key));
    let table = CaseTable::new(aws)?;
    let record: Option<Record<Sent>> = table.get(&key).await?;
    if let Some(Record { value: sent, .. }) = record {
        return Ok(Output { message_id: sent.message_id, subject: sent.subject, repeated: true });
    }
    let message_id = publish(copy.topic, &copy.mail, &copy.attributes, aws).await?;
    let subject = copy.mail.subject.clone();
    let sent = Sent { message_id: message_id.clone(), subject: subject.clone(), at: aws.now() };
    // Remembering comes after sending: a crash between the two sends it twice, which is better than never.
    let (Written::Yes | Written::No) = table.create(&key, &sent).await?;
    Ok(Output { message_id, subject, repeated: false })
}

/// The longest body, in bytes. SNS takes 256 KiB with all attributes.
const LONGEST: usize = 240 * 1024;

/// Sends a message to a topic and returns its id.
pub(crate) async fn publish(
    topic: &str,
    mail: &Mail,
    attributes: &Attributes,
    aws: &Aws,
) -> Result<String, Fault> {
    let mut publish =
        aws.sns().publish().topic_arn(topic).subject(&mail.subject).message(cut_bytes(&mail.body, LONGEST));
    for (name, value) in &attributes.texts {
        publish = publish.message_attributes(*name, attribute("String", value.clone())?);
    }
    if let Some(severity) = attributes.severity {
        publish = publish.message_attributes("severity", attribute("Number", severity.to_string())?);
    }
    let sent = publish.send().await.map_err(|error| fault("sending the message", &error))?;
    Ok(sent.message_id.unwrap_or_default())
}

fn attribute(kind: &str, value: String) -> Result<MessageAttributeValue, Fault> {
    MessageAttributeValue::builder()
        .data_type(kind)
        .string_value(value)
        .build()
        .map_err(|error| Fault::InvalidInput(format!("an attribute of the message cannot be made: {error}")))
}
