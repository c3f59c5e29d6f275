use super::{Api, ApiError, Caller, protocol};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    #[serde(default)]
    max_results: Option<u64>,
    #[serde(default)]
    next_token: Option<String>,
}

/// `ListStateMachines`, those of the caller's region.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let (skip, most) =
        (protocol::skip(input.next_token.as_deref())?, protocol::page_size(input.max_results)?);
    let machines = api.machines.list(&caller.place.arn("states", "stateMachine:")).await?;
    let (page, next) = protocol::page(machines.into_iter().skip(skip).collect(), skip, most);
    let describe = |machine: crate::service::StoredMachine| json!({ "stateMachineArn": machine.arn, "name": machine.name, "type": "STANDARD", "creationDate": seconds(machine.created_at) });
    let mut answer = json!({ "stateMachines": page.into_iter().map(describe).collect::<Vec<_>>() });
    if let (Some(next), Some(map)) = (next, answer.as_object_mut()) {
        map.insert("nextToken".to_owned(), Value::String(next));
    }
    Ok(answer)
}
