//! Rules as the files in `rules/` of a response have them, before and after its parameters are filled in.

use super::input::{self, Made, Transformer};
use super::pattern::{InvalidPattern, Pattern};
use crate::placeholders;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many targets a rule may have. Source: EventBridge quotas.
const MOST_TARGETS: usize = 5;

/// A target's ARN where it is the response itself.
const STATE_MACHINE: &str = "${StateMachine}";

/// A rule without faults.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Which events it takes.
    pub pattern: Pattern,
    /// The pattern as it was written.
    pub source: Value,
    /// Whom it tells.
    pub targets: Vec<Target>,
}

/// Whom a rule tells of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Target {
    /// Its id within the rule.
    pub id: String,
    /// What it is: the ARN of a state machine or of a function.
    pub arn: String,
    /// What it gets, where that is not the event itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_transformer: Option<Transformer>,
    /// A constant that it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The path to the part of the event that it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_path: Option<String>,
    /// The role that it is called with. Nothing on this machine checks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// What a queue gets besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqs_parameters: Option<SqsParameters>,
    /// How long it is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_policy: Option<RetryPolicy>,
    /// Where an event goes that it could not be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
}

/// `SqsParameters`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SqsParameters {
    /// The message group of a FIFO queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

/// `RetryPolicy`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RetryPolicy {
    /// How often it is tried again, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_retry_attempts: Option<u32>,
    /// How old an event may be that is still delivered, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_event_age_in_seconds: Option<u32>,
}

/// `DeadLetterConfig`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeadLetterConfig {
    /// The ARN of a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

/// A rule as its file has it, before its parameters have values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RuleFile {
    description: String,
    event_pattern: Value,
    targets: Vec<Target>,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It is not what the file of a rule must be.
    #[error("the rule cannot be read: {0}")]
    Unreadable(String),
    /// EventBridge would refuse its pattern.
    #[error(transparent)]
    Pattern(#[from] InvalidPattern),
    /// EventBridge takes one to five targets.
    #[error("a rule has 1 to {MOST_TARGETS} targets, and this one has {0}")]
    Targets(usize),
    /// A placeholder is not a parameter of the response.
    #[error("`${{{0}}}` is not a parameter of the response; add it to `parameters` in `response.json`")]
    Placeholder(String),
}

impl RuleFile {
    /// Reads the text of a rule's file.
    pub fn read(text: &str) -> Result<Self, RuleError> {
        serde_json::from_str(text).map_err(|error| {
            let moved = error.to_string().starts_with("unknown field `Parameters`");
            let hint = if moved { "; parameters are in `response.json`" } else { "" };
            RuleError::Unreadable(format!("{error}{hint}"))
        })
    }

    /// The rule, with every placeholder of its targets filled from `values`; `${StateMachine}` is the response itself.
    /// `input_template` is for targets that are the state machine and say nothing of their input.
    pub fn rule(
        &self,
        name: &str,
        values: &BTreeMap<String, String>,
        input_template: Option<&str>,
    ) -> Result<Rule, RuleError> {
        if self.targets.is_empty() || self.targets.len() > MOST_TARGETS {
            return Err(RuleError::Targets(self.targets.len()));
        }
        let filled = |target: &Target| target.clone().with_template(input_template).filled(values);
        let targets: Result<Vec<Target>, RuleError> = self.targets.iter().map(filled).collect();
        Ok(Rule {
            name: name.to_owned(),
            description: self.description.clone(),
            pattern: Pattern::new(&self.event_pattern)?,
            source: self.event_pattern.clone(),
            targets: targets?,
        })
    }
}

impl Target {
    /// Gives a target that is the state machine the input template, if it says nothing of its input.
    fn with_template(mut self, template: Option<&str>) -> Self {
        let has_none = self.input.is_none() && self.input_path.is_none() && self.input_transformer.is_none();
        if self.arn == STATE_MACHINE && has_none {
            self.input_transformer = template.map(|template| Transformer {
                input_paths_map: BTreeMap::new(),
                input_template: template.to_owned(),
            });
        }
        self
    }

    fn filled(mut self, values: &BTreeMap<String, String>) -> Result<Self, RuleError> {
        self.arn = fill(&self.arn, values)?;
        self.input = self.input.map(|input| fill(&input, values)).transpose()?;
        if let Some(transformer) = &mut self.input_transformer {
            transformer.input_template = fill(&transformer.input_template, values)?;
        }
        Ok(self)
    }

    /// What a target gets of an event that takes nothing but JSON.
    pub fn input_of(&self, event: &Value, delivery: &input::Delivery) -> Result<Value, input::BadTemplate> {
        self.made_of(event, delivery)?.json()
    }

    /// What the target gets of an event.
    pub fn made_of(&self, event: &Value, delivery: &input::Delivery) -> Result<Made, input::BadTemplate> {
        match (&self.input_transformer, &self.input, &self.input_path) {
            (Some(transformer), _, _) => transformer.apply(event, delivery),
            (_, Some(constant), _) => input::constant(constant),
            (_, _, Some(path)) => Ok(Made::Json(input::at_path(event, path).unwrap_or_default())),
            (None, None, None) => Ok(Made::Json(event.clone())),
        }
    }
}

fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, RuleError> {
    placeholders::fill(text, |name| match values.get(name) {
        Some(value) => Ok(Some(value.clone())),
        None => Err(RuleError::Placeholder(name.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What the targets of a rule get, with and without an input of their own.
    #[test]
    fn a_target_without_an_input_gets_the_input_template() {
        let own = json!({"InputTemplate": "{\"mine\": <aws.events.event.json>}"});
        let rule = json!({
            "Description": "d",
            "EventPattern": {"source": ["aws.guardduty"]},
            "Targets": [
                {"Id": "none", "Arn": "${StateMachine}"},
                {"Id": "constant", "Arn": "${StateMachine}", "Input": "${Mode}"},
                {"Id": "path", "Arn": "${StateMachine}", "InputPath": "$.detail"},
                {"Id": "own", "Arn": "${StateMachine}", "InputTransformer": own},
                {"Id": "other", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}
            ]
        });
        let values = [("StateMachine", "arn:m"), ("Mode", "auto")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let file = RuleFile::read(&rule.to_string()).unwrap();
        for (template, filled) in
            [(Some("{\"mode\": \"${Mode}\"}"), Some("{\"mode\": \"auto\"}")), (None, None)]
        {
            let targets = file.rule("r", &values, template).unwrap().targets;
            let template =
                |n: usize| targets[n].input_transformer.as_ref().map(|made| made.input_template.as_str());
            assert_eq!((targets[0].arn.as_str(), template(0)), ("arn:m", filled));
            assert_eq!((targets[1].input.as_deref(), template(1)), (Some("auto"), None));
            assert_eq!((targets[2].input_path.as_deref(), template(2)), (Some("$.detail"), None));
            assert_eq!(template(3), Some("{\"mine\": <aws.events.event.json>}"));
            assert_eq!(template(4), None);
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let rule = |more: &str| format!(r#"{{"Description": "d", "EventPattern": {{"a": ["b"]}}, {more}}}"#);
        let cases = [
            (r#""Targets": []"#, "a rule has 1 to 5 targets, and this one has 0"),
            (
                r#""Targets": [{"Id": "t", "Arn": "${Queue}"}]"#,
                "`${Queue}` is not a parameter of the response; add it to `parameters` in `response.json`",
            ),
            (
                r#""Parameters": {}, "Targets": []"#,
                "the rule cannot be read: unknown field `Parameters`, expected one of `Description`, `EventPattern`, `Targets` at line 1 column 63; parameters are in `response.json`",
            ),
        ];
        for (more, expected) in cases {
            let read = RuleFile::read(&rule(more)).and_then(|file| file.rule("r", &BTreeMap::new(), None));
            assert_eq!(read.unwrap_err().to_string(), expected);
        }
    }
}
