use super::describe::Answer;
use super::members::{must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, map_run};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("mapRunArn", text(1, 2000))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    map_run_arn: String,
}

/// `DescribeMapRun`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let found = map_run::find(api, caller, &input.map_run_arn).await?;
    let counts = map_run::count(api, &found).await?;
    let run = found.run;
    let mut answer = Answer::default();
    answer.put("mapRunArn", run.arn);
    answer.put("executionArn", found.execution.arn);
    answer.put("status", run.status);
    answer.put("startDate", seconds(run.started_at));
    answer.may("stopDate", run.stopped_at.map(seconds));
    answer.put("maxConcurrency", run.concurrency);
    answer.put("toleratedFailurePercentage", run.tolerated_percentage.unwrap_or(0.0));
    answer.put("toleratedFailureCount", run.tolerated_count.unwrap_or(0));
    answer.put("itemCounts", counts.items.to_json());
    answer.put("executionCounts", counts.executions.to_json());
    answer.put("redriveCount", run.redrive_count);
    answer.may("redriveDate", run.redriven_at.map(seconds));
    Ok(answer.finish())
}
