use super::put_rule::TagInput;
use super::{Api, ApiError, Caller, describe_event_bus, rule_name};
use crate::service::rules::place_of;
use crate::service::tags::Tag;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    name: String,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<TagInput>,
}

/// `CreateEventBus`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    rule_name::check(&input.name, "name", 256)?;
    api.bus.rules().create_bus(&place_of(&caller.place), &input.name, input.description).await?;
    let arn = describe_event_bus::arn(caller, &input.name);
    let new: Vec<Tag> = input.tags.into_iter().map(Tag::from).collect();
    api.store.put_tags(arn.clone(), new).await?;
    Ok(json!({ "EventBusArn": arn }))
}
