//! Map runs: what a distributed Map runs, and how far it is.

use super::executions::{self, RowId, Summary};
use super::{Store, StoreError};
use crate::arn::MapRunArn;
use crate::execution::AttemptId;
use crate::status::{ExecutionStatus, MapRunStatus};
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A map run as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MapRun {
    pub(crate) arn: MapRunArn,
    /// The execution that it belongs to.
    pub(crate) execution: RowId,
    pub(crate) attempt: AttemptId,
    pub(crate) state: String,
    pub(crate) status: MapRunStatus,
    /// The inputs of its children: a JSON array. Nothing while a dataset is read.
    pub(crate) inputs: Option<String>,
    /// Where the dataset is and where the results go: JSON.
    pub(crate) plan: String,
    /// How many children run at the same time; 0 for as many as the engine allows.
    pub(crate) concurrency: u64,
    pub(crate) tolerated_count: Option<u64>,
    pub(crate) tolerated_percentage: Option<f64>,
    pub(crate) started_at: Timestamp,
    pub(crate) stopped_at: Option<Timestamp>,
    pub(crate) redrive_count: u64,
    /// Since when it goes on again: what its children came to before is done once more, unless it was good.
    pub(crate) redriven_at: Option<Timestamp>,
}

const SELECT: &str =
    "SELECT arn, execution, attempt, state, status, inputs, plan, concurrency, tolerated_count,
    tolerated_percentage, started_at, stopped_at, redrive_count, redriven_at FROM map_runs";

/// What is changed of a map run while it goes on. What is not given stays.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Change {
    pub(crate) concurrency: Option<u64>,
    pub(crate) tolerated_count: Option<u64>,
    pub(crate) tolerated_percentage: Option<f64>,
}

impl Store {
    /// A map run, and the execution that it belongs to.
    pub(crate) async fn map_run(&self, arn: MapRunArn) -> Result<Option<(MapRun, Summary)>, StoreError> {
        let read = move |connection: &Connection| {
            let Some(run) = get(connection, &arn)? else { return Ok(None) };
            let execution = executions::by_row(connection, run.execution)?;
            Ok(execution.map(|execution| (run, execution)))
        };
        self.read(read).await
    }

    /// The map runs of an execution, the latest first.
    pub(crate) async fn map_runs(&self, execution: RowId) -> Result<Vec<MapRun>, StoreError> {
        self.read(move |connection| of_execution(connection, execution)).await
    }

    /// The children of a map run that have begun.
    pub(crate) async fn children(&self, arn: MapRunArn) -> Result<Vec<Child>, StoreError> {
        self.read(move |connection| children(connection, &arn)).await
    }

    /// Changes how many children run and may fail.
    pub(crate) async fn update_map_run(&self, arn: MapRunArn, change: Change) -> Result<(), StoreError> {
        self.write(move |connection| update(connection, &arn, change)).await
    }
}

/// Stores a new map run.
pub(crate) fn insert(connection: &Connection, run: &MapRun) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO map_runs (arn, execution, attempt, state, status, inputs, plan, concurrency, tolerated_count,
                tolerated_percentage, started_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            run.arn,
            run.execution.0,
            run.attempt.get(),
            run.state,
            run.status,
            run.inputs,
            run.plan,
            run.concurrency,
            run.tolerated_count,
            run.tolerated_percentage,
            run.started_at.as_millisecond()
        ])?;
    Ok(())
}

/// What was read of a dataset has become the inputs of the children.
pub(crate) fn set_inputs(connection: &Connection, arn: &str, inputs: &str) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE map_runs SET inputs = ?2 WHERE arn = ?1")?.execute([arn, inputs])?;
    Ok(())
}

fn update(connection: &Connection, arn: &str, change: Change) -> Result<(), StoreError> {
    let Change { concurrency, tolerated_count, tolerated_percentage } = change;
    connection
        .prepare_cached(
            "UPDATE map_runs SET concurrency = coalesce(?2, concurrency), tolerated_count = coalesce(?3, tolerated_count),
                tolerated_percentage = coalesce(?4, tolerated_percentage) WHERE arn = ?1",
        )?
        .execute(params![arn, concurrency, tolerated_count, tolerated_percentage])?;
    Ok(())
}

/// The map run is over. One that is over stays as it ended.
pub(crate) fn end(
    connection: &Connection,
    arn: &str,
    status: MapRunStatus,
    at: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE map_runs SET status = ?2, stopped_at = ?3 WHERE arn = ?1 AND status = 'RUNNING'",
        )?
        .execute(params![arn, status, at.as_millisecond()])?;
    Ok(())
}

/// Nobody waits for the map run of this attempt any more. Gives its ARN if it was running.
pub(crate) fn abandon(
    connection: &Connection,
    execution: RowId,
    attempt: AttemptId,
    at: Timestamp,
) -> Result<Option<String>, StoreError> {
    let mut update = connection.prepare_cached(
        "UPDATE map_runs SET status = 'ABORTED', stopped_at = ?3
         WHERE execution = ?1 AND attempt = ?2 AND status = 'RUNNING' RETURNING arn",
    )?;
    let found = update.query_row(params![execution.0, attempt.get(), at.as_millisecond()], |row| row.get(0));
    Ok(found.optional()?)
}

/// A map run goes on after it had ended, as another attempt of its execution.
pub(crate) fn redrive(
    connection: &Connection,
    arn: &str,
    attempt: AttemptId,
    at: Timestamp,
) -> Result<Option<MapRun>, StoreError> {
    connection
        .prepare_cached(
            "UPDATE map_runs SET attempt = ?2, status = 'RUNNING', stopped_at = NULL, redrive_count = redrive_count + 1,
                redriven_at = ?3 WHERE arn = ?1",
        )?
        .execute(params![arn, attempt.get(), at.as_millisecond()])?;
    get(connection, arn)
}

/// A map run by its ARN.
pub(crate) fn get(connection: &Connection, arn: &str) -> Result<Option<MapRun>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{SELECT} WHERE arn = ?1"))?;
    Ok(select.query_row([arn], read).optional()?)
}

/// What can change while a map run goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    pub(crate) status: MapRunStatus,
    pub(crate) concurrency: u64,
    pub(crate) tolerated_count: Option<u64>,
    pub(crate) tolerated_percentage: Option<f64>,
}

/// How a map run stands, without its inputs.
pub(crate) fn standing(connection: &Connection, arn: &str) -> Result<Option<Standing>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT status, concurrency, tolerated_count, tolerated_percentage FROM map_runs WHERE arn = ?1",
    )?;
    let read = |row: &Row| {
        Ok(Standing {
            status: row.get(0)?,
            concurrency: row.get(1)?,
            tolerated_count: row.get(2)?,
            tolerated_percentage: row.get(3)?,
        })
    };
    Ok(select.query_row([arn], read).optional()?)
}

fn of_execution(connection: &Connection, execution: RowId) -> Result<Vec<MapRun>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{SELECT} WHERE execution = ?1 ORDER BY id DESC"))?;
    let runs = select.query_map([execution.0], read)?.collect::<Result<_, _>>()?;
    Ok(runs)
}

/// A child that has begun.
pub(crate) struct Child {
    pub(crate) status: ExecutionStatus,
    /// JSON.
    pub(crate) input: String,
}

fn children(connection: &Connection, arn: &str) -> Result<Vec<Child>, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT status, input FROM executions WHERE map_run_arn = ?1")?;
    let children = select
        .query_map([arn], |row| Ok(Child { status: row.get(0)?, input: row.get(1)? }))?
        .collect::<Result<_, _>>()?;
    Ok(children)
}

/// The map runs that are not over.
pub(crate) fn running(connection: &Connection) -> Result<Vec<MapRun>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{SELECT} WHERE status = 'RUNNING' ORDER BY id"))?;
    let runs = select.query_map([], read)?.collect::<Result<_, _>>()?;
    Ok(runs)
}

fn read(row: &Row) -> rusqlite::Result<MapRun> {
    let (stopped_at, redriven_at): (Option<i64>, Option<i64>) = (row.get(11)?, row.get(13)?);
    Ok(MapRun {
        arn: row.get(0)?,
        execution: RowId(row.get(1)?),
        attempt: AttemptId::new(row.get(2)?),
        state: row.get(3)?,
        status: row.get(4)?,
        inputs: row.get(5)?,
        plan: row.get(6)?,
        concurrency: row.get(7)?,
        tolerated_count: row.get(8)?,
        tolerated_percentage: row.get(9)?,
        started_at: from_milliseconds(row.get(10)?),
        stopped_at: stopped_at.map(from_milliseconds),
        redrive_count: row.get(12)?,
        redriven_at: redriven_at.map(from_milliseconds),
    })
}
