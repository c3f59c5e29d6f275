//! A Map in distributed mode: the service runs its children, and says how the map run ended.

use super::complete;
use super::map::{batches, selected};
use crate::arn::MapRunArn;
use crate::asl::state::distributed::Writer;
use crate::asl::state::{Distributed, MapState, ranges};
use crate::asl::{ErrorName, Kind};
use crate::datasets::Item;
use crate::execution::command::{Command, MapItems, MapRun, MapWriter, Tolerated};
use crate::execution::data::Data;
use crate::execution::evaluate::Evaluated;
use crate::execution::history::{EventKind, MapRun as Started, MapRunResult, RedrivenMap, Trouble};
use crate::execution::impossible::Impossible;
use crate::execution::thread::{Position, ThreadId};
use crate::execution::turn::{Flow, Turn, fitting};
use crate::execution::{AttemptId, Execution, Failure};
use jiff::Timestamp;
use serde_json::Value;

/// Starts a map run. Without a reader the items are in the state's input.
pub(super) fn start(
    turn: &mut Turn,
    id: ThreadId,
    (map, distributed): (&MapState, &Distributed),
    items: Vec<Item>,
    concurrency: u64,
) -> Flow {
    let attempt = turn.ex.next_attempt();
    let run = match map_run(turn, id, (map, distributed), items) {
        Ok(run) => MapRun { attempt, concurrency, ..run },
        Err(bad) => return super::map::failed_to_start(turn, id, &bad),
    };
    if let Some(visit) = turn.visit_mut(id) {
        visit.map_run = Some((run.arn.clone(), 0));
    }
    turn.record(id, EventKind::MapRunStarted(Started { map_run_arn: run.arn.to_string() }));
    turn.set_position(id, Position::MapRun(attempt));
    turn.commands.push(Command::RunMap(run));
    Flow::Blocked
}

fn map_run(
    turn: &Turn,
    id: ThreadId,
    (map, distributed): (&MapState, &Distributed),
    items: Vec<Item>,
) -> Evaluated<MapRun> {
    let mut scope = turn.evaluation(id)?;
    let tolerated_count = map
        .tolerated_count
        .as_ref()
        .map(|count| scope.integer(count, "ToleratedFailureCount", ranges::COUNT))
        .transpose()?;
    let tolerated_percentage = map
        .tolerated_percentage
        .as_ref()
        .map(|percentage| scope.percentage(percentage, "ToleratedFailurePercentage"))
        .transpose()?;
    let items = match &distributed.reader {
        Some(reader) => MapItems::Dataset {
            source: reader.source.clone(),
            arguments: scope.template(&reader.arguments, "ItemReader/Arguments")?,
            most: reader
                .most
                .as_ref()
                .map(|most| scope.integer(most, "ItemReader/ReaderConfig/MaxItems", ranges::COUNT))
                .transpose()?
                .filter(|most| *most > 0),
        },
        None => MapItems::Inputs(inputs(turn, id, map, items)?),
    };
    let writer = match &distributed.writer {
        Some(Writer { arguments, transformation, lines }) => Some(MapWriter {
            arguments: arguments
                .as_ref()
                .map(|arguments| scope.template(arguments, "ResultWriter/Arguments"))
                .transpose()?,
            transformation: *transformation,
            lines: *lines,
        }),
        None => None,
    };
    let attempt = turn.ex.next_attempt();
    Ok(MapRun {
        attempt,
        arn: turn.ex.map_run_arn(attempt, distributed.label.as_deref()),
        state: turn.visit(id).map(|visit| visit.name().to_owned()).unwrap_or_default(),
        items,
        express: distributed.express,
        concurrency: 0,
        tolerated: Tolerated { count: tolerated_count, percentage: tolerated_percentage },
        writer,
    })
}

/// What the children of a Map get for its items: each selected, and then in batches.
fn inputs(turn: &Turn, id: ThreadId, map: &MapState, items: Vec<Item>) -> Evaluated<Vec<Value>> {
    let items = selected(turn, id, map, items)?;
    let items = match &map.batcher {
        Some(batcher) => batches(&mut turn.evaluation(id)?, batcher, items)?,
        None => items,
    };
    // Whatever was read, a child is an execution, and has an input of one.
    let name = turn.visit(id).map_or("", |visit| visit.name());
    items.into_iter().map(|item| Ok(fitting(name, item)?.value().clone())).collect()
}

impl Execution {
    /// What the children of a map run get for the items of its dataset, or why the run cannot begin.
    pub fn map_inputs(
        &mut self,
        now: Timestamp,
        attempt: AttemptId,
        items: Vec<Item>,
    ) -> Result<Vec<Value>, Failure> {
        let runtime = |message: &str| Failure::new("States.Runtime", message);
        let id = self.thread_of(attempt).ok_or_else(|| runtime("the map run is over"))?;
        let turn = Turn::new(self, now);
        let states = turn.visit(id).map(|visit| (visit.states(), visit.state));
        match states.as_ref().map(|(states, state)| &states.get(*state).kind) {
            Some(Kind::Map(map)) => {
                inputs(&turn, id, map, items).map_err(|bad| Failure::new(bad.error(), bad.message()))
            }
            _ => Err(runtime("the map run is over")),
        }
    }
}

/// Goes on with the map run that the state has begun.
pub(in crate::execution) fn redrive(turn: &mut Turn, id: ThreadId, arn: MapRunArn, count: u64) -> Flow {
    let attempt = turn.ex.next_attempt();
    if let Some(visit) = turn.visit_mut(id) {
        visit.map_run = Some((arn.clone(), count));
    }
    let redriven = RedrivenMap { map_run_arn: arn.to_string(), redrive_count: count };
    turn.record(id, EventKind::MapRunRedriven(redriven));
    turn.set_position(id, Position::MapRun(attempt));
    turn.commands.push(Command::RedriveMap { attempt, arn });
    Flow::Blocked
}

/// The map run ended well: `output` is the array of its children's outputs, or where they were written.
pub(in crate::execution) fn succeeded(turn: &mut Turn, id: ThreadId, output: Data) -> Flow {
    with_map(turn, id, |turn, map| {
        turn.set_position(id, Position::Moving);
        let event =
            turn.record(id, EventKind::MapRunSucceeded(MapRunResult { output: output.shared_text() }));
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
    let Some(visit) = turn.visit(id) else { return Flow::Impossible(Impossible::NoState(id)) };
    let (states, state) = (visit.states(), visit.state);
    match &states.get(state).kind {
        Kind::Map(map) => then(turn, map),
        _ => Flow::Impossible(Impossible::OtherState(id)),
    }
}
