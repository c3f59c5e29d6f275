//! The tags of state machines and activities.

use super::{Store, StoreError, activities, machines};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tag {
    #[serde(default)]
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: String,
}

impl Store {
    /// Puts tags on a resource, over those of the same key.
    pub(crate) async fn put_tags(&self, resource: String, tags: Vec<Tag>) -> Result<(), StoreError> {
        self.write(move |connection| put(connection, &resource, &tags)).await
    }

    /// Takes tags off a resource.
    pub(crate) async fn take_tags(&self, resource: String, keys: Vec<String>) -> Result<(), StoreError> {
        self.write(move |connection| take(connection, &resource, &keys)).await
    }

    /// The tags of a resource, in the order in which they were put on it.
    pub(crate) async fn tags(&self, resource: String) -> Result<Vec<Tag>, StoreError> {
        self.read(move |connection| list(connection, &resource)).await
    }

    /// The tags of a state machine or of an activity, if it is there.
    pub(crate) async fn tags_of_states(&self, resource: String) -> Result<Option<Vec<Tag>>, StoreError> {
        let read = move |connection: &Connection| {
            let is_there = machines::get(connection, &resource)?.is_some()
                || activities::get(connection, &resource)?.is_some();
            if is_there { list(connection, &resource).map(Some) } else { Ok(None) }
        };
        self.read(read).await
    }
}

/// Puts tags on a resource, over those of the same key.
pub(super) fn put(connection: &Connection, resource: &str, tags: &[Tag]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO tags (resource_arn, key, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (resource_arn, key) DO UPDATE SET value = excluded.value",
    )?;
    for tag in tags {
        insert.execute(params![resource, tag.key, tag.value])?;
    }
    Ok(())
}

fn take(connection: &Connection, resource: &str, keys: &[String]) -> Result<(), StoreError> {
    let mut delete = connection.prepare_cached("DELETE FROM tags WHERE resource_arn = ?1 AND key = ?2")?;
    for key in keys {
        delete.execute([resource, key])?;
    }
    Ok(())
}

fn list(connection: &Connection, resource: &str) -> Result<Vec<Tag>, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT key, value FROM tags WHERE resource_arn = ?1 ORDER BY id")?;
    let tags = select
        .query_map([resource], |row| Ok(Tag { key: row.get(0)?, value: row.get(1)? }))?
        .collect::<Result<_, _>>()?;
    Ok(tags)
}

pub(super) fn delete_all(connection: &Connection, resource: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM tags WHERE resource_arn = ?1")?.execute([resource])?;
    Ok(())
}
