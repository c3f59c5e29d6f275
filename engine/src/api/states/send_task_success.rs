use super::{Api, ApiError, answer};
use crate::execution::{Data, Stimulus};
use serde::Deserialize;
use serde_json::Value;

/// The most that an output may hold. Source: Step Functions quotas.
const MOST_BYTES: usize = 262_144;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    task_token: String,
    output: String,
}

/// `SendTaskSuccess`
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    let output = match Data::read(&input.output) {
        Ok(output) if input.output.len() <= MOST_BYTES => output,
        Ok(_) => {
            return Err(ApiError::client(
                "InvalidOutput",
                format!("Invalid Output: 'the output is larger than {MOST_BYTES} bytes'"),
            ));
        }
        Err(error) => return Err(ApiError::client("InvalidOutput", format!("Invalid Output: '{error}'"))),
    };
    answer(api, input.task_token, |attempt| Stimulus::Succeeded { attempt, output }).await
}
