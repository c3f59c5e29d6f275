use super::members::{PAGE_SIZE, may, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, protocol};
use crate::service::StoredMachine;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[may("maxResults", PAGE_SIZE), may("nextToken", text(1, 1024))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    max_results: Option<u64>,
    next_token: Option<String>,
}

/// `ListStateMachines`, those of the caller's account and region.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let (skip, most) = (protocol::skip(input.next_token.as_deref())?, protocol::page_size(input.max_results));
    let machines = api.machines.list(&caller.place.arn("states", "stateMachine:")).await?;
    let (page, next) = protocol::page(machines.into_iter().skip(skip).collect(), skip, most);
    let describe = |machine: StoredMachine| {
        json!({
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "type": machine.kind.as_str(),
            "creationDate": seconds(machine.created_at),
        })
    };
    Ok(protocol::listed("stateMachines", page.into_iter().map(describe).collect(), next))
}
