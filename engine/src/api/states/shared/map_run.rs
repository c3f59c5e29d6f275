//! Map runs, and how far they are.

use super::definition::each_state;
use super::{Api, ApiError, Caller, arn};
use crate::arn::MapRunArn;
use crate::service::executions::Summary;
use crate::service::stored_map_runs::{Child, MapRun};
use crate::status::{ExecutionStatus, MapRunStatus};
use serde_json::{Value, json};

/// A map run and the execution that it belongs to.
pub(in crate::api) struct Found {
    pub(in crate::api) run: MapRun,
    pub(in crate::api) execution: Summary,
}

/// The map run of an ARN.
pub(in crate::api) async fn find(api: &Api, caller: &Caller, map_run_arn: &str) -> Result<Found, ApiError> {
    let wanted: MapRunArn = arn::read(map_run_arn, "mapRun")?;
    let is_at_home = caller.is_at_home(map_run_arn);
    let found = api.store.map_run(wanted).await?.filter(|_| is_at_home);
    let found = found.map(|(run, execution)| Found { run, execution });
    found.ok_or_else(|| ApiError::client("ResourceNotFound", format!("Resource not found: '{map_run_arn}'")))
}

/// How many are where.
#[derive(Default)]
pub(in crate::api) struct Counts {
    total: u64,
    running: u64,
    succeeded: u64,
    failed: u64,
    timed_out: u64,
    aborted: u64,
    written: u64,
}

impl Counts {
    fn add(&mut self, status: ExecutionStatus, number: u64) {
        match status {
            ExecutionStatus::Running => self.running += number,
            ExecutionStatus::Succeeded => self.succeeded += number,
            ExecutionStatus::Failed => self.failed += number,
            ExecutionStatus::TimedOut => self.timed_out += number,
            ExecutionStatus::Aborted | ExecutionStatus::PendingRedrive => self.aborted += number,
        }
    }

    pub(in crate::api) fn to_json(&self) -> Value {
        let begun = self.running + self.succeeded + self.failed + self.timed_out + self.aborted;
        json!({
            "pending": self.total.saturating_sub(begun),
            "running": self.running,
            "succeeded": self.succeeded,
            "failed": self.failed,
            "timedOut": self.timed_out,
            "aborted": self.aborted,
            "total": self.total,
            "resultsWritten": self.written,
            "failuresNotRedrivable": 0,
            "pendingRedrive": 0,
        })
    }
}

/// The children of a map run, and their items: a batch has several.
pub(in crate::api) struct Progress {
    pub(in crate::api) executions: Counts,
    pub(in crate::api) items: Counts,
}

/// Counts the children of a map run.
pub(in crate::api) async fn count(api: &Api, found: &Found) -> Result<Progress, ApiError> {
    let children = api.store.children(found.run.arn.clone()).await?;
    let definition = definition(api, found).await?;
    let state = map_state(&definition, &found.run.state);
    let has = |field: &str| state.as_ref().is_some_and(|state| state.get(field).is_some());
    let items_of = |input: &Value| items_in(input, has("ItemBatcher"));
    let inputs: Vec<Value> =
        found.run.inputs.as_deref().and_then(|inputs| serde_json::from_str(inputs).ok()).unwrap_or_default();
    let mut progress = Progress { executions: Counts::default(), items: Counts::default() };
    progress.executions.total = inputs.len() as u64;
    progress.items.total = inputs.iter().map(items_of).sum();
    for Child { status, input } in &children {
        let items = items_of(&serde_json::from_str(input).unwrap_or_default());
        progress.executions.add(*status, 1);
        progress.items.add(*status, items);
    }
    if has("ResultWriter") && found.run.status == MapRunStatus::Succeeded {
        progress.executions.written = progress.executions.total;
        progress.items.written = progress.items.total;
    }
    Ok(progress)
}

/// The definition that the execution of a map run runs.
async fn definition(api: &Api, found: &Found) -> Result<String, ApiError> {
    let begun_with = api.store.begun_with(found.execution.row).await?;
    Ok(begun_with.map(|(_, definition)| definition).unwrap_or_default())
}

/// How many items the children of a map run have, in the order of their inputs.
pub(in crate::api) async fn item_counts(
    api: &Api,
    found: &Found,
    inputs: impl Iterator<Item = &str>,
) -> Result<Vec<u64>, ApiError> {
    let state = map_state(&definition(api, found).await?, &found.run.state);
    let has_batches = state.is_some_and(|state| state.get("ItemBatcher").is_some());
    Ok(inputs.map(|input| items_in(&serde_json::from_str(input).unwrap_or_default(), has_batches)).collect())
}

/// How many items the input of a child has: a batch has several.
fn items_in(input: &Value, has_batches: bool) -> u64 {
    match input.get("Items").and_then(Value::as_array) {
        Some(items) if has_batches => items.len() as u64,
        _ => 1,
    }
}

/// A state of a definition, wherever it is.
fn map_state(definition: &str, name: &str) -> Option<Value> {
    let definition: Value = serde_json::from_str(definition).ok()?;
    let mut found = None;
    each_state(&definition, "", &mut |state, its_name, _| {
        if its_name == name {
            found = Some(Value::Object(state.clone()));
        }
    });
    found
}
