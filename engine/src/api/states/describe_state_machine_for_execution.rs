use super::describe::Answer;
use super::members::{INCLUDED, may, must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn};
use crate::arn::MapRunArn;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("executionArn", text(1, 256)), may("includedData", INCLUDED)];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    execution_arn: String,
    included_data: Option<String>,
}

/// `DescribeStateMachineForExecution`: the machine as it was when the execution started.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let found = arn::execution(api, caller, &input.execution_arn).await?;
    let begun_with = api.store.begun_with(found.row).await?;
    let (about, definition) = begun_with.ok_or_else(|| ApiError::no_execution(&input.execution_arn))?;
    let mut answer = Answer::default();
    answer.put("stateMachineArn", about.machine_arn);
    answer.put("name", about.machine_name);
    answer.put("roleArn", about.role_arn);
    answer.put("updateDate", seconds(found.origin.machine_updated_at.unwrap_or(found.started_at)));
    answer.may("revisionId", found.origin.revision);
    let label = found.origin.map_run_arn.as_ref().and_then(MapRunArn::label);
    answer.may("label", label);
    answer.may("mapRunArn", found.origin.map_run_arn);
    answer.settings(&found.origin.settings);
    if input.included_data.as_deref() != Some("METADATA_ONLY") {
        answer.definition(definition);
    } else {
        answer.put("definition", "");
    }
    Ok(answer.finish())
}
