//! Sends a message to a topic of SNS.

use super::Email;
use super::attributes::Attributes;
use crate::aws::Aws;
use crate::aws::fault::fault;
use crate::text::cut_bytes;
use aws_sdk_sns::types::MessageAttributeValue;
use contract::Fault;

/// The longest body, in bytes. SNS accepts 256 KiB with all attributes.
const LONGEST: usize = 240 * 1024;

/// Sends a message and returns the id that SNS gave it.
pub(crate) async fn publish(
    topic: &str,
    email: &Email,
    attributes: &Attributes,
    aws: &Aws,
) -> Result<String, Fault> {
    let mut publish =
        aws.sns().publish().topic_arn(topic).subject(&email.subject).message(cut_bytes(&email.body, LONGEST));
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
        .map_err(|error| Fault::internal("making an attribute of the message", error))
}
