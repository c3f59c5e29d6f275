//! Activities, and their tasks that wait for a worker.

use super::executions::RowId;
use super::tags::{self, Tag};
use super::{Store, StoreError};
use crate::arn::ActivityArn;
use crate::execution::AttemptId;
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// An activity as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Activity {
    pub(crate) arn: ActivityArn,
    pub(crate) name: String,
    /// `encryptionConfiguration`: JSON.
    pub(crate) encryption: Option<String>,
    pub(crate) created_at: Timestamp,
}

/// A task that waits for a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) execution: RowId,
    pub(crate) attempt: AttemptId,
    /// JSON.
    pub(crate) input: String,
}

impl Store {
    /// Stores an activity with its tags, unless there is one of the same ARN: then that one is given.
    pub(crate) async fn create_activity(
        &self,
        activity: Activity,
        tags: Vec<Tag>,
    ) -> Result<Activity, StoreError> {
        self.write(move |connection| create(connection, activity, &tags)).await
    }

    /// An activity.
    pub(crate) async fn activity(&self, arn: ActivityArn) -> Result<Option<Activity>, StoreError> {
        self.read(move |connection| get(connection, &arn)).await
    }

    /// All activities whose ARN begins so, sorted by ARN.
    pub(crate) async fn activities(&self, prefix: String) -> Result<Vec<Activity>, StoreError> {
        self.read(move |connection| list(connection, &prefix)).await
    }

    /// Deletes an activity. Tasks that wait for its workers wait on, until they time out.
    pub(crate) async fn delete_activity(&self, arn: ActivityArn) -> Result<(), StoreError> {
        self.write(move |connection| delete(connection, &arn)).await
    }
}

fn create(connection: &Connection, activity: Activity, tags: &[Tag]) -> Result<Activity, StoreError> {
    if let Some(there) = get(connection, &activity.arn)? {
        return Ok(there);
    }
    connection
        .prepare_cached("INSERT INTO activities (arn, name, encryption, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            activity.arn,
            activity.name,
            activity.encryption,
            activity.created_at.as_millisecond()
        ])?;
    tags::put(connection, &activity.arn, tags)?;
    Ok(activity)
}

pub(crate) fn get(connection: &Connection, arn: &str) -> Result<Option<Activity>, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT arn, name, encryption, created_at FROM activities WHERE arn = ?1")?;
    Ok(select.query_row([arn], read).optional()?)
}

fn list(connection: &Connection, prefix: &str) -> Result<Vec<Activity>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT arn, name, encryption, created_at FROM activities
         WHERE substr(arn, 1, length(?1)) = ?1 ORDER BY arn",
    )?;
    let activities = select.query_map([prefix], read)?.collect::<Result<_, _>>()?;
    Ok(activities)
}

fn delete(connection: &Connection, arn: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM activities WHERE arn = ?1")?.execute([arn])?;
    tags::delete_all(connection, arn)
}

/// A task waits for a worker.
pub(crate) fn schedule(
    connection: &Connection,
    activity_arn: &str,
    execution: RowId,
    attempt: AttemptId,
    input: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO activity_tasks (activity_arn, execution, attempt, input) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![activity_arn, execution.0, attempt.get(), input])?;
    Ok(())
}

/// The task that has waited longest.
pub(crate) fn next(connection: &Connection, activity_arn: &str) -> Result<Option<Waiting>, StoreError> {
    let waiting = connection
        .prepare_cached(
            "SELECT execution, attempt, input FROM activity_tasks WHERE activity_arn = ?1 ORDER BY id LIMIT 1",
        )?
        .query_row([activity_arn], |row| {
            Ok(Waiting {
                execution: RowId(row.get(0)?),
                attempt: AttemptId::new(row.get(1)?),
                input: row.get(2)?,
            })
        })
        .optional()?;
    Ok(waiting)
}

/// A task waits for no worker any more: one has it, or nobody waits for the task.
pub(crate) fn unschedule(
    connection: &Connection,
    execution: RowId,
    attempt: AttemptId,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM activity_tasks WHERE execution = ?1 AND attempt = ?2")?
        .execute(params![execution.0, attempt.get()])?;
    Ok(())
}

fn read(row: &Row) -> rusqlite::Result<Activity> {
    Ok(Activity {
        arn: row.get(0)?,
        name: row.get(1)?,
        encryption: row.get(2)?,
        created_at: from_milliseconds(row.get(3)?),
    })
}
