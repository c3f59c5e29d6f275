use super::describe::Answer;
use super::members::{INCLUDED, may, must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn};
use crate::service::herald::redrive_status;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("executionArn", text(1, 256)), may("includedData", INCLUDED)];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    execution_arn: String,
    included_data: Option<String>,
}

/// `DescribeExecution`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let found = arn::execution(api, caller, &input.execution_arn).await?;
    let with_data = input.included_data.as_deref() != Some("METADATA_ONLY");
    let (redrivable, reason) = redrive_status(&found, api.clock.now());
    let stranded = api.executor.why_stranded(&found).await;
    let mut answer = Answer::default();
    answer.put("executionArn", found.arn);
    answer.put("stateMachineArn", found.machine_arn);
    answer.may("stateMachineVersionArn", found.origin.version_arn);
    answer.may("stateMachineAliasArn", found.origin.alias_arn);
    answer.may("mapRunArn", found.origin.map_run_arn);
    answer.may("traceHeader", found.origin.trace_header);
    answer.put("name", found.name);
    answer.put("status", found.status);
    answer.put("startDate", seconds(found.started_at));
    answer.may("stopDate", found.stopped_at.map(seconds));
    if with_data {
        answer.put("input", found.input);
        answer.put("inputDetails", json!({ "included": true }));
    }
    if let Some(output) = found.output.filter(|_| with_data) {
        answer.put("output", output);
        answer.put("outputDetails", json!({ "included": true }));
    }
    if let Some(why) = stranded {
        // AWS has no word for it. It runs as far as anybody can tell, and it will not go on.
        answer.put("error", "Redress.CannotBeReplayed");
        answer.put("cause", format!("This engine cannot take it up again, and leaves it as it is: {why}"));
    }
    if with_data {
        answer.may("error", found.error);
        answer.may("cause", found.cause);
    }
    answer.put("redriveCount", found.redrive_count);
    answer.may("redriveDate", found.redriven_at.map(seconds));
    answer.put("redriveStatus", redrivable);
    answer.may("redriveStatusReason", reason);
    Ok(answer.finish())
}
