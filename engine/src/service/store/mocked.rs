//! Executions that were started with a test case of a mock configuration.

use super::StoreError;
use rusqlite::{Connection, OptionalExtension, params};

pub(crate) fn put(connection: &Connection, execution_arn: &str, test_case: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO mocked_executions (arn, test_case) VALUES (?1, ?2)")?
        .execute([execution_arn, test_case])?;
    Ok(())
}

/// The test case of an execution.
pub(crate) fn test_case(connection: &Connection, execution_arn: &str) -> Result<Option<String>, StoreError> {
    let mut select = connection.prepare_cached("SELECT test_case FROM mocked_executions WHERE arn = ?1")?;
    Ok(select.query_row([execution_arn], |row| row.get(0)).optional()?)
}

/// Counts a call of a state, and says how many there were before it.
pub(crate) fn count(connection: &Connection, execution_arn: &str, state: &str) -> Result<u64, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO mocked_calls (arn, state, calls) VALUES (?1, ?2, 1)
             ON CONFLICT (arn, state) DO UPDATE SET calls = calls + 1",
        )?
        .execute(params![execution_arn, state])?;
    let mut select =
        connection.prepare_cached("SELECT calls FROM mocked_calls WHERE arn = ?1 AND state = ?2")?;
    let calls: u64 = select.query_row([execution_arn, state], |row| row.get(0))?;
    Ok(calls.saturating_sub(1))
}
