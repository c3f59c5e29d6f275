use super::members::{COUNT, may, must, text};
use super::shape::{Member, Shape};
use super::{Api, ApiError, Caller, map_run};
use crate::service::stored_map_runs::Change;
use crate::status::MapRunStatus;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("mapRunArn", text(1, 2000)),
    may("maxConcurrency", COUNT),
    may("toleratedFailurePercentage", Shape::Real { min: 0.0, max: 100.0 }),
    may("toleratedFailureCount", COUNT),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    map_run_arn: String,
    max_concurrency: Option<u64>,
    tolerated_failure_percentage: Option<f64>,
    tolerated_failure_count: Option<u64>,
}

/// `UpdateMapRun`: changes how many children run and may fail while the map run goes on.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let found = map_run::find(api, caller, &input.map_run_arn).await?;
    let changes = input.max_concurrency.is_some()
        || input.tolerated_failure_percentage.is_some()
        || input.tolerated_failure_count.is_some();
    if !changes {
        return Err(ApiError::because(
            "MISSING_REQUIRED_PARAMETER",
            "At least one of maxConcurrency, toleratedFailurePercentage or toleratedFailureCount must be specified",
        ));
    }
    if found.run.status != MapRunStatus::Running {
        return Err(ApiError::because(
            "CANNOT_UPDATE_COMPLETED_MAP_RUN",
            format!("Map Run is {} and cannot be updated", found.run.status),
        ));
    }
    let change = Change {
        concurrency: input.max_concurrency,
        tolerated_count: input.tolerated_failure_count,
        tolerated_percentage: input.tolerated_failure_percentage,
    };
    api.store.update_map_run(found.run.arn, change).await?;
    Ok(json!({}))
}
