use super::StoreError;
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

/// What the bus owes to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) id: i64,
    pub(crate) event_id: String,
    pub(crate) rule: String,
    pub(crate) target_arn: String,
    pub(crate) input: String,
    pub(crate) taken_at: Timestamp,
    pub(crate) attempts: u32,
    /// What else it needs (`How`), as JSON.
    pub(crate) how: String,
}

/// What a delivery needs besides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct How {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_group_id: Option<String>,
    /// How often it is tried in all, where the rule says that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attempts: Option<u32>,
    /// How old the event may be, in milliseconds, where the rule says that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) age: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dead_letters: Option<DeadLetters>,
    /// Why there is nothing to deliver: what is wrong with what the rule makes of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invalid: Option<String>,
}

/// Where an event goes that cannot be delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DeadLetters {
    /// The ARN of a queue.
    pub(crate) arn: String,
    pub(crate) rule_arn: String,
    /// The event, as the bus took it.
    pub(crate) event: String,
}

impl How {
    pub(crate) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

pub(crate) fn put(connection: &Connection, delivery: &Delivery) -> Result<(), StoreError> {
    let taken = delivery.taken_at.as_millisecond();
    connection
        .prepare_cached(
            "INSERT INTO deliveries (event_id, rule, target_arn, input, taken_at, attempts, next_at, status, how)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, ?5, 'pending', ?6)",
        )?
        .execute(params![
            delivery.event_id,
            delivery.rule,
            delivery.target_arn,
            delivery.input,
            taken,
            delivery.how
        ])?;
    Ok(())
}

/// Those that are due, the oldest first; of each target only so many, so that none stands in the way of another.
pub(crate) fn due(connection: &Connection, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT id, event_id, rule, target_arn, input, taken_at, attempts, how FROM (
             SELECT *, row_number() OVER (PARTITION BY target_arn ORDER BY next_at, id) AS place FROM deliveries
             WHERE status = 'pending' AND next_at <= ?1
         ) WHERE place <= ?2 ORDER BY next_at, id",
    )?;
    let rows = select
        .query_map(params![now.as_millisecond(), most], |row| {
            Ok(Delivery {
                id: row.get(0)?,
                event_id: row.get(1)?,
                rule: row.get(2)?,
                target_arn: row.get(3)?,
                input: row.get(4)?,
                taken_at: from_milliseconds(row.get(5)?),
                attempts: row.get(6)?,
                how: row.get(7)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// When the next one is due that is not due yet.
pub(crate) fn next(connection: &Connection, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = connection
        .prepare_cached("SELECT min(next_at) FROM deliveries WHERE status = 'pending' AND next_at > ?1")?
        .query_row([now.as_millisecond()], |row| row.get(0))
        .optional()?
        .flatten();
    Ok(next.map(from_milliseconds))
}

/// It was delivered; what it carried is not needed any more.
pub(crate) fn done(connection: &Connection, id: i64) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// It failed, and is to be tried again.
pub(crate) fn again(connection: &Connection, id: i64, at: Timestamp, error: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE deliveries SET attempts = attempts + 1, next_at = ?2, error = ?3 WHERE id = ?1",
        )?
        .execute(params![id, at.as_millisecond(), error])?;
    Ok(())
}

/// It failed for good. It stays, so that nothing is lost.
pub(crate) fn dead(connection: &Connection, id: i64, error: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE deliveries SET attempts = attempts + 1, status = 'dead', error = ?2 WHERE id = ?1",
        )?
        .execute(params![id, error])?;
    Ok(())
}
