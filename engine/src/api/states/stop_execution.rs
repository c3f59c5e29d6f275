use super::members::{may, must, secret, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn};
use crate::execution::Stimulus;
use crate::service::ExecutorError;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] =
    &[must("executionArn", text(1, 256)), may("error", secret(0, 256)), may("cause", secret(0, 32_768))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    execution_arn: String,
    error: Option<String>,
    cause: Option<String>,
}

/// `StopExecution`. One that has ended stays as it ended.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let found = arn::execution(api, caller, &input.execution_arn).await?;
    match api.executor.submit(found.row, Stimulus::Stop { error: input.error, cause: input.cause }).await {
        Ok(()) | Err(ExecutorError::NotAwaited(_)) => {
            let stopped = arn::execution(api, caller, &input.execution_arn).await?.stopped_at;
            Ok(json!({ "stopDate": stopped.map(seconds) }))
        }
        Err(error) => Err(error.into()),
    }
}
