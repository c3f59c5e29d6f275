use super::{StoreError, tags, versions};
use crate::arn::StateMachineArn;
use crate::service::settings::{Kind, Settings};
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

/// A state machine as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) arn: StateMachineArn,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) definition: String,
    pub(crate) role_arn: String,
    /// The id of this definition and role. There is none until the machine is first updated.
    pub(crate) revision: Option<String>,
    pub(crate) settings: Settings,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

const SELECT: &str =
    "SELECT m.arn, m.name, m.kind, d.text, m.role_arn, m.revision, m.settings, m.created_at, m.updated_at
    FROM machines m JOIN definitions d ON d.hash = m.definition";

/// Stores a definition and returns its hash.
pub(crate) fn keep(connection: &Connection, text: &str) -> Result<String, StoreError> {
    let hash = hash(text);
    connection
        .prepare_cached("INSERT INTO definitions (hash, text) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![hash, text])?;
    Ok(hash)
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Stores a machine, over one of the same ARN.
pub(crate) fn put(connection: &Connection, machine: &Stored) -> Result<(), StoreError> {
    let definition = keep(connection, &machine.definition)?;
    connection
        .prepare_cached(
            "INSERT INTO machines (arn, name, kind, definition, role_arn, revision, settings, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (arn) DO UPDATE SET definition = excluded.definition, role_arn = excluded.role_arn,
                revision = excluded.revision, settings = excluded.settings, updated_at = excluded.updated_at",
        )?
        .execute(params![
            machine.arn,
            machine.name,
            machine.kind.as_str(),
            definition,
            machine.role_arn,
            machine.revision,
            machine.settings.to_json(),
            machine.created_at.as_millisecond(),
            machine.updated_at.as_millisecond()
        ])?;
    Ok(())
}

/// Deletes a machine with its versions, its aliases and its tags.
pub(crate) fn delete(connection: &Connection, arn: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM machines WHERE arn = ?1")?.execute([arn])?;
    connection.prepare_cached("DELETE FROM aliases WHERE machine_arn = ?1")?.execute([arn])?;
    versions::delete_all(connection, arn)?;
    tags::delete_all(connection, arn)
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
        kind: row.get(2)?,
        definition: row.get(3)?,
        role_arn: row.get(4)?,
        revision: row.get(5)?,
        settings: row.get(6)?,
        created_at: from_milliseconds(row.get(7)?),
        updated_at: from_milliseconds(row.get(8)?),
    })
}
