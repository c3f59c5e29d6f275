//! A Map in distributed mode: the service runs its children, and says how the map run ended.

use super::complete;
use super::map::{batches, selected};
use crate::asl::state::{Distributed, MapState};
use crate::asl::{ErrorName, Kind};
use crate::execution::Failure;
use crate::execution::command::{Command, MapRun};
use crate::execution::data::Data;
use crate::execution::evaluate::Evaluated;
use crate::execution::history::{EventKind, MapRun as Started, MapRunResult, Trouble};
use crate::execution::thread::{Position, ThreadId};
use crate::execution::turn::{Flow, Turn};
use serde_json::Value;

/// What the state says of its failures.
struct Tolerated {
    count: u64,
    percentage: f64,
}

pub(super) fn start(
    turn: &mut Turn,
    id: ThreadId,
    map: &MapState,
    distributed: &Distributed,
    items: Vec<Data>,
    concurrency: u64,
) -> Flow {
    let (inputs, tolerated) = match inputs(turn, id, map, items) {
        Ok(found) => found,
        Err(bad) => return super::map::failed_to_start(turn, id, &bad),
    };
    let attempt = turn.ex.next_event();
    let arn = turn.ex.map_run_arn(attempt, distributed.label.as_deref());
    turn.record(id, EventKind::MapRunStarted(Started { map_run_arn: arn.clone() }));
    turn.set_position(id, Position::MapRun(attempt));
    let state = turn.visit(id).map(|visit| visit.name().to_owned()).unwrap_or_default();
    turn.commands.push(Command::RunMap(MapRun {
        attempt,
        arn,
        state,
        inputs,
        concurrency,
        tolerated_count: tolerated.count,
        tolerated_percentage: tolerated.percentage,
    }));
    Flow::Blocked
}

fn inputs(turn: &Turn, id: ThreadId, map: &MapState, items: Vec<Data>) -> Evaluated<(Vec<Value>, Tolerated)> {
    let mut scope = turn.evaluation(id)?;
    let count = map
        .tolerated_count
        .as_ref()
        .map(|count| scope.integer(count, "ToleratedFailureCount"))
        .transpose()?;
    let percentage = map
        .tolerated_percentage
        .as_ref()
        .map(|percentage| scope.percentage(percentage, "ToleratedFailurePercentage"))
        .transpose()?;
    let items = selected(turn, id, map, items)?;
    let items = match &map.batcher {
        Some(batcher) => batches(&mut scope, batcher, items)?,
        None => items,
    };
    let inputs = items.iter().map(|item| item.value().clone()).collect();
    Ok((inputs, Tolerated { count: count.unwrap_or(0), percentage: percentage.unwrap_or(0.0) }))
}

/// The map run ended well: `output` is the array of its children's outputs, or where they were written.
pub(in crate::execution) fn succeeded(turn: &mut Turn, id: ThreadId, output: Data) -> Flow {
    with_map(turn, id, |turn, map| {
        turn.set_position(id, Position::Moving);
        let event = turn.record(id, EventKind::MapRunSucceeded(MapRunResult { output: output.to_string() }));
        turn.record_after(event, EventKind::MapStateSucceeded);
        complete(turn, id, &map.outcome, Some(output), map.then)
    })
}

/// More of its children failed than may.
pub(in crate::execution) fn failed(
    turn: &mut Turn,
    id: ThreadId,
    error: Option<String>,
    cause: Option<String>,
) -> Flow {
    turn.set_position(id, Position::Moving);
    turn.record(id, EventKind::MapRunFailed(Trouble { error: error.clone(), cause: cause.clone() }));
    let failure = Failure { error: error.as_deref().map(ErrorName::new), cause };
    turn.fail_state_with(id, failure, Some(EventKind::MapStateFailed))
}

fn with_map(turn: &mut Turn, id: ThreadId, then: impl FnOnce(&mut Turn, &MapState) -> Flow) -> Flow {
    let Some(visit) = turn.visit(id) else { return Flow::Blocked };
    let (states, state) = (visit.states(), visit.state);
    match &states.get(state).kind {
        Kind::Map(map) => then(turn, map),
        _ => Flow::Blocked,
    }
}
