use super::tags::{self, Tag};
use super::versions::{self, Published};
use super::{Store, StoreError};
use crate::arn::StateMachineArn;
use crate::service::settings::{Encryption, Kind, Logging, Settings, Tracing};
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
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

/// Whether a version is made of a machine that is created or updated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Publish {
    No,
    /// With this description.
    Yes(Option<String>),
}

/// What came of creating a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Created {
    /// It is there: it was made now, or it was there before and is the same. The number is that of its version.
    Machine(Box<Stored>, Option<u64>),
    /// There is another of this name.
    Taken,
}

/// What is changed of a machine. What is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Change {
    pub(crate) definition: Option<String>,
    pub(crate) role_arn: Option<String>,
    pub(crate) logging: Option<Logging>,
    pub(crate) tracing: Option<Tracing>,
    pub(crate) encryption: Option<Encryption>,
}

impl Store {
    /// Makes a machine with its tags, and a version of it. Creating the same machine again gives the same machine; another
    /// role and other tags are ignored then.
    pub(crate) async fn create_machine(
        &self,
        machine: Stored,
        tags: Vec<Tag>,
        publish: Publish,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let create = move |connection: &Connection| {
            let machine = match get(connection, &machine.arn)? {
                Some(before) if is_created_same(&before, &machine) => before,
                Some(_) => return Ok(Created::Taken),
                None => {
                    put(connection, &machine)?;
                    tags::put(connection, &machine.arn, &tags)?;
                    machine
                }
            };
            let number = published(connection, &machine.arn, &publish, now)?;
            Ok(Created::Machine(Box::new(machine), number))
        };
        self.write(create).await
    }

    /// Changes a machine, if it is there, and makes a version of it. It gets a revision if it is another than before.
    pub(crate) async fn update_machine(
        &self,
        arn: StateMachineArn,
        change: Change,
        publish: Publish,
        now: Timestamp,
    ) -> Result<Option<(Stored, Option<u64>)>, StoreError> {
        let revision = uuid::Uuid::new_v4().to_string();
        let update = move |connection: &Connection| {
            let Some(mut machine) = get(connection, &arn)? else { return Ok(None) };
            let before = machine.clone();
            let Change { definition, role_arn, logging, tracing, encryption } = change;
            machine.definition = definition.unwrap_or(machine.definition);
            machine.role_arn = role_arn.unwrap_or(machine.role_arn);
            machine.settings.logging = logging.unwrap_or(machine.settings.logging);
            machine.settings.tracing = tracing.unwrap_or(machine.settings.tracing);
            machine.settings.encryption = encryption.or(machine.settings.encryption);
            if !is_same_revision(&before, &machine) {
                machine.revision = Some(revision);
            }
            machine.updated_at = now;
            put(connection, &machine)?;
            let number = published(connection, &arn, &publish, now)?;
            Ok(Some((machine, number)))
        };
        self.write(update).await
    }
}

fn published(
    connection: &Connection,
    arn: &str,
    publish: &Publish,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let Publish::Yes(description) = publish else { return Ok(None) };
    Ok(match versions::publish(connection, arn, None, description.as_deref(), now)? {
        Published::Version(number, _) => Some(number),
        Published::Moved(_) | Published::NoMachine => None,
    })
}

/// Source: API reference, `CreateStateMachine`: "the idempotency check is based on the state machine name, definition,
/// type, LoggingConfiguration, TracingConfiguration, and EncryptionConfiguration".
fn is_created_same(left: &Stored, right: &Stored) -> bool {
    left.definition == right.definition && left.kind == right.kind && left.settings.is_same(&right.settings)
}

/// Whether it is the same revision. How a definition is spaced makes no other.
fn is_same_revision(left: &Stored, right: &Stored) -> bool {
    let parsed = |machine: &Stored| serde_json::from_str::<Value>(&machine.definition).ok();
    left.role_arn == right.role_arn
        && left.settings.is_same(&right.settings)
        && (left.definition == right.definition || parsed(left) == parsed(right))
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
