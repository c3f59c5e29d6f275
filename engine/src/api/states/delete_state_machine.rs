use super::members::{must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn};
use crate::arn::{Qualified, Qualifier};
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("stateMachineArn", text(1, 256))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_arn: String,
}

/// `DeleteStateMachine`, with its versions, its aliases and its tags. Executions that run go on.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let Qualified { machine, qualifier } = arn::of_machine(&input.state_machine_arn)?;
    if qualifier != Qualifier::None {
        return Err(ApiError::validation("A state machine ARN without a version or an alias is required"));
    }
    if caller.is_at_home(&input.state_machine_arn) {
        api.machines.delete(&machine).await?;
    }
    Ok(json!({}))
}
