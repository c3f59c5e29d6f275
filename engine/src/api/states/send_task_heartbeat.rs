use super::members::{must, secret};
use super::shape::Member;
use super::{Api, ApiError, Caller, answer};
use crate::execution::Stimulus;
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("taskToken", secret(1, 2048))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    task_token: String,
}

/// `SendTaskHeartbeat`
pub(super) async fn run(api: &Api, _: &Caller, input: Input) -> Result<Value, ApiError> {
    answer(api, input.task_token, |attempt| Ok(Stimulus::Heartbeat { attempt })).await
}
