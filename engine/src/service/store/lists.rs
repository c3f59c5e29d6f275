//! Lists of executions.

use super::executions::{RowId, SUMMARY, Summary, read};
use super::{Store, StoreError};
use crate::status::ExecutionStatus;
use crate::time::{from_milliseconds, to_milliseconds};
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::types::Value;

/// Which executions are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    /// Those of a machine, whichever version they run.
    Machine(String),
    /// Those that run a version.
    Version(String),
    /// Those that an alias led to.
    Alias(String),
    /// Those that a map run began.
    MapRun(String),
}

/// Which of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    pub(crate) status: Option<ExecutionStatus>,
    /// Whether they were redriven.
    pub(crate) redriven: Option<bool>,
}

/// The last execution of a page. Those that start while somebody reads the list move none to another page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    started_at: Timestamp,
    row: RowId,
}

impl Place {
    pub(crate) fn of(summary: &Summary) -> Self {
        Self { started_at: summary.started_at, row: summary.row }
    }

    /// Reads what `to_text` has written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (started_at, row) = text.split_once(' ')?;
        Some(Self { started_at: from_milliseconds(started_at.parse().ok()?), row: RowId(row.parse().ok()?) })
    }

    pub(crate) fn to_text(self) -> String {
        format!("{} {}", to_milliseconds(self.started_at), self.row.0)
    }
}

impl Store {
    /// Executions, the latest first: those that come after a place.
    pub(crate) async fn executions(
        &self,
        of: Of,
        filter: Filter,
        after: Option<Place>,
        most: usize,
    ) -> Result<Vec<Summary>, StoreError> {
        self.read(move |connection| list(connection, &of, &filter, after, most)).await
    }
}

/// Executions, the latest first: those that come after a place.
pub(in crate::service) fn list(
    connection: &Connection,
    of: &Of,
    filter: &Filter,
    after: Option<Place>,
    most: usize,
) -> Result<Vec<Summary>, StoreError> {
    let (sql, parameters) = statement(of, filter, after, most);
    let mut select = connection.prepare_cached(&sql)?;
    let rows = select.query_map(rusqlite::params_from_iter(parameters), read)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The conditions are written out, since SQLite chooses an index before it knows the parameters.
fn statement(of: &Of, filter: &Filter, after: Option<Place>, most: usize) -> (String, Vec<Value>) {
    let (column, arn) = match of {
        // The children of a map run have its machine, and are listed under the map run alone.
        Of::Machine(arn) => ("map_run_arn IS NULL AND machine_arn", arn),
        Of::Version(arn) => ("map_run_arn IS NULL AND version_arn", arn),
        Of::Alias(arn) => ("map_run_arn IS NULL AND alias_arn", arn),
        Of::MapRun(arn) => ("map_run_arn", arn),
    };
    let mut sql = format!("{SUMMARY} WHERE {column} = ?");
    let mut parameters = vec![Value::from(arn.clone())];
    if let Some(status) = filter.status {
        sql.push_str(" AND status = ?");
        parameters.push(Value::from(status.as_str().to_owned()));
    }
    match filter.redriven {
        None => {}
        Some(true) => sql.push_str(" AND redrive_count > 0"),
        Some(false) => sql.push_str(" AND redrive_count = 0"),
    }
    if let Some(Place { started_at, row }) = after {
        sql.push_str(" AND (started_at, id) < (?, ?)");
        parameters.extend([to_milliseconds(started_at).into(), row.0.into()]);
    }
    sql.push_str(" ORDER BY started_at DESC, id DESC LIMIT ?");
    parameters.push(i64::try_from(most).unwrap_or(i64::MAX).into());
    (sql, parameters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::service::Store;

    /// Neither reads executions that are not listed, nor sorts those that are.
    #[tokio::test]
    async fn every_list_follows_an_index() {
        let folder = Scratch::new();
        let store = Store::open(folder.path()).unwrap();
        let check = |connection: &Connection| {
            let arn = "arn".to_owned();
            let place = Place { started_at: from_milliseconds(1), row: RowId(2) };
            for of in
                [Of::Machine(arn.clone()), Of::Version(arn.clone()), Of::Alias(arn.clone()), Of::MapRun(arn)]
            {
                for status in [None, Some(ExecutionStatus::Failed)] {
                    for after in [None, Some(place)] {
                        let filter = Filter { status, redriven: None };
                        let (sql, parameters) = statement(&of, &filter, after, 100);
                        let plan = plan(connection, &sql, parameters);
                        assert!(!plan.contains("SCAN") && !plan.contains("B-TREE"), "{sql}\n{plan}");
                        // The children of one map run are 10,000 at most.
                        let is_found =
                            matches!(of, Of::MapRun(_)) || status.is_none() || plan.contains("status=?");
                        assert!(is_found, "{sql}\n{plan}");
                    }
                }
            }
            let filter = Filter { status: None, redriven: Some(true) };
            let (sql, parameters) = statement(&Of::Machine("arn".to_owned()), &filter, Some(place), 100);
            let plan = plan(connection, &sql, parameters);
            assert!(plan.contains("executions_redriven"), "{plan}");
            Ok(())
        };
        store.read(check).await.unwrap();
    }

    fn plan(connection: &Connection, sql: &str, parameters: Vec<Value>) -> String {
        let mut select = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let rows = select.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3));
        rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap().join("\n")
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place { started_at: from_milliseconds(1_767_225_600_123), row: RowId(42) };
        assert_eq!(Place::parse(&place.to_text()), Some(place));
        for text in ["", "1", "1 2 3", "x 1", "1 x"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
