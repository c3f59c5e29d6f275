use super::{Store, StoreError, history, machines};
use crate::arn::{ExecutionArn, MapRunArn, StateMachineArn};
use crate::execution::history::HistoryEvent;
use crate::execution::{About, Execution, Status};
use crate::service::settings::{Kind, Level, Settings};
use crate::status::ExecutionStatus;
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

const RUNNING: &str = "SELECT id FROM executions WHERE status = 'RUNNING' ORDER BY id";
// Were they ordered here, SQLite would go through all executions in that order.
const IN_FLIGHT: &str = "SELECT id FROM executions WHERE in_flight > 0";
const TIMERS: &str = "SELECT next_timer, id FROM executions WHERE next_timer IS NOT NULL";

/// What is read when the engine starts. There may be a million executions that have ended.
#[cfg(test)]
pub(super) const READ_AT_START: [&str; 3] = [RUNNING, IN_FLIGHT, TIMERS];

/// Which row of the store an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RowId(pub(crate) i64);

/// An execution as DescribeExecution shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) row: RowId,
    pub(crate) arn: ExecutionArn,
    pub(crate) name: String,
    pub(crate) machine_arn: StateMachineArn,
    pub(crate) status: ExecutionStatus,
    pub(crate) input: String,
    pub(crate) output: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) started_at: Timestamp,
    pub(crate) stopped_at: Option<Timestamp>,
    pub(crate) origin: Origin,
    pub(crate) redrive_count: u32,
    pub(crate) redriven_at: Option<Timestamp>,
}

impl Summary {
    /// The same before anything had happened.
    pub(crate) fn when_it_started(self) -> Self {
        Self {
            status: ExecutionStatus::Running,
            output: None,
            error: None,
            cause: None,
            stopped_at: None,
            ..self
        }
    }
}

/// How an execution came about, and what its machine was then, apart from what the interpreter needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Origin {
    pub(crate) kind: Kind,
    /// The version that runs, where one was asked for.
    pub(crate) version_arn: Option<String>,
    /// The alias that led to it.
    pub(crate) alias_arn: Option<String>,
    pub(crate) trace_header: Option<String>,
    /// The revision of the machine.
    pub(crate) revision: Option<String>,
    pub(crate) settings: Settings,
    /// When the machine was last updated.
    pub(crate) machine_updated_at: Option<Timestamp>,
    /// The map run that it belongs to.
    pub(crate) map_run_arn: Option<MapRunArn>,
}

/// What it takes to recover an execution.
pub(crate) struct Recovery {
    pub(crate) about: About,
    pub(crate) definition: String,
    pub(crate) history: Vec<HistoryEvent>,
}

impl Store {
    /// An execution.
    pub(crate) async fn execution(&self, arn: ExecutionArn) -> Result<Option<Summary>, StoreError> {
        self.read(move |connection| get(connection, &arn)).await
    }

    /// What an execution is and the definition that it runs, unless it was forgotten.
    pub(crate) async fn begun_with(&self, row: RowId) -> Result<Option<(About, String)>, StoreError> {
        self.read(move |connection| begun_with(connection, row)).await
    }

    /// The client token of the last redrive, and how many events the history has.
    pub(crate) async fn redriven_with(&self, row: RowId) -> Result<(Option<String>, u64), StoreError> {
        let read = move |connection: &Connection| {
            Ok((redrive_token(connection, row)?, history::last_event(connection, row)?))
        };
        self.read(read).await
    }

    /// When something last happened to any execution.
    pub(crate) async fn latest(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(latest).await
    }
}

pub(super) const SUMMARY: &str =
    "SELECT id, arn, name, machine_arn, status, input, output, error, cause, started_at, stopped_at,
    kind, version_arn, alias_arn, trace_header, revision, settings, machine_updated_at, map_run_arn,
    redrive_count, redriven_at FROM executions";

/// Stores a new execution and the hash of the definition that it started with.
pub(crate) fn insert(
    connection: &Connection,
    execution: &Execution,
    definition: &str,
    origin: &Origin,
) -> Result<RowId, StoreError> {
    let (about, definition) = (execution.about(), machines::keep(connection, definition)?);
    connection
        .prepare_cached(
            "INSERT INTO executions (arn, name, machine_arn, machine_name, definition, role_arn, region, input, seed, status,
                started_at, in_flight, kind, version_arn, alias_arn, trace_header, revision, settings, machine_updated_at,
                map_run_arn)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'RUNNING', ?10, 0, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        )?
        .execute(params![
            about.arn,
            about.name,
            about.machine_arn,
            about.machine_name,
            definition,
            about.role_arn,
            about.region,
            &*about.input,
            about.seed,
            execution.started().as_millisecond(),
            origin.kind.as_str(),
            origin.version_arn,
            origin.alias_arn,
            origin.trace_header,
            origin.revision,
            origin.settings.to_json(),
            origin.machine_updated_at.map(Timestamp::as_millisecond),
            origin.map_run_arn
        ])?;
    Ok(RowId(connection.last_insert_rowid()))
}

/// Where an execution stands, for whoever looks and for whoever starts the engine again.
pub(crate) struct Standing {
    status: ExecutionStatus,
    output: Option<String>,
    error: Option<String>,
    cause: Option<String>,
    next_timer: Option<i64>,
    in_flight: usize,
}

impl Standing {
    pub(crate) fn of(execution: &Execution) -> Self {
        let status = execution.status();
        let (output, error, cause) = match status {
            Status::Running | Status::TimedOut => (None, None, None),
            Status::Succeeded(output) => (Some(output.to_string()), None, None),
            Status::Failed(failure) => {
                let error = failure.error.as_ref().map(|error| error.as_str().to_owned());
                (None, error, failure.cause.clone())
            }
            Status::Aborted(error, cause) => (None, error.clone(), cause.clone()),
        };
        let next_timer = execution.next_timer().map(|(at, _)| at.as_millisecond());
        Self {
            status: status.name(),
            output,
            error,
            cause,
            next_timer,
            in_flight: execution.in_flight().len(),
        }
    }
}

/// Writes where an execution stands.
pub(crate) fn stand(
    connection: &Connection,
    row: RowId,
    standing: &Standing,
    now: Timestamp,
) -> Result<(), StoreError> {
    let is_running = !standing.status.has_ended();
    // One that goes on keeps its place in the indices of statuses.
    if is_running
        && connection
            .prepare_cached(
                "UPDATE executions SET next_timer = ?2, in_flight = ?3 WHERE id = ?1 AND status = 'RUNNING'",
            )?
            .execute(params![row.0, standing.next_timer, standing.in_flight])?
            == 1
    {
        return Ok(());
    }
    let stopped = (!is_running).then_some(now.as_millisecond());
    connection
        .prepare_cached(
            "UPDATE executions SET status = ?2, output = ?3, error = ?4, cause = ?5, stopped_at = ?6, next_timer = ?7, in_flight = ?8
             WHERE id = ?1",
        )?
        .execute(params![
            row.0,
            standing.status,
            standing.output,
            standing.error,
            standing.cause,
            stopped,
            standing.next_timer,
            standing.in_flight
        ])?;
    Ok(())
}

pub(crate) fn get(connection: &Connection, arn: &str) -> Result<Option<Summary>, StoreError> {
    let sql = format!("{SUMMARY} WHERE arn = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([arn], read).optional()?)
}

/// The type of an execution, and how much of it is logged.
pub(crate) fn watched(connection: &Connection, row: RowId) -> Result<(Kind, Level), StoreError> {
    let mut select = connection.prepare_cached("SELECT kind, settings FROM executions WHERE id = ?1")?;
    let (kind, settings): (Kind, Settings) =
        select.query_row([row.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((kind, settings.logging.level))
}

pub(crate) fn by_row(connection: &Connection, row: RowId) -> Result<Option<Summary>, StoreError> {
    let sql = format!("{SUMMARY} WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([row.0], read).optional()?)
}

/// An execution goes on after it had ended.
pub(crate) fn redriven(
    connection: &Connection,
    row: RowId,
    at: Timestamp,
    token: Option<&str>,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE executions SET redrive_count = redrive_count + 1, redriven_at = ?2, redrive_token = ?3 WHERE id = ?1",
        )?
        .execute(params![row.0, at.as_millisecond(), token])?;
    Ok(())
}

/// The client token of the last redrive.
fn redrive_token(connection: &Connection, row: RowId) -> Result<Option<String>, StoreError> {
    let mut select = connection.prepare_cached("SELECT redrive_token FROM executions WHERE id = ?1")?;
    Ok(select.query_row([row.0], |row| row.get(0)).optional()?.flatten())
}

/// Forgets an execution and its history.
pub(crate) fn forget(connection: &Connection, row: RowId) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM events WHERE execution = ?1",
        "DELETE FROM texts WHERE execution = ?1",
        "DELETE FROM tokens WHERE execution = ?1",
        "DELETE FROM activity_tasks WHERE execution = ?1",
        "DELETE FROM executions WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([row.0])?;
    }
    Ok(())
}

/// What it takes to recover an execution, unless it was forgotten.
pub(crate) fn recovery(connection: &Connection, row: RowId) -> Result<Option<Recovery>, StoreError> {
    let Some((about, definition)) = begun_with(connection, row)? else { return Ok(None) };
    let history = history::read(connection, row, 0, usize::MAX >> 1, false)?;
    Ok(Some(Recovery { about, definition, history }))
}

fn begun_with(connection: &Connection, row: RowId) -> Result<Option<(About, String)>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT e.arn, e.name, e.machine_arn, e.machine_name, e.role_arn, e.region, e.input, e.seed, d.text
             FROM executions e JOIN definitions d ON d.hash = e.definition WHERE e.id = ?1",
        )?
        .query_row([row.0], |row| {
            let input: String = row.get(6)?;
            let about = About {
                arn: row.get(0)?,
                name: row.get(1)?,
                machine_arn: row.get(2)?,
                machine_name: row.get(3)?,
                role_arn: row.get(4)?,
                region: row.get(5)?,
                input: input.into(),
                seed: row.get(7)?,
            };
            Ok((about, row.get(8)?))
        })
        .optional()?;
    Ok(found)
}

/// The ARN of an execution.
pub(crate) fn arn(connection: &Connection, row: RowId) -> Result<String, StoreError> {
    let mut select = connection.prepare_cached("SELECT arn FROM executions WHERE id = ?1")?;
    Ok(select.query_row([row.0], |row| row.get(0))?)
}

/// The executions that are not at their end.
pub(crate) fn running(connection: &Connection) -> Result<Vec<RowId>, StoreError> {
    let mut select = connection.prepare_cached(RUNNING)?;
    let rows = select.query_map([], |row| row.get(0).map(RowId))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The children of a map run that are not at their end.
pub(crate) fn running_of_map_run(connection: &Connection, arn: &str) -> Result<Vec<RowId>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT id FROM executions WHERE map_run_arn = ?1 AND status = 'RUNNING' ORDER BY id",
    )?;
    let rows = select.query_map([arn], |row| row.get(0).map(RowId))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The executions that have calls out.
pub(crate) fn in_flight(connection: &Connection) -> Result<Vec<RowId>, StoreError> {
    let mut select = connection.prepare_cached(IN_FLIGHT)?;
    let mut rows: Vec<RowId> =
        select.query_map([], |row| row.get(0).map(RowId))?.collect::<Result<_, _>>()?;
    rows.sort_unstable();
    Ok(rows)
}

fn latest(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let latest: Option<i64> =
        connection.prepare_cached("SELECT max(at) FROM events")?.query_row([], |row| row.get(0))?;
    Ok(latest.map(from_milliseconds))
}

/// Every execution that waits for a time.
pub(crate) fn timers(connection: &Connection) -> Result<Vec<(Timestamp, RowId)>, StoreError> {
    let mut select = connection.prepare_cached(TIMERS)?;
    let rows = select
        .query_map([], |row| Ok((from_milliseconds(row.get(0)?), RowId(row.get(1)?))))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

pub(super) fn read(row: &Row) -> rusqlite::Result<Summary> {
    let time = |column: usize| row.get(column).map(|at: Option<i64>| at.map(from_milliseconds));
    Ok(Summary {
        row: RowId(row.get(0)?),
        arn: row.get(1)?,
        name: row.get(2)?,
        machine_arn: row.get(3)?,
        status: row.get(4)?,
        input: row.get(5)?,
        output: row.get(6)?,
        error: row.get(7)?,
        cause: row.get(8)?,
        started_at: from_milliseconds(row.get(9)?),
        stopped_at: time(10)?,
        origin: Origin {
            kind: row.get(11)?,
            version_arn: row.get(12)?,
            alias_arn: row.get(13)?,
            trace_header: row.get(14)?,
            revision: row.get(15)?,
            settings: row.get(16)?,
            machine_updated_at: time(17)?,
            map_run_arn: row.get(18)?,
        },
        redrive_count: row.get(19)?,
        redriven_at: time(20)?,
    })
}
