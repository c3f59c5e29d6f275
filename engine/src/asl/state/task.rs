use super::parameters;
use super::resource::Unusable;
use super::{Outcome, Resource, Transition, ranges, transition};
use crate::asl::fields::Fields;
use crate::asl::handlers::{Catcher, Retrier, catchers, retriers};
use crate::asl::machine::Scope;
use crate::asl::problem::Rule;
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
        let timeout_seconds =
            Setting::integer(fields, ("TimeoutSeconds", "TimeoutSecondsPath"), ranges::TASK_SECONDS);
        let heartbeat_seconds =
            Setting::integer(fields, ("HeartbeatSeconds", "HeartbeatSecondsPath"), ranges::TASK_SECONDS);
        let credentials = credentials(fields);
        if credentials.is_some() && resource.as_ref().is_some_and(Resource::is_activity) {
            let message = "The field 'Credentials' is not supported for activities";
            fields.problems.add(Rule::UnknownField, fields.at("Credentials"), message);
        }
        if let Some(resource) = &resource {
            parameters::check(fields, resource);
        }
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
        fields.mistyped("Resource", "String", value);
        return None;
    };
    let (rule, message) = match Resource::read(arn) {
        Ok(resource) => return Some(resource),
        Err(Unusable::NoArn) => (Rule::Value, "Value is not a valid resource ARN".to_owned()),
        Err(Unusable::Unknown) => (
            Rule::UnknownIntegration,
            format!(
                "The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
            ),
        ),
        Err(Unusable::Pattern(pattern)) => (
            Rule::UnknownIntegration,
            format!(
                "The resource provided {arn} is not recognized. The service integration does not support '{}'.",
                pattern.suffix()
            ),
        ),
    };
    fields.problems.add(rule, fields.at("Resource"), message);
    None
}

/// `Credentials`, an object with the `RoleArn`.
fn credentials(fields: &Fields) -> Option<Template> {
    let value = fields.get("Credentials")?;
    let Some(map) = value.as_object() else {
        fields.mistyped("Credentials", "Object", value);
        return None;
    };
    if !map.contains_key("RoleArn") && !map.contains_key("RoleArn.$") {
        let message = "The field 'RoleArn' is required but was missing";
        fields.problems.add(Rule::MissingField, fields.at("Credentials"), message);
    }
    if let Some(found) = map.get("RoleArn").filter(|found| !found.is_string())
        && let Some(entry) = fields.inner(value, &fields.at("Credentials"))
    {
        entry.mistyped("RoleArn", "String", found);
    }
    Template::field(fields, "Credentials")
}
