//! The commands of a turn, and what is written of them.

use super::StoreError;
use super::notice::Notice;
use super::settings::{Kind, Level};
use super::store::activities::{self, Waiting};
use super::store::executions::{self, RowId};
use super::store::map_runs::{self, MapRun as StoredMapRun};
use crate::arn::{ActivityArn, MapRunArn};
use crate::execution::history::HistoryEvent;
use crate::execution::{AttemptId, Command, Invocation, MapRun, TaskToken, ThreadId};
use jiff::Timestamp;

/// The commands of a turn, sorted.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) events: Vec<HistoryEvent>,
    pub(super) invocations: Vec<Invocation>,
    pub(super) finds: Vec<(ThreadId, ActivityArn)>,
    pub(super) map_runs: Vec<MapRun>,
    pub(super) redriven_maps: Vec<(AttemptId, MapRunArn)>,
    pub(super) abandoned: Vec<AttemptId>,
}

impl Turn {
    /// Sorts the commands of an execution, and logs a fault of the interpreter.
    pub(super) fn of(execution: &str, commands: Vec<Command>) -> Self {
        let mut turn = Self::default();
        for command in commands {
            match command {
                Command::Record(event) => turn.events.push(event),
                Command::Invoke(invocation) => turn.invocations.push(invocation),
                Command::Find { thread, activity } => turn.finds.push((thread, activity)),
                Command::RunMap(map_run) => turn.map_runs.push(map_run),
                Command::RedriveMap { attempt, arn } => turn.redriven_maps.push((attempt, arn)),
                Command::Abandon(attempt) => turn.abandoned.push(attempt),
                Command::Report(fault) => {
                    tracing::error!(execution, %fault, "the engine is at fault; please report it");
                }
            }
        }
        turn
    }

    /// The tokens that are handed out, for the store.
    pub(super) fn tokens(&self) -> Vec<(TaskToken, AttemptId)> {
        let with_token = self
            .invocations
            .iter()
            .filter_map(|invocation| Some((invocation.token.as_ref()?, invocation.attempt)));
        with_token.map(|(token, attempt)| (TaskToken::new(token.expose().to_owned()), attempt)).collect()
    }
}

/// Tasks of activities wait for workers.
pub(super) fn schedule(
    connection: &rusqlite::Connection,
    row: RowId,
    tasks: &[(ActivityArn, Waiting)],
) -> Result<(), StoreError> {
    tasks.iter().try_for_each(|(activity, task)| {
        activities::schedule(connection, activity, row, task.attempt, &task.input)
    })
}

/// What there is to tell of a turn that was written just now. An Express execution is forgotten when it has ended, as AWS
/// does it: only its logs remain.
pub(super) fn notices_of(
    connection: &rusqlite::Connection,
    row: RowId,
    events: Vec<HistoryEvent>,
    started: bool,
    ended: bool,
) -> Result<Vec<Notice>, StoreError> {
    let (kind, level) = executions::watched(connection, row)?;
    if !started && !ended && level == Level::Off {
        return Ok(Vec::new());
    }
    let Some(summary) = executions::by_row(connection, row)? else { return Ok(Vec::new()) };
    // The children of a map run are counted and listed as long as the run is there.
    if ended && kind == Kind::Express && summary.origin.map_run_arn.is_none() {
        executions::forget(connection, row)?;
    }
    let mut notices = Vec::new();
    if started && ended {
        // It was running, if only for a moment.
        let summary = summary.clone().when_it_started();
        notices.push(Notice { summary, events: Vec::new(), has_new_status: true });
    }
    notices.push(Notice { summary, events, has_new_status: started || ended });
    Ok(notices)
}

/// Keeps the map runs that begin.
pub(super) fn begin_map_runs(
    connection: &rusqlite::Connection,
    row: RowId,
    runs: &[MapRun],
    now: Timestamp,
) -> Result<Vec<StoredMapRun>, StoreError> {
    let runs: Vec<StoredMapRun> = runs.iter().map(|run| StoredMapRun::of(run, row, now)).collect();
    runs.iter().try_for_each(|run| map_runs::insert(connection, run))?;
    Ok(runs)
}
