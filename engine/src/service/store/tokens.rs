use super::StoreError;
use super::executions::RowId;
use crate::execution::AttemptId;
use crate::execution::TaskToken;
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

/// Whose token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) execution: RowId,
    pub(crate) attempt: AttemptId,
    /// Whether it was answered, or is not awaited any more.
    pub(crate) spent: bool,
}

fn hash(token: &TaskToken) -> [u8; 32] {
    Sha256::digest(token.expose()).into()
}

pub(crate) fn put(
    connection: &Connection,
    token: &TaskToken,
    execution: RowId,
    attempt: AttemptId,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO tokens (hash, execution, attempt) VALUES (?1, ?2, ?3)")?
        .execute(params![hash(token), execution.0, attempt.get()])?;
    Ok(())
}

/// Nobody waits for this attempt's token any more.
pub(crate) fn spend(connection: &Connection, execution: RowId, attempt: AttemptId) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE tokens SET spent = 1 WHERE execution = ?1 AND attempt = ?2")?
        .execute(params![execution.0, attempt.get()])?;
    Ok(())
}

pub(crate) fn heartbeat(
    connection: &Connection,
    execution: RowId,
    attempt: AttemptId,
    at: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE tokens SET heartbeat_at = ?3 WHERE execution = ?1 AND attempt = ?2")?
        .execute(params![execution.0, attempt.get(), at.as_millisecond()])?;
    Ok(())
}

/// The heartbeats of an execution. They stand in no history, and a recovered execution must know of them.
pub(crate) fn heartbeats(
    connection: &Connection,
    execution: RowId,
) -> Result<Vec<(AttemptId, Timestamp)>, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT attempt, heartbeat_at FROM tokens WHERE execution = ?1 AND heartbeat_at IS NOT NULL AND spent = 0")?;
    let rows = select
        .query_map([execution.0], |row| Ok((AttemptId::new(row.get(0)?), from_milliseconds(row.get(1)?))))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

pub(crate) fn owner(connection: &Connection, token: &TaskToken) -> Result<Option<Owner>, StoreError> {
    let owner = connection
        .prepare_cached("SELECT execution, attempt, spent FROM tokens WHERE hash = ?1")?
        .query_row([hash(token)], |row| {
            Ok(Owner {
                execution: RowId(row.get(0)?),
                attempt: AttemptId::new(row.get(1)?),
                spent: row.get(2)?,
            })
        })
        .optional()?;
    Ok(owner)
}
