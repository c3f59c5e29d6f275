use super::resource::Unusable;
use super::{Outcome, Pattern, Resource, Transition, transition};
use crate::asl::fields::Fields;
use crate::asl::handlers::{Catcher, Retrier, catchers, retriers};
use crate::asl::machine::Scope;
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use crate::asl::template::{Setting, Template};
use serde_json::Value;

/// A Task state.
#[derive(Debug)]
pub struct Task {
    /// What it calls.
    pub resource: Resource,
    /// What it calls it with (`Arguments`, `Parameters`). Without it it calls it with the state's input.
    pub arguments: Option<Template>,
    /// How long it may take, in seconds.
    pub timeout_seconds: Option<Setting<u64>>,
    /// How long it may be silent, in seconds.
    pub heartbeat_seconds: Option<Setting<u64>>,
    /// The role that it calls with (`Credentials`), where it is not the machine's.
    pub credentials: Option<Template>,
    /// When it is tried again.
    pub retry: Vec<Retrier>,
    /// Where its errors lead.
    pub catch: Vec<Catcher>,
    /// What it assigns and gives.
    pub outcome: Outcome,
    /// Where it leads.
    pub then: Transition,
}

impl Task {
    pub(super) fn read(fields: &Fields, scope: &Scope) -> Option<Self> {
        let resource = fields.require("Resource").and_then(|value| resource(fields, value));
        let arguments = super::arguments(fields);
        let seconds = 1..=99_999_999;
        let timeout_seconds =
            Setting::integer(fields, ("TimeoutSeconds", "TimeoutSecondsPath"), seconds.clone());
        let heartbeat_seconds =
            Setting::integer(fields, ("HeartbeatSeconds", "HeartbeatSecondsPath"), seconds);
        if let (Some(Setting::Fixed(timeout)), Some(Setting::Fixed(heartbeat))) =
            (&timeout_seconds, &heartbeat_seconds)
            && heartbeat >= timeout
        {
            let message =
                format!("the heartbeat of {heartbeat} s must be shorter than the timeout of {timeout} s");
            fields.problems.push(Problem::warning(Rule::Heartbeat, fields.at("HeartbeatSeconds"), message));
        }
        let credentials = credentials(fields);
        warn(fields, resource.as_ref(), arguments.as_ref(), timeout_seconds.is_some());
        let (retry, catch) = (retriers(fields), catchers(fields, scope));
        let outcome = Outcome::read(fields);
        let then = transition(fields, scope);
        let resource = resource?;
        Some(Self {
            resource,
            arguments,
            timeout_seconds,
            heartbeat_seconds,
            credentials,
            retry,
            catch,
            outcome,
            then: then?,
        })
    }
}

fn resource(fields: &Fields, value: &Value) -> Option<Resource> {
    let Some(arn) = value.as_str() else {
        fields.wrong("Resource", "a string", value);
        return None;
    };
    let message = match Resource::read(arn) {
        Ok(resource) => return Some(resource),
        Err(Unusable::Unknown) => format!(
            "The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
        ),
        Err(Unusable::Pattern(pattern)) => format!(
            "The resource provided {arn} is not recognized. The service integration does not support '{}'.",
            pattern.suffix()
        ),
    };
    fields.problems.add(Rule::Value, fields.at("Resource"), message);
    None
}

/// `Credentials`, an object with the `RoleArn`.
fn credentials(fields: &Fields) -> Option<Template> {
    let value = fields.get("Credentials")?;
    let Some(map) = value.as_object() else {
        fields.wrong("Credentials", "an object", value);
        return None;
    };
    if !map.contains_key("RoleArn") && !map.contains_key("RoleArn.$") {
        let message = "The field 'RoleArn' is required but was missing";
        fields.problems.add(Rule::MissingField, fields.at("Credentials"), message);
    }
    Template::field(fields, "Credentials")
}

/// What works, and is hardly meant.
fn warn(fields: &Fields, resource: Option<&Resource>, arguments: Option<&Template>, has_timeout: bool) {
    let token = match fields.language {
        QueryLanguage::Jsonata => "`{% $states.context.Task.Token %}` into `Arguments`",
        QueryLanguage::Jsonpath => "`$$.Task.Token` into `Parameters`",
    };
    if resource.is_some_and(|resource| resource.pattern() == Pattern::WaitForTaskToken)
        && !arguments.is_some_and(|arguments| arguments.mentions("Task.Token"))
    {
        let at = if fields.language == QueryLanguage::Jsonata { "Arguments" } else { "Parameters" };
        let message = format!(
            "the state waits for a task token and does not pass it on: nobody could ever answer; put {token}"
        );
        fields.problems.push(Problem::warning(Rule::TaskToken, fields.at(at), message));
    }
    if resource.is_some() && !has_timeout {
        let message = "the state has no timeout: a call that never comes back holds the execution until it ends, or for a year; say `TimeoutSeconds`";
        fields.problems.push(Problem::warning(Rule::NoTimeout, fields.pointer.clone(), message));
    }
}
