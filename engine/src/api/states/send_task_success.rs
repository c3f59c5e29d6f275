use super::members::{DATA, must, secret};
use super::shape::Member;
use super::{Api, ApiError, Caller, answer};
use crate::execution::{Data, Stimulus};
use crate::java;
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("taskToken", secret(1, 2048)), must("output", DATA)];

/// The most that an output may hold. Source: Step Functions quotas.
const MOST_BYTES: usize = 262_144;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    task_token: String,
    output: String,
}

/// `SendTaskSuccess`
pub(super) async fn run(api: &Api, _: &Caller, input: Input) -> Result<Value, ApiError> {
    let Input { task_token, output } = input;
    answer(api, task_token, |attempt| Ok(Stimulus::Succeeded { attempt, output: read(&output)? })).await
}

fn read(output: &str) -> Result<Data, ApiError> {
    let invalid = |why: String| ApiError::client("InvalidOutput", format!("Invalid Output: '{why}'"));
    if output.len() > MOST_BYTES {
        return Err(invalid(format!("the output is larger than {MOST_BYTES} bytes")));
    }
    Data::read(output)
        .map_err(|error| invalid(java::parse_error(output).unwrap_or_else(|| error.to_string())))
}
