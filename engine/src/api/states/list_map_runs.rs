use super::describe::Answer;
use super::members::{PAGE_SIZE, may, must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn, protocol};
use crate::service::stored_map_runs::MapRun;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] =
    &[must("executionArn", text(1, 256)), may("maxResults", PAGE_SIZE), may("nextToken", text(1, 1024))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    execution_arn: String,
    max_results: Option<u64>,
    next_token: Option<String>,
}

/// `ListMapRuns`, the latest first.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let (skip, most) = (protocol::skip(input.next_token.as_deref())?, protocol::page_size(input.max_results));
    let execution = arn::execution(api, caller, &input.execution_arn).await?;
    let found = api.store.map_runs(execution.row).await?;
    let (page, next) = protocol::page(found.into_iter().skip(skip).collect(), skip, most);
    let describe = |run: MapRun| {
        let mut answer = Answer::default();
        answer.put("executionArn", execution.arn.as_str());
        answer.put("mapRunArn", run.arn);
        answer.put("stateMachineArn", execution.machine_arn.as_str());
        answer.put("startDate", seconds(run.started_at));
        answer.may("stopDate", run.stopped_at.map(seconds));
        answer.finish()
    };
    Ok(protocol::listed("mapRuns", page.into_iter().map(describe).collect(), next))
}
