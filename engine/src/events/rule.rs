//! Rules as a workflow's folder has them: `rule.json`, or several in `rules/`, with parameters that a deployment sets.

use super::input::{self, Made, Transformer};
use super::pattern::{InvalidPattern, Pattern};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many targets a rule may have. Source: EventBridge quotas.
const MOST_TARGETS: usize = 5;

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

/// A parameter of a rule: `${Name}` in its targets stands for the value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Parameter {
    /// What it is for.
    pub description: String,
    /// Its value where none is set.
    pub default: Value,
    /// The values that it may have, where not every value will do.
    #[serde(default)]
    pub allowed_values: Vec<Value>,
    /// The least that a number may be.
    #[serde(default)]
    pub min_value: Option<u64>,
    /// The most that a number may be.
    #[serde(default)]
    pub max_value: Option<u64>,
}

/// A rule as its file has it, before its parameters have values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RuleFile {
    description: String,
    /// What a deployment sets, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
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
    /// A value was set for a parameter that no rule of the workflow has.
    #[error("no rule has a parameter `{name}`; they have {known}")]
    UnknownParameter {
        /// The name.
        name: String,
        /// Those that it has.
        known: String,
    },
    /// A parameter may not have this value.
    #[error("the parameter `{name}` cannot be `{value}`; it can be {allowed}")]
    Value {
        /// The name.
        name: String,
        /// The value.
        value: String,
        /// Those that it can have.
        allowed: String,
    },
    /// Two rules of a workflow have parameters of one name that are not the same.
    #[error(
        "the parameter `{name}` is not what `{other}` says that it is; the rules of a workflow share their parameters"
    )]
    Disagreement {
        /// The name.
        name: String,
        /// The file of the other rule.
        other: String,
    },
    /// A workflow has both a `rule.json` and a folder of rules.
    #[error("there is a folder `rules` beside it; a workflow has one or the other")]
    OneOrTheOther,
    /// A placeholder stands for nothing.
    #[error("`${{{0}}}` stands for nothing: it is no parameter of the rule")]
    Placeholder(String),
}

impl RuleFile {
    /// Reads the text of a rule's file.
    pub fn read(text: &str) -> Result<Self, RuleError> {
        serde_json::from_str(text).map_err(|error| RuleError::Unreadable(error.to_string()))
    }

    /// The rule. `${StateMachine}` in it is the workflow of its folder; every other placeholder is one of its parameters,
    /// with the value from `set` or its default. What `set` has besides is for the workflow's other rules.
    pub fn rule(
        self,
        name: &str,
        machine_arn: &str,
        set: &BTreeMap<String, String>,
    ) -> Result<Rule, RuleError> {
        let mut values = BTreeMap::from([("StateMachine".to_owned(), machine_arn.to_owned())]);
        for (name, parameter) in &self.parameters {
            values.insert(name.clone(), parameter.value(name, set)?);
        }
        if self.targets.is_empty() || self.targets.len() > MOST_TARGETS {
            return Err(RuleError::Targets(self.targets.len()));
        }
        let targets: Result<Vec<Target>, RuleError> =
            self.targets.into_iter().map(|target| target.filled(&values)).collect();
        Ok(Rule {
            name: name.to_owned(),
            description: self.description,
            pattern: Pattern::new(&self.event_pattern)?,
            source: self.event_pattern,
            targets: targets?,
        })
    }
}

impl Parameter {
    fn value(&self, name: &str, set: &BTreeMap<String, String>) -> Result<String, RuleError> {
        let default = plain(&self.default);
        let value = set.get(name).cloned().unwrap_or(default);
        let values: Vec<String> = self.allowed_values.iter().map(plain).collect();
        let (least, most) = (self.min_value.unwrap_or(0), self.max_value.unwrap_or(u64::MAX));
        let fits = match &self.default {
            _ if !values.is_empty() => values.contains(&value),
            Value::Number(_) => value.parse().is_ok_and(|number| (least..=most).contains(&number)),
            _ => true,
        };
        if fits {
            return Ok(value);
        }
        let allowed = match (values.is_empty(), self.max_value) {
            (false, _) => values.join(", "),
            (true, Some(most)) => format!("a whole number from {least} to {most}"),
            (true, None) => format!("a whole number from {least}"),
        };
        Err(RuleError::Value { name: name.to_owned(), value, allowed })
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Target {
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

/// Puts values in the place of `${Name}`.
pub(crate) fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, RuleError> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        filled.push_str(values.get(name).ok_or_else(|| RuleError::Placeholder(name.to_owned()))?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"{
        "Description": "d",
        "Parameters": {
            "Mode": {"Description": "m", "Default": "plan", "AllowedValues": ["plan", "auto"]},
            "Seconds": {"Description": "s", "Default": 10, "MinValue": 1, "MaxValue": 60},
            "Name": {"Description": "n", "Default": "any"}
        },
        "EventPattern": {"source": ["aws.guardduty"]},
        "Targets": [{"Id": "t", "Arn": "${StateMachine}", "Input": "${Mode} ${Seconds} ${Name}"}]
    }"#;

    #[test]
    fn a_parameter_takes_what_its_rule_allows_and_refuses_everything_else() {
        let cases = [
            (vec![], Ok("plan 10 any")),
            (vec![("Mode", "auto"), ("Seconds", "60"), ("Name", "x")], Ok("auto 60 x")),
            (vec![("Mode", "AUTO")], Err("the parameter `Mode` cannot be `AUTO`; it can be plan, auto")),
            (
                vec![("Seconds", "61")],
                Err("the parameter `Seconds` cannot be `61`; it can be a whole number from 1 to 60"),
            ),
            (
                vec![("Seconds", "0")],
                Err("the parameter `Seconds` cannot be `0`; it can be a whole number from 1 to 60"),
            ),
            (
                vec![("Seconds", "1.5")],
                Err("the parameter `Seconds` cannot be `1.5`; it can be a whole number from 1 to 60"),
            ),
        ];
        for (set, expected) in cases {
            let set = set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let rule = RuleFile::read(RULE).and_then(|file| file.rule("r", "arn:m", &set));
            let input = rule.map(|rule| rule.targets[0].input.clone().unwrap_or_default());
            assert_eq!(
                input.map_err(|error| error.to_string()),
                expected.map(str::to_owned).map_err(str::to_owned)
            );
        }
    }
}
