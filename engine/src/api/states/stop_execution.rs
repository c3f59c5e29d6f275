use super::{Api, ApiError, execution};
use crate::execution::Stimulus;
use crate::service::ExecutorError;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    execution_arn: String,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    cause: Option<String>,
}

/// `StopExecution`. One that has ended stays as it ended.
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    let found = execution(api, &input.execution_arn).await?;
    match api.executor.submit(found.row, Stimulus::Stop { error: input.error, cause: input.cause }).await {
        Ok(()) | Err(ExecutorError::NotAwaited(_)) => {
            let stopped = execution(api, &input.execution_arn).await?.stopped_at;
            Ok(json!({ "stopDate": stopped.map(seconds) }))
        }
        Err(error) => Err(error.into()),
    }
}
