//! What a rule can tell of an event, and what AWS refuses of targets.

use super::rule::Target;
use crate::arn::{self, Destination};
use crate::jsonpath::Path;
use serde_json::Value;

/// How often EventBridge tries again, and how old an event may be, where nothing is said.
///
/// Source: EventBridge user guide, "How EventBridge retries delivering events".
const ATTEMPTS: u32 = 185;
const AGE_SECONDS: u32 = 86_400;

impl Destination {
    /// Reads an ARN.
    pub fn of(arn: &str) -> Option<Self> {
        arn::Target::read(arn).map(|target| target.destination)
    }

    /// Whether AWS wants a role to call it with.
    fn needs_role(self) -> bool {
        matches!(self, Self::StateMachine | Self::Automation)
    }

    /// Whether it gets text as it is, and not as JSON.
    pub(crate) fn takes_text(self) -> bool {
        matches!(self, Self::Topic | Self::Queue)
    }
}

impl Target {
    /// Refuses what AWS refuses, in its words: of `PutTargets` a `ValidationException`.
    pub fn check(&self) -> Result<(), String> {
        let id = &self.id;
        let Some(destination) = Destination::of(&self.arn) else {
            return Err(if self.arn.starts_with("arn:") {
                format!(
                    "Parameter {} is not valid. Reason: this engine has no targets of this kind.",
                    self.arn
                )
            } else {
                format!("Parameter {} is not valid. Reason: Provided Arn is not in correct format.", self.arn)
            });
        };
        if destination.needs_role() && self.role_arn.is_none() {
            return Err(format!("RoleArn is required for target {}.", self.arn));
        }
        let inputs = [self.input.is_some(), self.input_path.is_some(), self.input_transformer.is_some()];
        if inputs.iter().filter(|given| **given).count() > 1 {
            return Err(format!(
                "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
            ));
        }
        if self.input.as_ref().is_some_and(|input| serde_json::from_str::<Value>(input).is_err()) {
            return Err(format!("JSON syntax error in input for target {id}"));
        }
        if let Some(path) = &self.input_path
            && Path::parse(path).is_err()
        {
            return Err(format!("InputPath for target {id} is invalid."));
        }
        if let Some(transformer) = &self.input_transformer {
            let bad = transformer.input_paths_map.values().find(|path| Path::parse(path).is_err());
            if let Some(path) = bad {
                return Err(format!("InputPathsMap for target {id} has the invalid path {path}."));
            }
            if let Some(name) = transformer.unknown() {
                return Err(format!("InputTemplate for target {id} contains invalid placeholder {name}."));
            }
        }
        let is_fifo = destination == Destination::Queue && self.arn.ends_with(".fifo");
        let group = self.sqs_parameters.as_ref().and_then(|parameters| parameters.message_group_id.as_ref());
        if is_fifo && group.is_none() {
            return Err(format!("Parameter(s) SqsParameters must be specified for target: {id}."));
        }
        if !is_fifo && group.is_some() {
            return Err(format!(
                "Parameter MessageGroupId is not valid for target: {id}. Its queue is no FIFO queue."
            ));
        }
        let policy = self.retry_policy.clone().unwrap_or_default();
        if policy.maximum_retry_attempts.is_some_and(|attempts| attempts > ATTEMPTS)
            || policy.maximum_event_age_in_seconds.is_some_and(|age| !(60..=AGE_SECONDS).contains(&age))
        {
            return Err(format!("The RetryPolicy of target {id} is not valid."));
        }
        let dead_letters = self.dead_letter_config.as_ref().and_then(|config| config.arn.as_ref());
        if dead_letters.is_some_and(|arn| Destination::of(arn) != Some(Destination::Queue)) {
            return Err(format!(
                "The DeadLetterConfig of target {id} is not valid: it wants the ARN of a queue."
            ));
        }
        Ok(())
    }

    /// How often it is tried in all, at most, and how old an event may be, in milliseconds.
    pub(crate) fn patience(&self) -> (u32, i64) {
        let policy = self.retry_policy.clone().unwrap_or_default();
        let retries = policy.maximum_retry_attempts.unwrap_or(ATTEMPTS);
        let age = policy.maximum_event_age_in_seconds.unwrap_or(AGE_SECONDS);
        (retries + 1, i64::from(age) * 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn targets_are_refused_in_the_words_of_aws() {
        let queue = "arn:aws:sqs:us-east-1:123456789012:q";
        let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
        for (target, expected) in [
            (json!({"Id": "t", "Arn": queue}), None),
            (json!({"Id": "t", "Arn": machine, "RoleArn": "arn:aws:iam::1:role/r", "Input": "{}"}), None),
            (json!({"Id": "t", "Arn": machine}), Some("RoleArn is required for target")),
            (json!({"Id": "t", "Arn": "q"}), Some("Provided Arn is not in correct format")),
            (
                json!({"Id": "t", "Arn": "arn:aws:kinesis:us-east-1:1:stream/s"}),
                Some("no targets of this kind"),
            ),
            (json!({"Id": "t", "Arn": queue, "Input": "{}", "InputPath": "$.a"}), Some("Only one of Input")),
            (json!({"Id": "t", "Arn": queue, "Input": "{"}), Some("JSON syntax error in input for target t")),
            (json!({"Id": "t", "Arn": queue, "InputPath": "a"}), Some("InputPath for target t")),
            (
                json!({"Id": "t", "Arn": queue, "InputTransformer": {"InputTemplate": "\"<a> <aws.events.rule-arn>\""}}),
                Some("contains invalid placeholder a"),
            ),
            (
                json!({"Id": "t", "Arn": queue, "InputTransformer": {"InputPathsMap": {"a": "$.b"}, "InputTemplate": "\"<a>\""}}),
                None,
            ),
            (json!({"Id": "t", "Arn": format!("{queue}.fifo")}), Some("SqsParameters must be specified")),
            (
                json!({"Id": "t", "Arn": format!("{queue}.fifo"), "SqsParameters": {"MessageGroupId": "g"}}),
                None,
            ),
            (
                json!({"Id": "t", "Arn": queue, "SqsParameters": {"MessageGroupId": "g"}}),
                Some("no FIFO queue"),
            ),
            (
                json!({"Id": "t", "Arn": queue, "RetryPolicy": {"MaximumRetryAttempts": 186}}),
                Some("RetryPolicy"),
            ),
            (
                json!({"Id": "t", "Arn": queue, "RetryPolicy": {"MaximumEventAgeInSeconds": 59}}),
                Some("RetryPolicy"),
            ),
            (
                json!({"Id": "t", "Arn": queue, "DeadLetterConfig": {"Arn": machine}}),
                Some("DeadLetterConfig"),
            ),
            (json!({"Id": "t", "Arn": queue, "DeadLetterConfig": {"Arn": queue}}), None),
        ] {
            let read: Target = serde_json::from_value(target.clone()).unwrap();
            match (read.check(), expected) {
                (Ok(()), None) => {}
                (Err(error), Some(expected)) => assert!(error.contains(expected), "{target}: {error}"),
                (checked, _) => panic!("{target}: {checked:?}"),
            }
        }
    }
}
