use super::{Api, ApiError, answer};
use crate::execution::Stimulus;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    task_token: String,
}

/// `SendTaskHeartbeat`
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    answer(api, input.task_token, |attempt| Ok(Stimulus::Heartbeat { attempt })).await
}
