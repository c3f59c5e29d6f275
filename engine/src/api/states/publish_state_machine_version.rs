use super::members::{ANY, may, must, secret, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn};
use crate::service::versions::Published;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("stateMachineArn", text(1, 256)),
    may("revisionId", text(0, ANY)),
    may("description", secret(0, 256)),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_arn: String,
    revision_id: Option<String>,
    description: Option<String>,
}

/// `PublishStateMachineVersion`. A revision that was published before gives the same version.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let machine = arn::machine(api, caller, &input.state_machine_arn).await?.stored;
    let (arn, revision, now) = (machine.arn.clone(), input.revision_id.clone(), api.clock.now());
    match api.store.publish_version(arn, revision, input.description, now).await? {
        Published::Version(number, created) => Ok(json!({
            "creationDate": seconds(created),
            "stateMachineVersionArn": machine.arn.qualified(number),
        })),
        Published::Moved(current) => Err(ApiError::client(
            "ConflictException",
            format!(
                "Failed to publish the State Machine version for revision {}. The current State Machine revision is {}.",
                input.revision_id.unwrap_or_default(),
                current.as_deref().unwrap_or("INITIAL"),
            ),
        )),
        Published::NoMachine => Err(ApiError::no_machine(&input.state_machine_arn)),
    }
}
