use super::describe::Answer;
use super::members::{must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn, routing};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("stateMachineAliasArn", text(1, 256))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_alias_arn: String,
}

/// `DescribeStateMachineAlias`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let alias_arn = input.state_machine_alias_arn;
    arn::check(&alias_arn, &["stateMachine"])?;
    if !caller.is_at_home(&alias_arn) {
        return Err(routing::not_found());
    }
    let alias = api.store.alias(alias_arn).await?.ok_or_else(routing::not_found)?;
    let mut answer = Answer::default();
    answer.put("stateMachineAliasArn", alias.arn);
    answer.put("name", alias.name);
    answer.may("description", alias.description);
    answer.put("routingConfiguration", json!(alias.routing));
    answer.put("creationDate", seconds(alias.created_at));
    answer.put("updateDate", seconds(alias.updated_at));
    Ok(answer.finish())
}
