use super::members::{may, must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, activity};
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("activityArn", text(1, 256)), may("workerName", text(1, 80))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    activity_arn: String,
    worker_name: Option<String>,
}

/// `GetActivityTask`. Without a task it waits for one, and in the end answers without a token.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let found = activity(api, caller, &input.activity_arn).await?;
    Ok(match api.executor.poll(&found.arn, input.worker_name.as_deref()).await? {
        Some(taken) => json!({ "taskToken": taken.token.expose(), "input": taken.input }),
        None => json!({}),
    })
}
