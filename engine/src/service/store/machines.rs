use super::StoreError;
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

/// A state machine as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) definition: String,
    pub(crate) role_arn: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

const SELECT: &str = "SELECT m.arn, m.name, d.text, m.role_arn, m.created_at, m.updated_at
    FROM machines m JOIN definitions d ON d.hash = m.definition";

/// Stores a definition and returns its hash.
pub(crate) fn keep(connection: &Connection, text: &str) -> Result<String, StoreError> {
    let hash = hex::encode(Sha256::digest(text));
    connection
        .prepare_cached("INSERT INTO definitions (hash, text) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![hash, text])?;
    Ok(hash)
}

/// Stores a machine, over one of the same ARN.
pub(crate) fn put(connection: &Connection, machine: &Stored) -> Result<(), StoreError> {
    let definition = keep(connection, &machine.definition)?;
    connection
        .prepare_cached(
            "INSERT INTO machines (arn, name, definition, role_arn, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (arn) DO UPDATE SET definition = excluded.definition, role_arn = excluded.role_arn,
                updated_at = excluded.updated_at",
        )?
        .execute(params![
            machine.arn,
            machine.name,
            definition,
            machine.role_arn,
            machine.created_at.as_millisecond(),
            machine.updated_at.as_millisecond()
        ])?;
    Ok(())
}

pub(crate) fn delete(connection: &Connection, arn: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM machines WHERE arn = ?1")?.execute([arn])?;
    Ok(())
}

pub(crate) fn get(connection: &Connection, arn: &str) -> Result<Option<Stored>, StoreError> {
    let sql = format!("{SELECT} WHERE m.arn = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([arn], read).optional()?)
}

/// All machines whose ARN begins so, sorted by ARN.
pub(crate) fn list(connection: &Connection, prefix: &str) -> Result<Vec<Stored>, StoreError> {
    let sql = format!("{SELECT} WHERE substr(m.arn, 1, length(?1)) = ?1 ORDER BY m.arn");
    let machines = connection.prepare_cached(&sql)?.query_map([prefix], read)?.collect::<Result<_, _>>()?;
    Ok(machines)
}

fn read(row: &Row) -> rusqlite::Result<Stored> {
    Ok(Stored {
        arn: row.get(0)?,
        name: row.get(1)?,
        definition: row.get(2)?,
        role_arn: row.get(3)?,
        created_at: from_milliseconds(row.get(4)?),
        updated_at: from_milliseconds(row.get(5)?),
    })
}
