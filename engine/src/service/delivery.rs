//! Giving an event to a target: a state machine, a function, a topic, a queue, a runbook or another bus.

use super::bus::Bus;
use super::executor::ExecutorError;
use super::new_execution::NewExecution;
use super::store::deliveries::{Delivery, How};
use crate::arn::{self, Arn, Automation, Destination, Target};
use crate::aws::{CallFault, Casing, Operation, Place};
use crate::lambda::InvokeError;
use crate::time::iso;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Why a delivery failed, and whether another try could help. The codes are those that EventBridge writes into
/// dead-letter queues.
///
/// Source: EventBridge user guide, "Using dead-letter queues to process undelivered events".
pub(super) struct Failed {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) may_pass: bool,
}

impl Failed {
    fn now(message: impl Into<String>) -> Self {
        Self { code: "SDK_CLIENT_ERROR", message: message.into(), may_pass: true }
    }

    fn for_good(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), may_pass: false }
    }

    /// A column of the delivery's record has no JSON.
    fn unreadable(column: &str, error: &serde_json::Error) -> Self {
        let message = format!("the record of the delivery cannot be read: `{column}`: {error}");
        Self::for_good("INVALID_JSON", message)
    }
}

impl From<CallFault> for Failed {
    fn from(fault: CallFault) -> Self {
        let CallFault::Service(error) = &fault else {
            let may_pass = matches!(fault, CallFault::Connection(_) | CallFault::Answer(_));
            let code = if may_pass { "SDK_CLIENT_ERROR" } else { "INVALID_PARAMETER" };
            return Self { code, message: fault.to_string(), may_pass };
        };
        let is_throttled = error.status == 429 || error.code.contains("Throttl");
        let (code, may_pass) = match error.status {
            _ if is_throttled => ("THROTTLING", true),
            401 | 403 => ("NO_PERMISSIONS", false),
            404 => ("NO_RESOURCE", false),
            400..=499 if error.code.contains("NotExist") || error.code.contains("NotFound") => {
                ("NO_RESOURCE", false)
            }
            400..=499 => ("INVALID_PARAMETER", false),
            _ => ("SDK_CLIENT_ERROR", true),
        };
        Self { code, message: fault.to_string(), may_pass }
    }
}

/// The input of the target, parsed.
fn parsed(delivery: &Delivery) -> Result<Value, Failed> {
    serde_json::from_str(&delivery.input).map_err(|error| Failed::unreadable("input", &error))
}

impl Bus {
    pub(super) async fn deliver(&self, delivery: &Delivery) -> Result<(), Failed> {
        let arn = delivery.target_arn.as_str();
        let how = How::read(&delivery.how).map_err(|error| Failed::unreadable("how", &error))?;
        if let Some(invalid) = how.invalid {
            return Err(Failed::for_good("INVALID_JSON", invalid));
        }
        let Some(target) = Target::read(arn) else {
            return Err(Failed::for_good("INVALID_PARAMETER", format!("`{arn}` is no target")));
        };
        match target.destination {
            Destination::Function => self.invoke(delivery).await,
            Destination::StateMachine => self.start_execution(delivery).await,
            Destination::Topic => {
                let message = json!({ "TopicArn": arn, "Message": delivery.input });
                self.aws(arn, ("sns", "publish"), &message).await.map(|_| ())
            }
            Destination::Queue => {
                let group = how.message_group_id.as_deref();
                self.send(arn, &delivery.input, group, &delivery.event_id, json!({})).await
            }
            Destination::Automation => {
                let Automation { document, version } = Automation::read(target.name);
                let parameters: Value = parsed(delivery)?;
                let start =
                    json!({ "DocumentName": document, "DocumentVersion": version, "Parameters": parameters });
                self.aws(arn, ("ssm", "startAutomationExecution"), &start).await.map(|_| ())
            }
            Destination::Bus => {
                let mut event: Value = parsed(delivery)?;
                if let Some(event) = event.as_object_mut() {
                    event.insert("account".to_owned(), json!(target.account));
                    event.insert("region".to_owned(), json!(target.region));
                }
                let put = Box::pin(self.put_on(vec![(target.name.to_owned(), event)])).await;
                put.map(|_| ()).map_err(|error| Failed::now(error.to_string()))
            }
        }
    }

    /// Sends what could not be delivered to the dead-letter queue.
    pub(super) async fn bury(
        &self,
        delivery: &Delivery,
        failed: &Failed,
        exhausted: Option<&str>,
    ) -> Result<bool, Failed> {
        let how = How::read(&delivery.how).map_err(|error| Failed::unreadable("how", &error))?;
        let Some(dead) = how.dead_letters else { return Ok(false) };
        let text = |value: &str| json!({ "DataType": "String", "StringValue": value });
        let mut attributes = json!({
            "RULE_ARN": text(&dead.rule_arn),
            "TARGET_ARN": text(&delivery.target_arn),
            "ERROR_CODE": text(failed.code),
            "ERROR_MESSAGE": text(&failed.message),
        });
        if let (Some(exhausted), Some(map)) = (exhausted, attributes.as_object_mut()) {
            map.insert("EXHAUSTED_RETRY_CONDITION".to_owned(), text(exhausted));
            map.insert(
                "RETRY_ATTEMPTS".to_owned(),
                json!({ "DataType": "Number", "StringValue": delivery.attempts.to_string() }),
            );
        }
        self.send(&dead.arn, &dead.event, None, &delivery.event_id, attributes).await?;
        Ok(true)
    }

    async fn send(
        &self,
        arn: &str,
        body: &str,
        group: Option<&str>,
        event_id: &str,
        attributes: Value,
    ) -> Result<(), Failed> {
        let to = Arn::read(arn);
        let (name, account) = to.map_or(("", ""), |to| (to.resource, to.account));
        let queue = json!({ "QueueName": name, "QueueOwnerAWSAccountId": account });
        let found = self.aws(arn, ("sqs", "getQueueUrl"), &queue).await?;
        let mut message = json!({
            "QueueUrl": found.get("QueueUrl"),
            "MessageBody": body,
            "MessageAttributes": attributes,
        });
        if let (Some(group), Some(map)) = (group, message.as_object_mut()) {
            map.insert("MessageGroupId".to_owned(), json!(group));
            map.insert("MessageDeduplicationId".to_owned(), json!(event_id));
        }
        self.aws(arn, ("sqs", "sendMessage"), &message).await.map(|_| ())
    }

    async fn aws(&self, arn: &str, (service, action): (&str, &str), input: &Value) -> Result<Value, Failed> {
        let nowhere = || Failed::now("this engine has no AWS endpoint; start it with `--aws-endpoint`");
        let aws = self.0.executor.aws().ok_or_else(nowhere)?;
        let operation = Operation::find(service, action).ok_or_else(nowhere)?;
        let (region, account) = arn::place(arn).unwrap_or_default();
        Ok(aws.call(Place { account, region, session: None }, &operation, input, Casing::Api).await?.output)
    }

    async fn invoke(&self, delivery: &Delivery) -> Result<(), Failed> {
        let function = &delivery.target_arn;
        // What a function makes of it is its own affair: EventBridge invokes it and does not wait.
        match self.0.functions.invoke(function, delivery.input.clone().into()).await {
            Ok(_) => Ok(()),
            Err(error @ InvokeError::NoSuchFunction(_)) => {
                Err(Failed::for_good("NO_RESOURCE", error.to_string()))
            }
            Err(error @ (InvokeError::Denied { .. } | InvokeError::Reserved(_))) => {
                Err(Failed::for_good("NO_PERMISSIONS", error.to_string()))
            }
            Err(error) => Err(Failed::now(error.to_string())),
        }
    }

    async fn start_execution(&self, delivery: &Delivery) -> Result<(), Failed> {
        let arn = &delivery.target_arn;
        let resolved = self.0.machines.resolve(arn, super::machines::draw()).await;
        let resolved = resolved.map_err(|error| Failed::now(error.to_string()))?;
        let gone = || Failed::for_good("NO_RESOURCE", format!("`{arn}` is not there"));
        let new =
            NewExecution::new(resolved.ok_or_else(gone)?, execution_name(delivery), delivery.input.clone());
        match self.0.executor.start_execution(new).await {
            // Delivered before, by an engine that was stopped before it could note that.
            Ok(_) | Err(ExecutorError::AlreadyExists(_)) => Ok(()),
            Err(error) => Err(Failed::now(error.to_string())),
        }
    }
}

/// AWS names an execution for the event and a UUID. Ours is the same for every try of one delivery, so that a delivery
/// that was interrupted starts nothing twice.
fn execution_name(delivery: &Delivery) -> String {
    let digest = Sha256::digest(format!(
        "{} {} {} {}",
        delivery.id,
        delivery.rule,
        delivery.target_arn,
        iso(delivery.taken_at)
    ));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    let event: String = delivery
        .event_id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(40)
        .collect();
    format!("{event}_{}", uuid::Builder::from_random_bytes(bytes).into_uuid())
}
