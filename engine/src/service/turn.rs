//! A turn of an execution: what is written of it in one transaction, and what is done once that is durable.

use super::StoreError;
use super::executor::Executor;
use super::notice::Notice;
use super::settings::{Kind, Level};
use super::store::executions::{self, RowId, Standing};
use super::store::map_runs::{self, MapRun as StoredMapRun};
use super::store::{activities, history, tokens};
use super::timers::Awaited;
use crate::arn::{ActivityArn, MapRunArn};
use crate::asl::state::Resource;
use crate::execution::history::HistoryEvent;
use crate::execution::{AttemptId, Command, Execution, Invocation, MapRun, Status, TaskToken, ThreadId};
use crate::integrations::Caller;
use jiff::Timestamp;
use rusqlite::Connection;
use std::sync::Arc;

/// What is written of a turn.
pub(super) struct Record {
    input: Arc<str>,
    events: Vec<HistoryEvent>,
    standing: Standing,
    tokens: Vec<(TaskToken, AttemptId)>,
    tasks: Vec<ActivityTask>,
    map_runs: Vec<MapRun>,
    redriven_maps: Vec<(AttemptId, MapRunArn)>,
    abandoned: Vec<AttemptId>,
    begins: bool,
    ended: bool,
}

/// What there is to do once a turn is durable.
pub(super) struct Effects {
    pub(super) ended: bool,
    caller: Caller,
    awaited: Option<Awaited>,
    invocations: Vec<Invocation>,
    finds: Vec<(ThreadId, ActivityArn)>,
    abandoned: Vec<AttemptId>,
}

/// What there is to do for what was found when a turn was written.
pub(super) struct Written {
    map_runs: Vec<StoredMapRun>,
    stopped: Vec<String>,
    notices: Vec<Notice>,
}

/// A task that waits for a worker.
struct ActivityTask {
    activity: ActivityArn,
    attempt: AttemptId,
    /// JSON.
    input: String,
}

/// Sorts what an execution has decided. `begins` says whether it begins with that, or begins again.
pub(super) fn decided(execution: &Execution, commands: Vec<Command>, begins: bool) -> (Record, Effects) {
    let about = execution.about();
    let ended = *execution.status() != Status::Running;
    let mut record = Record {
        input: Arc::clone(&about.input),
        events: Vec::new(),
        standing: Standing::of(execution),
        tokens: Vec::new(),
        tasks: Vec::new(),
        map_runs: Vec::new(),
        redriven_maps: Vec::new(),
        abandoned: Vec::new(),
        begins,
        ended,
    };
    let mut effects = Effects {
        ended,
        caller: Caller::of(about),
        awaited: Awaited::of(execution),
        invocations: Vec::new(),
        finds: Vec::new(),
        abandoned: Vec::new(),
    };
    for command in commands {
        match command {
            Command::Record(event) => record.events.push(event),
            Command::Invoke(invocation) => {
                if let Some(token) = &invocation.token {
                    record.tokens.push((TaskToken::new(token.expose().to_owned()), invocation.attempt));
                }
                if let Resource::Activity(activity) = &invocation.resource {
                    let (attempt, input) = (invocation.attempt, invocation.arguments.to_string());
                    record.tasks.push(ActivityTask { activity: activity.clone(), attempt, input });
                }
                effects.invocations.push(invocation);
            }
            Command::Find { thread, activity } => effects.finds.push((thread, activity)),
            Command::RunMap(map_run) => record.map_runs.push(map_run),
            Command::RedriveMap { attempt, arn } => record.redriven_maps.push((attempt, arn)),
            Command::Abandon(attempt) => {
                record.abandoned.push(attempt);
                effects.abandoned.push(attempt);
            }
            Command::Report(fault) => {
                let execution = about.arn.as_str();
                tracing::error!(execution, %fault, "the engine is at fault; please report it");
            }
        }
    }
    (record, effects)
}

impl Record {
    /// Writes the turn, and what belongs to it beside.
    pub(super) fn write(
        self,
        connection: &Connection,
        row: RowId,
        now: Timestamp,
        also: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<Written, StoreError> {
        history::append(connection, row, &self.input, &self.events)?;
        executions::stand(connection, row, &self.standing, now)?;
        for (token, attempt) in &self.tokens {
            tokens::put(connection, token, row, *attempt)?;
        }
        for ActivityTask { activity, attempt, input } in &self.tasks {
            activities::schedule(connection, activity, row, *attempt, input)?;
        }
        let mut stopped = Vec::new();
        for attempt in self.abandoned {
            tokens::spend(connection, row, attempt)?;
            activities::unschedule(connection, row, attempt)?;
            stopped.extend(map_runs::abandon(connection, row, attempt, now)?);
        }
        let mut map_runs: Vec<StoredMapRun> =
            self.map_runs.iter().map(|run| StoredMapRun::of(run, row, now)).collect();
        map_runs.iter().try_for_each(|run| map_runs::insert(connection, run))?;
        for (attempt, arn) in &self.redriven_maps {
            map_runs.extend(map_runs::redrive(connection, arn, *attempt, now)?);
        }
        also(connection)?;
        let notices = notices(connection, row, self.events, self.begins, self.ended)?;
        Ok(Written { map_runs, stopped, notices })
    }
}

/// What there is to tell of a turn that was written just now. An Express execution is forgotten when it has ended, as AWS
/// does it: only its logs remain.
fn notices(
    connection: &Connection,
    row: RowId,
    events: Vec<HistoryEvent>,
    begins: bool,
    ended: bool,
) -> Result<Vec<Notice>, StoreError> {
    let (kind, level) = executions::watched(connection, row)?;
    if !begins && !ended && level == Level::Off {
        return Ok(Vec::new());
    }
    let Some(summary) = executions::by_row(connection, row)? else { return Ok(Vec::new()) };
    // The children of a map run are counted and listed as long as the run is there.
    if ended && kind == Kind::Express && summary.origin.map_run_arn.is_none() {
        executions::forget(connection, row)?;
    }
    let mut notices = Vec::new();
    if begins && ended {
        // It was running, if only for a moment.
        let summary = summary.clone().when_it_started();
        notices.push(Notice { summary, events: Vec::new(), has_new_status: true });
    }
    notices.push(Notice { summary, events, has_new_status: begins || ended });
    Ok(notices)
}

impl Executor {
    /// Does what there is to do after a turn that is durable.
    pub(super) fn carry_out(&self, row: RowId, effects: Effects, written: Written) {
        self.0.timers.set(row, effects.awaited);
        written.notices.into_iter().for_each(|notice| self.tell(notice));
        self.stop_jobs(row, effects.abandoned);
        self.call(row, &effects.caller, effects.invocations);
        self.find(row, effects.finds);
        self.run_maps(written.map_runs);
        self.stop_map_runs(written.stopped);
    }
}
