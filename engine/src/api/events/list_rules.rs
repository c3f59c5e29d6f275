use super::{Api, ApiError, Caller, protocol, rule_name};
use crate::service::rules::{Held, place_of};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    #[serde(default)]
    name_prefix: String,
    event_bus_name: Option<String>,
    next_token: Option<String>,
    limit: Option<u64>,
}

/// `ListRules`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let bus = rule_name::bus_name(input.event_bus_name.as_deref());
    let all = api.bus.rules().list(&place_of(&caller.place), bus, &input.name_prefix).await?;
    let rules = all.iter().map(|held| describe(held)).collect();
    page("Rules", rules, input.next_token.as_deref(), input.limit)
}

/// A page of a list, under its name, and `NextToken` where there is more.
pub(super) fn page(
    name: &str,
    items: Vec<Value>,
    token: Option<&str>,
    limit: Option<u64>,
) -> Result<Value, ApiError> {
    let (skip, most) = (protocol::skip(token)?, protocol::page_size(limit));
    let rest = items.into_iter().skip(skip).take(most + 1).collect();
    let (items, next) = protocol::page(rest, skip, most);
    let mut answer = json!({ name: items });
    if let (Some(next), Some(map)) = (next, answer.as_object_mut()) {
        map.insert("NextToken".to_owned(), Value::from(next));
    }
    Ok(answer)
}

pub(super) fn describe(held: &Held) -> Value {
    let mut rule = json!({
        "Name": held.key.name,
        "Arn": held.arn,
        "State": held.state,
        "EventBusName": held.key.bus,
    });
    let more = [
        ("EventPattern", held.pattern.as_ref().map(|(_, text)| text.as_str())),
        ("ScheduleExpression", held.schedule.as_ref().map(|(_, stored)| stored.text.as_str())),
        ("Description", held.description.as_deref().filter(|text| !text.is_empty())),
        ("RoleArn", held.role_arn.as_deref()),
        // Nobody can change it but in its folder.
        ("ManagedBy", held.is_own.then_some("redress")),
    ];
    for (name, value) in more {
        if let (Some(value), Some(map)) = (value, rule.as_object_mut()) {
            map.insert(name.to_owned(), Value::from(value));
        }
    }
    rule
}
