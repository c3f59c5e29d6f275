//! Forgets executions that ended long ago, with everything that belongs to them.

use super::StoreError;
use super::executions::{RowId, forget};
use crate::time::to_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, params};

const ENDED: &str = "SELECT id FROM executions
     WHERE status <> 'RUNNING' AND stopped_at < ?1 AND map_run_arn IS NULL
       AND arn NOT IN (SELECT child FROM jobs)
       AND NOT EXISTS (SELECT 1 FROM map_runs WHERE map_runs.execution = executions.id AND map_runs.status = 'RUNNING')
     ORDER BY stopped_at LIMIT ?2";

/// Forgets up to `most` executions that ended before a time, the oldest first, and says how many they were. One that runs is
/// kept however old it is; children of a map run go with the execution that it belongs to; and one whose end another
/// execution has still to learn is kept as well.
pub(crate) fn prune(connection: &Connection, before: Timestamp, most: usize) -> Result<usize, StoreError> {
    let rows: Vec<RowId> = connection
        .prepare_cached(ENDED)?
        .query_map(params![to_milliseconds(before), most], |row| row.get(0).map(RowId))?
        .collect::<Result<_, _>>()?;
    for row in &rows {
        forget_whole(connection, *row)?;
    }
    Ok(rows.len())
}

/// Forgets an execution with its map runs, their children, and the map runs of those.
fn forget_whole(connection: &Connection, row: RowId) -> Result<(), StoreError> {
    let children: Vec<RowId> = connection
        .prepare_cached(
            "SELECT executions.id FROM executions JOIN map_runs ON map_runs.arn = executions.map_run_arn WHERE map_runs.execution = ?1",
        )?
        .query_map([row.0], |row| row.get(0).map(RowId))?
        .collect::<Result<_, _>>()?;
    for child in children {
        forget_whole(connection, child)?;
    }
    for sql in [
        "DELETE FROM map_runs WHERE execution = ?1",
        "DELETE FROM jobs WHERE execution = ?1",
        "DELETE FROM mocked_calls WHERE arn = (SELECT arn FROM executions WHERE id = ?1)",
        "DELETE FROM mocked_executions WHERE arn = (SELECT arn FROM executions WHERE id = ?1)",
    ] {
        connection.prepare_cached(sql)?.execute([row.0])?;
    }
    forget(connection, row)
}

#[cfg(test)]
mod tests;
