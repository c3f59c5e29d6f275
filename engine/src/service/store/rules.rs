//! Event buses, and the rules and targets that were put through the API.

use super::StoreError;
use crate::events::Target;
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

/// Where a rule is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Account and region: `123456789012/eu-west-1`.
    pub(crate) place: String,
    /// The name of its bus.
    pub(crate) bus: String,
    /// Its name.
    pub(crate) name: String,
}

/// A rule as it was put.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredRule {
    pub(crate) key: Key,
    pub(crate) description: Option<String>,
    /// Empty where it has none.
    pub(crate) pattern: String,
    pub(crate) state: String,
    pub(crate) role_arn: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) schedule: Option<StoredSchedule>,
}

/// The schedule of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredSchedule {
    /// As it was put.
    pub(crate) text: String,
    /// From when on a rate counts: when it was put, or enabled.
    pub(crate) since: Timestamp,
    /// When it is due next, if ever. One that is disabled is not due.
    pub(crate) due_at: Option<Timestamp>,
}

/// A bus that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredBus {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) created_at: Timestamp,
}

/// Puts a rule, over one of the same place and name.
pub(crate) fn put(connection: &Connection, rule: &StoredRule) -> Result<(), StoreError> {
    let Key { place, bus, name } = &rule.key;
    connection
        .prepare_cached(
            "INSERT INTO rules (place, bus, name, description, pattern, state, role_arn, created_at, schedule, since, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (place, bus, name) DO UPDATE SET description = excluded.description, pattern = excluded.pattern,
                state = excluded.state, role_arn = excluded.role_arn, schedule = excluded.schedule, since = excluded.since,
                due_at = excluded.due_at",
        )?
        .execute(params![
            place,
            bus,
            name,
            rule.description,
            rule.pattern,
            rule.state,
            rule.role_arn,
            rule.created_at.as_millisecond(),
            rule.schedule.as_ref().map(|schedule| &schedule.text),
            rule.schedule.as_ref().map(|schedule| schedule.since.as_millisecond()),
            rule.schedule.as_ref().and_then(|schedule| Some(schedule.due_at?.as_millisecond())),
        ])?;
    Ok(())
}

/// When a rule is due next.
pub(crate) fn put_due(
    connection: &Connection,
    key: &Key,
    due_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let Key { place, bus, name } = key;
    connection
        .prepare_cached("UPDATE rules SET due_at = ?4 WHERE place = ?1 AND bus = ?2 AND name = ?3")?
        .execute(params![place, bus, name, due_at.map(|at| at.as_millisecond())])?;
    Ok(())
}

/// Deletes a rule and what it tells whom.
pub(crate) fn delete(connection: &Connection, key: &Key) -> Result<(), StoreError> {
    for table in [
        "DELETE FROM targets WHERE place = ?1 AND bus = ?2 AND rule = ?3",
        "DELETE FROM rules WHERE place = ?1 AND bus = ?2 AND name = ?3",
    ] {
        connection.prepare_cached(table)?.execute([&key.place, &key.bus, &key.name])?;
    }
    Ok(())
}

/// All rules, sorted.
pub(crate) fn all(connection: &Connection) -> Result<Vec<StoredRule>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT place, bus, name, description, pattern, state, role_arn, created_at, schedule, since, due_at
         FROM rules ORDER BY place, bus, name",
    )?;
    Ok(select.query_map([], read)?.collect::<Result<_, _>>()?)
}

fn read(row: &Row) -> rusqlite::Result<StoredRule> {
    Ok(StoredRule {
        key: Key { place: row.get(0)?, bus: row.get(1)?, name: row.get(2)? },
        description: row.get(3)?,
        pattern: row.get(4)?,
        state: row.get(5)?,
        role_arn: row.get(6)?,
        created_at: from_milliseconds(row.get(7)?),
        schedule: match (row.get(8)?, row.get(9)?) {
            (Some(text), Some(since)) => Some(StoredSchedule {
                text,
                since: from_milliseconds(since),
                due_at: row.get::<_, Option<i64>>(10)?.map(from_milliseconds),
            }),
            _ => None,
        },
    })
}

/// Replaces the targets of a rule.
pub(crate) fn put_targets(connection: &Connection, key: &Key, targets: &[Target]) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM targets WHERE place = ?1 AND bus = ?2 AND rule = ?3")?
        .execute([&key.place, &key.bus, &key.name])?;
    let mut insert = connection
        .prepare_cached("INSERT INTO targets (place, bus, rule, id, target) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for target in targets {
        let text = serde_json::to_string(target).map_err(|error| StoreError::Record(error.to_string()))?;
        insert.execute([&key.place, &key.bus, &key.name, &target.id, &text])?;
    }
    Ok(())
}

/// The targets of a rule, sorted by their ids.
pub(crate) fn targets(connection: &Connection, key: &Key) -> Result<Vec<Target>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT target FROM targets WHERE place = ?1 AND bus = ?2 AND rule = ?3 ORDER BY id",
    )?;
    let texts = select
        .query_map([&key.place, &key.bus, &key.name], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    let read = |text: &String| {
        serde_json::from_str(text).map_err(|error| StoreError::Record(format!("a target: {error}")))
    };
    texts.iter().map(read).collect()
}

pub(crate) fn put_bus(connection: &Connection, place: &str, bus: &StoredBus) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO buses (place, name, description, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![place, bus.name, bus.description, bus.created_at.as_millisecond()])?;
    Ok(())
}

pub(crate) fn delete_bus(connection: &Connection, place: &str, name: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM buses WHERE place = ?1 AND name = ?2")?.execute([place, name])?;
    Ok(())
}

/// The buses of a place that were created, sorted by name.
pub(crate) fn buses(connection: &Connection, place: &str) -> Result<Vec<StoredBus>, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT name, description, created_at FROM buses WHERE place = ?1 ORDER BY name")?;
    let rows = select.query_map([place], |row| {
        Ok(StoredBus {
            name: row.get(0)?,
            description: row.get(1)?,
            created_at: from_milliseconds(row.get(2)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
