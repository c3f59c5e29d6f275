//! `notify`: sends each message once, however often the task is tried, as long as the case table answers. A message that
//! the team's topic does not take goes to the escalation topic.

use crate::approvals::asked::circumstances;
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record};
use crate::messages::attributes::Attributes;
use crate::messages::compose::{compose, escalate, instead};
use crate::messages::{CaseDetails, Email, link, publish};
use crate::runtime::permissions::{CASE_TABLE, Statement, keys};
use crate::runtime::{Run, Setting};
use crate::text::digest;
use contract::tasks::Notify;
use contract::tasks::notify::{Error, Input, Output};
use contract::{Fault, Message};
use serde::{Deserialize, Serialize};

/// A message that was sent, in the case table.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    message_id: String,
    subject: String,
    at: String,
}

impl Run for Notify {
    const SUMMARY: &'static str = "Tells people through SNS, once per message.";
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["sns:Publish"],
            &["${Topic}", "${EscalationTopic}"],
            "Sends the message to the security team's topic. A question that nobody answered, and a message that this topic does not take, go to the escalation topic.",
        ),
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Remembers which messages were sent, so that a retried task does not send them twice.",
        )
        .when(keys!("sent#*")),
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE", "TOPIC_ARN", "EXECUTION_LINK"];
    const SETTINGS: &'static [Setting] = &[Setting {
        name: "ESCALATION_TOPIC_ARN",
        default: "",
        meaning: "The topic that also hears of a decision that nobody took in time, and gets the messages that the ordinary topic does not take; empty is the ordinary topic.",
    }];

    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let details = CaseDetails {
            case_id: input.case_id.as_deref(),
            finding: input.finding.as_ref(),
            looked: input.looked.as_ref(),
            link: link(aws.setting("EXECUTION_LINK")?, &input.execution),
            page: None,
            since: None,
            requested: None,
        };
        let (message, key) = (&input.message, key(&input)?);
        let team = aws.setting("TOPIC_ARN")?;
        let ordinary = || Copy {
            topic: team,
            key: key.clone(),
            email: compose(message, &details),
            attributes: Attributes::of_message(message, &input.execution, &details),
        };
        let above = Some(aws.setting("ESCALATION_TOPIC_ARN")?.trim())
            .filter(|above| !above.is_empty() && *above != team);
        // A decision that nobody took is escalated, once to each topic.
        let escalation = |topic| Copy {
            topic,
            key: format!("{key}-escalated"),
            email: escalate(message, &details),
            attributes: Attributes::of_escalation(&input.execution, &details),
        };
        let is_escalated = matches!(message, Message::NotAnswered { .. });
        let Some(above) = above else {
            let copy = if is_escalated { escalation(team) } else { ordinary() };
            return Ok(send(&copy, &input, aws).await?);
        };
        let sent = send(&ordinary(), &input, aws).await;
        if is_escalated {
            // Each topic hears of it even if the other one cannot be reached.
            return Ok(send(&escalation(above), &input, aws).await?);
        }
        let fault = match sent {
            Ok(output) => return Ok(output),
            Err(fault) => fault,
        };
        let copy = Copy {
            topic: above,
            key: format!("{key}-instead"),
            email: instead(message, &details),
            attributes: Attributes::of_message(message, &input.execution, &details),
        };
        match send(&copy, &input, aws).await {
            // The team hears of it as well, if a retry can still reach its topic.
            Ok(output) if !is_transient(&fault) => Ok(output),
            _ => Err(fault.into()),
        }
    }
}

/// Tells a message from every other of the execution. After another look the same message with another plan, other dangers
/// or other reasons is news.
fn key(input: &Input) -> Result<String, Fault> {
    let name = input.message.key();
    let Some(looked) = &input.looked else { return Ok(name) };
    let reasons = match &input.message {
        Message::HandedOver { reasons } | Message::Planned { reasons } => reasons.as_slice(),
        _ => &[],
    };
    // Several executions can have an event that joined one case, each with the same news.
    let joined = matches!(input.message, Message::Joined { .. });
    let from = input.finding.as_ref().filter(|_| joined).map(circumstances);
    let news = serde_json::to_string(&(&looked.plan, &looked.dangers, reasons, from))
        .map_err(|error| Fault::internal("writing the plan as JSON", error))?;
    Ok(format!("{name}-{}", digest(&[&news]).chars().take(8).collect::<String>()))
}

fn is_transient(fault: &Fault) -> bool {
    matches!(fault, Fault::Throttled { .. } | Fault::Unavailable { .. })
}

/// A message for one topic.
struct Copy<'a> {
    topic: &'a str,
    /// Tells it from every other message of the execution.
    key: String,
    email: Email,
    attributes: Attributes,
}

/// Sends it, unless an earlier try of the task has. Without the case table nobody knows whether one has: sending a message
/// twice is better than never.
async fn send(copy: &Copy<'_>, input: &Input, aws: &Aws) -> Result<Output, Fault> {
    let execution = match input.message {
        Message::Joined { .. } => "any",
        _ => input.execution.rsplit(':').next().unwrap_or_default(),
    };
    let case = input.case_id.as_deref().unwrap_or("none");
    let key = Key::sent(case, &format!("{}#{execution}", copy.key));
    let table = CaseTable::new(aws)?;
    let record: Result<Option<Record<Sent>>, Fault> = table.get(&key).await;
    if let Err(fault) = &record {
        tracing::warn!(%fault, "the case table does not say whether the message was sent, so it is sent");
    }
    if let Ok(Some(Record { value: sent, .. })) = record {
        return Ok(Output { message_id: sent.message_id, subject: sent.subject, repeated: true });
    }
    let message_id = publish(copy.topic, &copy.email, &copy.attributes, aws).await?;
    let subject = copy.email.subject.clone();
    let sent = Sent { message_id: message_id.clone(), subject: subject.clone(), at: aws.now() };
    // The record is written after sending: a crash between the two sends the message twice, which is better than never.
    if let Err(fault) = table.create(&key, &sent).await {
        tracing::warn!(%fault, "the message was sent, and the case table does not remember it");
    }
    Ok(Output { message_id, subject, repeated: false })
}

#[cfg(test)]
mod tests;
