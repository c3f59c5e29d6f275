//! The versions of state machines: numbered, and never changed.

use super::aliases::{self, Alias};
use super::{Store, StoreError, machines};
use crate::arn::StateMachineArn;
use crate::service::settings::Settings;
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A version as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) number: u64,
    pub(crate) definition: String,
    pub(crate) role_arn: String,
    pub(crate) revision: Option<String>,
    pub(crate) description: Option<String>,
    /// Its logging, tracing and encryption; those of its machine, where nothing was kept.
    pub(crate) settings: Option<Settings>,
    pub(crate) created_at: Timestamp,
}

/// What came of publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Published {
    /// There is a version of the machine as it is now: this number, since then.
    Version(u64, Timestamp),
    /// The machine is not at the revision that was asked for, but at this one.
    Moved(Option<String>),
    /// There is no such machine.
    NoMachine,
}

const SELECT: &str =
    "SELECT v.number, d.text, v.role_arn, v.revision, v.description, v.created_at, v.settings
    FROM versions v JOIN definitions d ON d.hash = v.definition";

impl Store {
    /// Makes a version of what the machine is now, if it is at the revision that is wanted.
    pub(crate) async fn publish_version(
        &self,
        machine: StateMachineArn,
        revision: Option<String>,
        description: Option<String>,
        now: Timestamp,
    ) -> Result<Published, StoreError> {
        let publish = move |connection: &Connection| {
            publish(connection, &machine, revision.as_deref(), description.as_deref(), now)
        };
        self.write(publish).await
    }

    /// A version.
    pub(crate) async fn version(
        &self,
        machine: StateMachineArn,
        number: u64,
    ) -> Result<Option<Version>, StoreError> {
        self.read(move |connection| get(connection, &machine, number)).await
    }

    /// The versions of a machine, the latest first.
    pub(crate) async fn versions(
        &self,
        machine: StateMachineArn,
        skip: usize,
        most: usize,
    ) -> Result<Vec<Version>, StoreError> {
        self.read(move |connection| list(connection, &machine, skip, most)).await
    }

    /// Deletes a version, unless aliases lead to it: then it stays, and these are their names.
    pub(crate) async fn delete_version(
        &self,
        machine: StateMachineArn,
        number: u64,
    ) -> Result<Vec<String>, StoreError> {
        let delete = move |connection: &Connection| {
            let arn = machine.qualified(number);
            let leads_here =
                |alias: &Alias| alias.routing.iter().any(|it| it.state_machine_version_arn == arn);
            let aliases = aliases::list(connection, &machine)?.into_iter().filter(leads_here);
            let names: Vec<String> = aliases.map(|alias| alias.name).collect();
            if names.is_empty() {
                delete(connection, &machine, number)?;
            }
            Ok(names)
        };
        self.write(delete).await
    }
}

/// Makes a version of what the machine is now. One that there is already of the same revision is given again.
pub(super) fn publish(
    connection: &Connection,
    machine_arn: &str,
    wanted: Option<&str>,
    description: Option<&str>,
    now: Timestamp,
) -> Result<Published, StoreError> {
    let Some(machine) = machines::get(connection, machine_arn)? else { return Ok(Published::NoMachine) };
    let is_current = wanted
        .is_none_or(|wanted| machine.revision.as_deref().map_or(wanted == "INITIAL", |it| it == wanted));
    if !is_current {
        return Ok(Published::Moved(machine.revision));
    }
    let of_revision = connection
        .prepare_cached(
            "SELECT number, created_at FROM versions WHERE machine_arn = ?1 AND revision IS ?2
             ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![machine_arn, machine.revision], |row| {
            Ok(Published::Version(row.get(0)?, from_milliseconds(row.get(1)?)))
        })
        .optional()?;
    if let Some(there) = of_revision {
        return Ok(there);
    }
    let number: u64 = connection
        .prepare_cached(
            "UPDATE machines SET last_version = last_version + 1 WHERE arn = ?1 RETURNING last_version",
        )?
        .query_row([machine_arn], |row| row.get(0))?;
    let definition = machines::keep(connection, &machine.definition)?;
    connection
        .prepare_cached(
            "INSERT INTO versions (machine_arn, number, definition, role_arn, revision, description, created_at, settings)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            machine_arn,
            number,
            definition,
            machine.role_arn,
            machine.revision,
            description,
            now.as_millisecond(),
            machine.settings.to_json()
        ])?;
    Ok(Published::Version(number, now))
}

pub(crate) fn get(
    connection: &Connection,
    machine_arn: &str,
    number: u64,
) -> Result<Option<Version>, StoreError> {
    let sql = format!("{SELECT} WHERE v.machine_arn = ?1 AND v.number = ?2");
    Ok(connection.prepare_cached(&sql)?.query_row(params![machine_arn, number], read).optional()?)
}

fn list(
    connection: &Connection,
    machine_arn: &str,
    skip: usize,
    most: usize,
) -> Result<Vec<Version>, StoreError> {
    let sql = format!("{SELECT} WHERE v.machine_arn = ?1 ORDER BY v.number DESC LIMIT ?3 OFFSET ?2");
    let versions = connection
        .prepare_cached(&sql)?
        .query_map(params![machine_arn, skip, most], read)?
        .collect::<Result<_, _>>()?;
    Ok(versions)
}

fn delete(connection: &Connection, machine_arn: &str, number: u64) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM versions WHERE machine_arn = ?1 AND number = ?2")?
        .execute(params![machine_arn, number])?;
    Ok(())
}

pub(super) fn delete_all(connection: &Connection, machine_arn: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM versions WHERE machine_arn = ?1")?.execute([machine_arn])?;
    Ok(())
}

fn read(row: &Row) -> rusqlite::Result<Version> {
    Ok(Version {
        number: row.get(0)?,
        definition: row.get(1)?,
        role_arn: row.get(2)?,
        revision: row.get(3)?,
        description: row.get(4)?,
        created_at: from_milliseconds(row.get(5)?),
        settings: row.get(6)?,
    })
}
