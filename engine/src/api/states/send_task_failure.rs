use super::{Api, ApiError, answer};
use crate::execution::Stimulus;
use serde::Deserialize;
use serde_json::Value;

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
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    let Input { task_token, error, cause } = input;
    answer(api, task_token, |attempt| Ok(Stimulus::Failed { attempt, error, cause })).await
}
