//! Pruning deletes executions that ended long ago. It keeps running executions, and those that others wait for.

use super::*;
use crate::scratch::Scratch;
use crate::service::Store;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Executions: id, status, the day on which they ended, and the map run that they are a child of.
const EXECUTIONS: &[(i64, &str, Option<i64>, Option<&str>)] = &[
    (1, "SUCCEEDED", Some(1), None),
    (2, "RUNNING", None, None),
    (3, "FAILED", Some(500), None),
    (4, "FAILED", Some(2), None),
    (5, "SUCCEEDED", Some(1), Some("map")),
    (6, "SUCCEEDED", Some(3), None),
    (7, "SUCCEEDED", Some(1), Some("map-of-one-that-runs")),
    (8, "SUCCEEDED", Some(1), Some("map-within")),
    (9, "TIMED_OUT", Some(4), None),
];

/// Map runs: ARN, the execution that it belongs to, and its status.
const MAP_RUNS: &[(&str, i64, &str)] = &[
    ("map", 4, "SUCCEEDED"),
    ("map-of-one-that-runs", 2, "SUCCEEDED"),
    ("map-within", 5, "SUCCEEDED"),
    ("late", 9, "RUNNING"),
];

fn fill(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("INSERT INTO definitions (hash, text) VALUES ('h', '{}')", [])?;
    for (id, status, ended, map_run) in EXECUTIONS {
        connection.execute(
            "INSERT INTO executions (id, arn, name, machine_arn, machine_name, definition, role_arn, region, input, seed, status, started_at, stopped_at, in_flight, map_run_arn)
             VALUES (?1, ?2, 'n', 'm', 'm', 'h', 'r', 'us-east-1', '{}', x'00', ?3, 0, ?4, 0, ?5)",
            params![id, format!("arn-{id}"), status, ended.map(|day| day * DAY), map_run],
        )?;
        connection.execute(
            "INSERT INTO events (execution, id, previous, at, kind) VALUES (?1, 1, 0, 0, '{}')",
            [id],
        )?;
        connection.execute("INSERT INTO texts (execution, text) VALUES (?1, 'input')", [id])?;
        connection.execute(
            "INSERT INTO tokens (hash, execution, attempt) VALUES (?1, ?2, 1)",
            params![format!("t{id}"), id],
        )?;
    }
    for (arn, execution, status) in MAP_RUNS {
        connection.execute(
            "INSERT INTO map_runs (arn, execution, attempt, state, status, plan, concurrency, started_at) VALUES (?1, ?2, 1, 's', ?3, '{}', 1, 0)",
            params![arn, execution, status],
        )?;
    }
    // The execution 2 waits for the end of 6.
    connection
        .execute("INSERT INTO jobs (execution, attempt, child, as_json) VALUES (2, 1, 'arn-6', 0)", [])?;
    Ok(())
}

fn ids(connection: &Connection, table: &str, column: &str) -> Result<Vec<i64>, StoreError> {
    let sql = format!("SELECT {column} FROM {table} ORDER BY {column}");
    Ok(connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

#[tokio::test]
async fn what_ended_long_ago_is_forgotten_with_all_that_belongs_to_it_and_everything_else_is_kept() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let before = Timestamp::from_millisecond(400 * DAY).unwrap();
    store.write(fill).await.unwrap();
    // One at a time: a long list does not keep others from writing.
    assert_eq!(store.write(move |connection| prune(connection, before, 1)).await.unwrap(), 1);
    assert_eq!(store.write(move |connection| prune(connection, before, 10)).await.unwrap(), 1);
    assert_eq!(store.write(move |connection| prune(connection, before, 10)).await.unwrap(), 0);
    for (table, column, kept) in [
        ("executions", "id", vec![2, 3, 6, 7, 9]),
        ("events", "execution", vec![2, 3, 6, 7, 9]),
        ("texts", "execution", vec![2, 3, 6, 7, 9]),
        ("tokens", "execution", vec![2, 3, 6, 7, 9]),
        ("map_runs", "execution", vec![2, 9]),
        ("jobs", "execution", vec![2]),
    ] {
        let found = store.read(move |connection| ids(connection, table, column)).await.unwrap();
        assert_eq!(found, kept, "{table}");
    }
}

/// A million executions that ended lately are not read to find those that ended long ago.
#[tokio::test]
async fn what_ended_long_ago_is_found_along_an_index() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let plan = |connection: &Connection| -> Result<Vec<String>, StoreError> {
        let mut select = connection.prepare(&format!("EXPLAIN QUERY PLAN {ENDED}"))?;
        Ok(select.query_map(params![0, 0], |row| row.get(3))?.collect::<Result<_, _>>()?)
    };
    let plan = store.read(plan).await.unwrap();
    assert!(
        plan.iter().any(|step| step.contains("SEARCH executions USING INDEX executions_stopped")),
        "{plan:?}"
    );
    assert!(!plan.iter().any(|step| step.contains("B-TREE")), "{plan:?}");
}
