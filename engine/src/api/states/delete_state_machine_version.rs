use super::members::{must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn};
use crate::arn::{Qualified, Qualifier};
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("stateMachineVersionArn", text(1, 2000))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_version_arn: String,
}

/// `DeleteStateMachineVersion`. One that an alias leads to stays; one that is not there is no error.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let version_arn = input.state_machine_version_arn;
    let Qualified { machine, qualifier: Qualifier::Version(number) } = arn::qualified(&version_arn)? else {
        return Err(ApiError::validation(format!(
            "A state machine version ARN is required. Received: {version_arn}"
        )));
    };
    if !caller.is_at_home(&version_arn) {
        return Ok(json!({}));
    }
    let names = api.store.delete_version(machine, number).await?;
    if names.is_empty() {
        return Ok(json!({}));
    }
    Err(ApiError::client(
        "ConflictException",
        format!(
            "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [{}]",
            names.join(", ")
        ),
    ))
}
