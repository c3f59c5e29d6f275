use super::members::{must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn, routing};
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("stateMachineAliasArn", text(1, 256))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_alias_arn: String,
}

/// `DeleteStateMachineAlias`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let alias_arn = input.state_machine_alias_arn;
    arn::check(&alias_arn, &["stateMachine"])?;
    let was_there = caller.is_at_home(&alias_arn) && api.store.delete_alias(alias_arn).await?;
    if was_there { Ok(json!({})) } else { Err(routing::not_found()) }
}
