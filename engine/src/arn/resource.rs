//! The ARNs of what a state or a rule calls, and of where logs go.

use super::{ActivityArn, Arn};

/// The `Resource` of a Task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task<'a> {
    /// A Lambda function.
    Function,
    /// An activity.
    Activity(ActivityArn),
    /// `service:action`, or `aws-sdk:service:action`, with what stands behind its first dot: `waitForTaskToken`.
    Integration { service: &'a str, action: &'a str, suffix: Option<&'a str> },
    /// An ARN of nothing that a Task can call.
    Unknown,
    /// No ARN.
    NoArn,
}

impl<'a> Task<'a> {
    /// Reads a `Resource`.
    pub(crate) fn read(text: &'a str) -> Self {
        let Some(arn) = Arn::read(text) else {
            let is_arn = text == "arn" || text.starts_with("arn:");
            return if is_arn { Self::Unknown } else { Self::NoArn };
        };
        match arn {
            Arn { service: "lambda", resource, .. } if resource.starts_with("function:") => Self::Function,
            Arn { service: "states", region, account, resource, .. }
                if resource.starts_with("activity:") && !region.is_empty() && !account.is_empty() =>
            {
                text.parse().map_or(Self::Unknown, Self::Activity)
            }
            Arn { service: "states", resource, .. } => {
                // Only `.sync:2` has a colon behind its action.
                let (name, suffix) = match resource.split_once('.') {
                    None => (resource, None),
                    Some((name, suffix)) => (name, Some(suffix)),
                };
                match name.rsplit_once(':') {
                    Some((service, action)) => Self::Integration { service, action, suffix },
                    None => Self::Unknown,
                }
            }
            _ => Self::Unknown,
        }
    }
}

/// What a target of EventBridge is, by its ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// A state machine: an execution is started.
    StateMachine,
    /// A Lambda function: it is invoked.
    Function,
    /// An SNS topic.
    Topic,
    /// An SQS queue.
    Queue,
    /// An SSM Automation runbook: an automation is started.
    Automation,
    /// Another event bus.
    Bus,
}

/// The ARN of a target of EventBridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    pub(crate) destination: Destination,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// The name, without its type.
    pub(crate) name: &'a str,
}

impl<'a> Target<'a> {
    /// Reads an ARN, if it is one of a kind that a rule can have.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let Arn { service, account, region, resource, .. } = Arn::read(text)?;
        let (destination, kind) = match service {
            "states" => (Destination::StateMachine, "stateMachine:"),
            "lambda" => (Destination::Function, "function:"),
            "sns" => (Destination::Topic, ""),
            "sqs" => (Destination::Queue, ""),
            "ssm" => (Destination::Automation, "automation-definition/"),
            "events" => (Destination::Bus, "event-bus/"),
            _ => return None,
        };
        Some(Self { destination, account, region, name: resource.strip_prefix(kind)? })
    }
}

/// An SSM Automation runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Automation<'a> {
    pub(crate) document: &'a str,
    pub(crate) version: &'a str,
}

impl<'a> Automation<'a> {
    /// Reads the name of a target: `document`, or `document:version`.
    pub(crate) fn read(name: &'a str) -> Self {
        let (document, version) = name.split_once(':').unwrap_or((name, "$DEFAULT"));
        Self { document, version }
    }
}

/// A log group of CloudWatch Logs: `arn:aws:logs:region:account:log-group:name:*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogGroup<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> LogGroup<'a> {
    /// Reads the ARN of a log group, as logging wants it.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let Arn { service: "logs", account, region, resource, .. } = Arn::read(text)? else { return None };
        let name = resource.strip_prefix("log-group:")?.strip_suffix(":*")?;
        (!name.is_empty() && !name.contains(':')).then_some(Self { account, region, name })
    }
}
