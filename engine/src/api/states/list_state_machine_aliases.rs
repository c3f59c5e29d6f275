use super::members::{PAGE_SIZE, may, must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn, protocol};
use crate::arn::{Qualified, Qualifier};
use crate::service::aliases::Alias;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] =
    &[must("stateMachineArn", text(1, 256)), may("nextToken", text(1, 1024)), may("maxResults", PAGE_SIZE)];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_arn: String,
    max_results: Option<u64>,
    next_token: Option<String>,
}

/// `ListStateMachineAliases`, the oldest first: those of a machine, or those that lead to one of its versions.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let (skip, most) = (protocol::skip(input.next_token.as_deref())?, protocol::page_size(input.max_results));
    let asked = input.state_machine_arn;
    let Qualified { machine, qualifier } = arn::qualified(&asked)?;
    let version = (qualifier != Qualifier::None).then_some(asked);
    let machine_arn = arn::machine(api, caller, &machine).await?.stored.arn;
    let found = api.store.aliases(machine_arn).await?;
    let leads_there = |alias: &Alias| {
        version.as_ref().is_none_or(|version| {
            alias.routing.iter().any(|route| route.state_machine_version_arn == *version)
        })
    };
    let found: Vec<Alias> = found.into_iter().filter(leads_there).skip(skip).collect();
    let (page, next) = protocol::page(found, skip, most);
    let describe = |alias: Alias| json!({ "stateMachineAliasArn": alias.arn, "creationDate": seconds(alias.created_at) });
    Ok(protocol::listed("stateMachineAliases", page.into_iter().map(describe).collect(), next))
}
