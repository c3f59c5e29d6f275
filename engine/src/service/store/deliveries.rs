use super::StoreError;
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

/// What the bus owes to a target from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) event_id: String,
    pub(crate) rule: String,
    pub(crate) target_arn: String,
    pub(crate) input: String,
    pub(crate) taken_at: Timestamp,
    /// What else it needs (`How`), as JSON.
    pub(crate) how: String,
}

/// What the bus owes to a target, as it is stored.
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
    /// Reads what `write` has written.
    pub(crate) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

pub(crate) fn put(connection: &Connection, owed: &Owed) -> Result<(), StoreError> {
    let taken = owed.taken_at.as_millisecond();
    connection
        .prepare_cached(
            "INSERT INTO deliveries (event_id, rule, target_arn, input, taken_at, attempts, next_at, status, how)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, ?5, 'pending', ?6)",
        )?
        .execute(params![
            owed.event_id,
            owed.rule,
            owed.target_arn,
            owed.input,
            taken,
            owed.how
        ])?;
    Ok(())
}

/// The first target after another in the order of their ARNs that is owed anything.
const TARGET_AFTER: &str = "SELECT target_arn FROM deliveries WHERE status = 'pending' AND target_arn > ?1
     ORDER BY target_arn LIMIT 1";

/// What a target is owed and is due.
const DUE_OF_TARGET: &str =
    "SELECT id, event_id, rule, target_arn, input, taken_at, attempts, how FROM deliveries
     WHERE status = 'pending' AND target_arn = ?1 AND next_at <= ?2 ORDER BY next_at, id LIMIT ?3";

/// The ARNs of all targets that are owed anything, due or not.
pub(crate) fn targets(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut select = connection.prepare_cached(TARGET_AFTER)?;
    let mut targets: Vec<String> = Vec::new();
    loop {
        let last = targets.last().map_or("", String::as_str);
        match select.query_row([last], |row| row.get(0)).optional()? {
            Some(next) => targets.push(next),
            None => return Ok(targets),
        }
    }
}

/// What one target is owed and is due: the oldest first, and only so many.
pub(crate) fn due(
    connection: &Connection,
    target_arn: &str,
    now: Timestamp,
    most: usize,
) -> Result<Vec<Delivery>, StoreError> {
    let mut select = connection.prepare_cached(DUE_OF_TARGET)?;
    let rows = select
        .query_map(params![target_arn, now.as_millisecond(), most], |row| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::service::Store;
    use rusqlite::StatementStatus;

    const TARGETS: [&str; 2] =
        ["arn:aws:sqs:us-east-1:123456789012:a", "arn:aws:sqs:us-east-1:123456789012:b"];

    fn owed(n: usize, target_arn: &str) -> Owed {
        Owed {
            event_id: n.to_string(),
            rule: "rule".to_owned(),
            target_arn: target_arn.to_owned(),
            input: "{}".to_owned(),
            taken_at: from_milliseconds(0),
            how: "{}".to_owned(),
        }
    }

    /// The instructions of SQLite that it takes to find what is due while each target is owed so many.
    async fn instructions(count: usize) -> i32 {
        let folder = Scratch::new();
        let store = Store::open(folder.path()).unwrap();
        let work = move |connection: &Connection| {
            for n in 0..count {
                TARGETS.iter().try_for_each(|target| put(connection, &owed(n, target)))?;
            }
            assert_eq!(targets(connection)?, TARGETS);
            for target in TARGETS {
                let due = due(connection, target, Timestamp::MAX, 8)?;
                let events: Vec<String> = due.into_iter().map(|delivery| delivery.event_id).collect();
                assert_eq!(events, ["0", "1", "2", "3", "4", "5", "6", "7"]);
            }
            let of = |sql| -> Result<i32, StoreError> {
                Ok(connection.prepare_cached(sql)?.get_status(StatementStatus::VmStep))
            };
            Ok(of(TARGET_AFTER)? + of(DUE_OF_TARGET)?)
        };
        store.write(work).await.unwrap()
    }

    #[tokio::test]
    async fn finding_what_is_due_costs_the_same_whatever_waits() {
        assert_eq!(instructions(10).await, instructions(1_000).await);
    }
}
