use super::{Outcome, Transition, transition};
use crate::asl::fields::Fields;
use crate::asl::handlers::{Catcher, Retrier, catchers, retriers};
use crate::asl::machine::Scope;
use crate::asl::problem::{Problem, Rule};
use crate::asl::template::{Setting, Template};

/// A Task state.
#[derive(Debug)]
pub struct Task {
    /// What it calls.
    pub integration: Integration,
    /// What it calls it with. Without it it calls it with the state's input.
    pub arguments: Option<Template>,
    /// How long it may take, in seconds.
    pub timeout_seconds: Option<Setting<u64>>,
    /// How long it may be silent, in seconds.
    pub heartbeat_seconds: Option<Setting<u64>>,
    /// When it is tried again.
    pub retry: Vec<Retrier>,
    /// Where its errors lead.
    pub catch: Vec<Catcher>,
    /// What it assigns and gives.
    pub outcome: Outcome,
    /// Where it leads.
    pub then: Transition,
}

/// What a Task calls, and whether it waits for a task token afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// The service: `lambda`.
    pub service: String,
    /// The action: `invoke`.
    pub action: String,
    /// Whether it waits for somebody to answer the task token (`.waitForTaskToken`).
    pub waits_for_token: bool,
}

impl Integration {
    /// The resource as a history writes it: `invoke.waitForTaskToken`.
    pub fn resource(&self) -> String {
        let suffix = if self.waits_for_token { ".waitForTaskToken" } else { "" };
        format!("{}{suffix}", self.action)
    }

    /// Reads `arn:aws:states:::lambda:invoke.waitForTaskToken`.
    fn read(arn: &str) -> Result<Self, String> {
        let parts: Vec<&str> = arn.split(':').collect();
        let (service, action) = match parts.as_slice() {
            ["arn", "aws" | "aws-cn" | "aws-us-gov", "states", "", "", service, action] => {
                (*service, *action)
            }
            ["arn", _, "lambda", _, _, "function", ..] => {
                return Err("a plain function ARN is refused: this engine takes `arn:aws:states:::lambda:invoke` with a `FunctionName` for now".to_owned());
            }
            ["arn", _, "states", _, _, "activity", _] => {
                return Err("an activity is refused: this engine does not run activities yet".to_owned());
            }
            ["arn", _, "states", "", "", "aws-sdk", ..] => {
                return Err(format!("`{arn}` is refused: this engine does not run SDK integrations yet"));
            }
            _ => {
                return Err(format!(
                    "The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
                ));
            }
        };
        let (action, pattern) = action.split_once('.').unwrap_or((action, ""));
        match (service, action, pattern) {
            ("lambda", "invoke", "" | "waitForTaskToken") => Ok(Self {
                service: service.to_owned(),
                action: action.to_owned(),
                waits_for_token: !pattern.is_empty(),
            }),
            _ => Err(format!(
                "the integration `{service}:{action}{}{pattern}` is refused: this engine runs `lambda:invoke`, with and without `.waitForTaskToken`, for now",
                if pattern.is_empty() { "" } else { "." }
            )),
        }
    }
}

impl Task {
    pub(super) fn read(fields: &Fields, scope: &Scope) -> Option<Self> {
        let integration = fields.require("Resource").and_then(|value| match value.as_str() {
            None => {
                fields.wrong("Resource", "a string", value);
                None
            }
            Some(arn) => Integration::read(arn)
                .map_err(|why| {
                    let rule = if why.contains("is refused") { Rule::NotYet } else { Rule::Value };
                    fields.problems.add(rule, fields.at("Resource"), why);
                })
                .ok(),
        });
        let arguments = Template::field(fields, "Arguments");
        let timeout_seconds = Setting::integer(fields, "TimeoutSeconds", 1..=99_999_999);
        let heartbeat_seconds = Setting::integer(fields, "HeartbeatSeconds", 1..=99_999_999);
        if let (Some(Setting::Fixed(timeout)), Some(Setting::Fixed(heartbeat))) =
            (&timeout_seconds, &heartbeat_seconds)
            && heartbeat >= timeout
        {
            let message =
                format!("the heartbeat of {heartbeat} s must be shorter than the timeout of {timeout} s");
            fields.problems.add(Rule::Heartbeat, fields.at("HeartbeatSeconds"), message);
        }
        if integration.as_ref().is_some_and(|integration| integration.waits_for_token)
            && !arguments.as_ref().is_some_and(|arguments| arguments.mentions("Task.Token"))
        {
            let message = "the state waits for a task token and does not pass it on: nobody could ever answer; put `{% $states.context.Task.Token %}` into `Arguments`";
            fields.problems.push(Problem::warning(Rule::TaskToken, fields.at("Arguments"), message));
        }
        let (retry, catch) = (retriers(fields), catchers(fields, scope));
        let outcome = Outcome::read(fields);
        let then = transition(fields, scope);
        let integration = integration?;
        Some(Self {
            integration,
            arguments,
            timeout_seconds,
            heartbeat_seconds,
            retry,
            catch,
            outcome,
            then: then?,
        })
    }
}
