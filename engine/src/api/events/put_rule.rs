use super::{Api, ApiError, Caller, rule_name};
use crate::service::rules::Put;
use crate::service::tags::Tag;
use serde::Deserialize;
use serde_json::{Value, json};

/// How many characters a pattern may have. Source: EventBridge API reference, `PutRule`.
const MOST_PATTERN: usize = 4_096;

/// How many characters a schedule may have. Source: EventBridge API reference, `PutRule`.
const MOST_SCHEDULE: usize = 256;

const STATES: [&str; 3] = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    name: String,
    event_pattern: Option<String>,
    schedule_expression: Option<String>,
    state: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    event_bus_name: Option<String>,
    #[serde(default)]
    tags: Vec<TagInput>,
}

/// `Tag`
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TagInput {
    key: String,
    value: String,
}

impl From<TagInput> for Tag {
    fn from(tag: TagInput) -> Self {
        Self { key: tag.key, value: tag.value }
    }
}

/// `PutRule`. A rule of the same name is replaced by what is said, and keeps its targets.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let key = rule_name::key(caller, input.event_bus_name.as_deref(), &input.name)?;
    let state = input.state.unwrap_or_else(|| "ENABLED".to_owned());
    if !STATES.contains(&state.as_str()) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{state}' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            STATES.join(", ")
        )));
    }
    let pattern = input.event_pattern.filter(|pattern| !pattern.is_empty());
    let schedule = input.schedule_expression.filter(|schedule| !schedule.is_empty());
    if pattern.is_none() && schedule.is_none() {
        let message = "Parameter(s) EventPattern or ScheduleExpression must be specified.";
        return Err(ApiError::validation(message));
    }
    check_pattern(pattern.as_deref().unwrap_or_default())?;
    check_length("scheduleExpression", schedule.as_deref().unwrap_or_default(), MOST_SCHEDULE)?;
    let (description, role_arn) = (input.description, input.role_arn);
    let put = Put { description, pattern, schedule, state, role_arn };
    let arn = api.bus.rules().put(key, put).await?;
    let new: Vec<Tag> = input.tags.into_iter().map(Tag::from).collect();
    if !new.is_empty() {
        api.store.put_tags(arn.clone(), new).await?;
    }
    Ok(json!({ "RuleArn": arn }))
}

/// Refuses a pattern that is too long.
pub(super) fn check_pattern(pattern: &str) -> Result<(), ApiError> {
    check_length("eventPattern", pattern, MOST_PATTERN)
}

fn check_length(field: &str, text: &str, most: usize) -> Result<(), ApiError> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "1 validation error detected: Value at '{field}' failed to satisfy constraint: Member must have length less than or equal to {most}"
    )))
}

#[cfg(test)]
mod tests;
