use super::members::{may, must, secret};
use super::shape::Member;
use super::{Api, ApiError, Caller, answer};
use crate::execution::Stimulus;
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] =
    &[must("taskToken", secret(1, 2048)), may("error", secret(0, 256)), may("cause", secret(0, 32_768))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    task_token: String,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    cause: Option<String>,
}

/// `SendTaskFailure`
pub(super) async fn run(api: &Api, _: &Caller, input: Input) -> Result<Value, ApiError> {
    let Input { task_token, error, cause } = input;
    answer(api, task_token, |attempt| Ok(Stimulus::Failed { attempt, error, cause })).await
}
