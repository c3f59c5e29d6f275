//! The aliases of state machines: names that lead to one version, or to two of them by weight.

use super::{Store, StoreError, machines, versions};
use crate::arn::{Qualified, StateMachineArn};
use crate::time::from_milliseconds;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

/// Which share of the executions a version gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Route {
    pub(crate) state_machine_version_arn: String,
    /// In percent.
    pub(crate) weight: u32,
}

/// An alias as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alias {
    pub(crate) arn: String,
    pub(crate) machine_arn: StateMachineArn,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) routing: Vec<Route>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Alias {
    /// The version that a number below 100 leads to.
    pub(crate) fn route(&self, number: u32) -> Option<&str> {
        let mut sum = 0;
        let mut routes = self.routing.iter();
        let route = routes.find(|route| {
            sum += route.weight;
            number < sum
        });
        route.map(|route| route.state_machine_version_arn.as_str())
    }
}

/// The most aliases that a machine may have. Source: Step Functions quotas.
pub(crate) const MOST_ALIASES: usize = 100;

/// What came of creating an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Created {
    /// It is there: it was made now, or it was there before and is the same.
    Alias(Alias),
    /// Another leads elsewhere under this name.
    Taken,
    /// There is no such machine, or no such version.
    Missing,
    /// The machine has as many as it may have.
    TooMany,
}

impl Store {
    /// Makes an alias.
    pub(crate) async fn create_alias(&self, alias: Alias) -> Result<Created, StoreError> {
        self.write(move |connection| create(connection, alias)).await
    }

    /// Changes what is given of an alias, and says whether it and all that it is to lead to are there.
    pub(crate) async fn update_alias(
        &self,
        arn: String,
        description: Option<String>,
        routing: Option<Vec<Route>>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = move |connection: &Connection| {
            let Some(alias) = get(connection, &arn)? else { return Ok(false) };
            let routing = routing.unwrap_or(alias.routing);
            if leads_nowhere(connection, &routing)? {
                return Ok(false);
            }
            let description = description.or(alias.description);
            put(connection, &Alias { description, routing, updated_at: now, ..alias })?;
            Ok(true)
        };
        self.write(update).await
    }

    /// Deletes an alias, and says whether it was there.
    pub(crate) async fn delete_alias(&self, arn: String) -> Result<bool, StoreError> {
        let delete = move |connection: &Connection| {
            Ok(connection.prepare_cached("DELETE FROM aliases WHERE arn = ?1")?.execute([arn])? > 0)
        };
        self.write(delete).await
    }

    /// An alias.
    pub(crate) async fn alias(&self, arn: String) -> Result<Option<Alias>, StoreError> {
        self.read(move |connection| get(connection, &arn)).await
    }

    /// The aliases of a machine, the oldest first.
    pub(crate) async fn aliases(&self, machine: StateMachineArn) -> Result<Vec<Alias>, StoreError> {
        self.read(move |connection| list(connection, &machine)).await
    }
}

fn create(connection: &Connection, alias: Alias) -> Result<Created, StoreError> {
    if let Some(before) = get(connection, &alias.arn)? {
        let is_same = before.routing == alias.routing && before.description == alias.description;
        return Ok(if is_same { Created::Alias(before) } else { Created::Taken });
    }
    if machines::get(connection, &alias.machine_arn)?.is_none() || leads_nowhere(connection, &alias.routing)?
    {
        return Ok(Created::Missing);
    }
    if list(connection, &alias.machine_arn)?.len() >= MOST_ALIASES {
        return Ok(Created::TooMany);
    }
    put(connection, &alias)?;
    Ok(Created::Alias(alias))
}

/// Whether one of the routes leads to no version.
fn leads_nowhere(connection: &Connection, routes: &[Route]) -> Result<bool, StoreError> {
    for route in routes {
        let found = match Qualified::version(&route.state_machine_version_arn) {
            Some((machine, number)) => versions::get(connection, &machine, number)?,
            None => None,
        };
        if found.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

const SELECT: &str =
    "SELECT arn, machine_arn, name, description, routing, created_at, updated_at FROM aliases";

/// Stores an alias, over one of the same ARN.
fn put(connection: &Connection, alias: &Alias) -> Result<(), StoreError> {
    let routing =
        serde_json::to_string(&alias.routing).map_err(|error| StoreError::Record(error.to_string()))?;
    connection
        .prepare_cached(
            "INSERT INTO aliases (arn, machine_arn, name, description, routing, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (arn) DO UPDATE SET description = excluded.description, routing = excluded.routing,
                updated_at = excluded.updated_at",
        )?
        .execute(params![
            alias.arn,
            alias.machine_arn,
            alias.name,
            alias.description,
            routing,
            alias.created_at.as_millisecond(),
            alias.updated_at.as_millisecond()
        ])?;
    Ok(())
}

pub(crate) fn get(connection: &Connection, arn: &str) -> Result<Option<Alias>, StoreError> {
    let sql = format!("{SELECT} WHERE arn = ?1");
    let found = connection.prepare_cached(&sql)?.query_row([arn], read).optional()?;
    found.transpose()
}

/// The aliases of a machine, the oldest first.
pub(super) fn list(connection: &Connection, machine_arn: &str) -> Result<Vec<Alias>, StoreError> {
    let sql = format!("{SELECT} WHERE machine_arn = ?1 ORDER BY id");
    let mut select = connection.prepare_cached(&sql)?;
    let rows: Vec<_> = select.query_map([machine_arn], read)?.collect::<Result<_, _>>()?;
    rows.into_iter().collect()
}

fn read(row: &Row) -> rusqlite::Result<Result<Alias, StoreError>> {
    let routing: String = row.get(4)?;
    let routing = match serde_json::from_str(&routing) {
        Ok(routing) => routing,
        Err(error) => return Ok(Err(StoreError::Record(format!("an alias: {error}")))),
    };
    Ok(Ok(Alias {
        arn: row.get(0)?,
        machine_arn: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        routing,
        created_at: from_milliseconds(row.get(5)?),
        updated_at: from_milliseconds(row.get(6)?),
    }))
}
