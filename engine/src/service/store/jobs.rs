//! What states wait for that others run: executions that they have started (`.sync`).

use super::StoreError;
use super::executions::RowId;
use crate::execution::AttemptId;
use rusqlite::{Connection, Row, params};

/// A job that a state waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) execution: RowId,
    pub(crate) attempt: AttemptId,
    /// The ARN of the execution that was started.
    pub(crate) child: String,
    /// Whether the state wants its output as JSON.
    pub(crate) as_json: bool,
}

const SELECT: &str = "SELECT execution, attempt, child, as_json FROM jobs";

pub(crate) fn put(connection: &Connection, job: &Job) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO jobs (execution, attempt, child, as_json) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![job.execution.0, job.attempt.get(), job.child, job.as_json])?;
    Ok(())
}

/// The jobs that wait for the end of an execution.
pub(crate) fn of_child(connection: &Connection, child: &str) -> Result<Vec<Job>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{SELECT} WHERE child = ?1"))?;
    Ok(select.query_map([child], read)?.collect::<Result<_, _>>()?)
}

/// The job of an attempt.
pub(crate) fn of_attempt(
    connection: &Connection,
    execution: RowId,
    attempt: AttemptId,
) -> Result<Vec<Job>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{SELECT} WHERE execution = ?1 AND attempt = ?2"))?;
    Ok(select.query_map(params![execution.0, attempt.get()], read)?.collect::<Result<_, _>>()?)
}

pub(crate) fn all(connection: &Connection) -> Result<Vec<Job>, StoreError> {
    let mut select = connection.prepare_cached(SELECT)?;
    Ok(select.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Nobody waits for it any more.
pub(crate) fn done(connection: &Connection, job: &Job) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM jobs WHERE execution = ?1 AND attempt = ?2")?
        .execute(params![job.execution.0, job.attempt.get()])?;
    Ok(())
}

fn read(row: &Row) -> rusqlite::Result<Job> {
    Ok(Job {
        execution: RowId(row.get(0)?),
        attempt: AttemptId::new(row.get(1)?),
        child: row.get(2)?,
        as_json: row.get(3)?,
    })
}
