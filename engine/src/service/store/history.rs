//! The history of an execution. A text that several events have is stored once.

use super::executions::RowId;
use super::{Store, StoreError};
use crate::execution::Text;
use crate::execution::history::{EventId, EventKind, HistoryEvent};
use crate::time::from_milliseconds;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::sync::Arc;

/// Shorter texts stay in their events: a reference would save nothing.
const SHORT: usize = 64;

/// The reference to the input of the execution.
const INPUT: i64 = 0;

/// Appends to the history of an execution that has this input.
pub(crate) fn append(
    connection: &Connection,
    row: RowId,
    input: &Arc<str>,
    events: &[HistoryEvent],
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO events (execution, id, previous, at, kind, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut insert_text = connection.prepare_cached("INSERT INTO texts (execution, text) VALUES (?1, ?2)")?;
    let mut stored: HashMap<Text, i64> = HashMap::from([(Text::from(Arc::clone(input)), INPUT)]);
    for event in events {
        let mut kind = event.kind.clone();
        let text = kind.text_mut().filter(|text| text.len() >= SHORT);
        let text = text.map(|text| std::mem::replace(text, String::new().into()));
        let reference = match text.map(|text| (stored.get(&text).copied(), text)) {
            None => None,
            Some((Some(reference), _)) => Some(reference),
            Some((None, text)) => {
                let reference = insert_text.insert(params![row.0, &*text])?;
                stored.insert(text, reference);
                Some(reference)
            }
        };
        let kind = serde_json::to_string(&kind).map_err(|error| StoreError::Record(error.to_string()))?;
        let (id, previous) = (event.id.get(), event.previous.get());
        insert.execute(params![row.0, id, previous, event.at.as_millisecond(), kind, reference])?;
    }
    Ok(())
}

/// The number of the last event of an execution.
pub(crate) fn last_event(connection: &Connection, row: RowId) -> Result<u64, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT coalesce(max(id), 0) FROM events WHERE execution = ?1")?;
    Ok(select.query_row([row.0], |row| row.get(0))?)
}

impl Store {
    /// A page of the history of an execution.
    pub(crate) async fn history(
        &self,
        execution: RowId,
        skip: usize,
        most: usize,
        reverse: bool,
    ) -> Result<Vec<HistoryEvent>, StoreError> {
        self.read(move |connection| read(connection, execution, skip, most, reverse)).await
    }
}

/// Part of a history: from the beginning, or from the end.
pub(crate) fn read(
    connection: &Connection,
    row: RowId,
    skip: usize,
    most: usize,
    reverse: bool,
) -> Result<Vec<HistoryEvent>, StoreError> {
    let order = if reverse { "DESC" } else { "ASC" };
    let sql = format!(
        "SELECT id, previous, at, kind, text FROM events WHERE execution = ?1 ORDER BY id {order} LIMIT ?3 OFFSET ?2"
    );
    let mut select = connection.prepare_cached(&sql)?;
    let rows = select.query_map(params![row.0, skip, most], |row| {
        let (id, previous, at): (u64, u64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (kind, text): (String, Option<i64>) = (row.get(3)?, row.get(4)?);
        Ok((id, previous, at, kind, text))
    })?;
    let (mut events, mut texts) = (Vec::new(), HashMap::new());
    for event in rows {
        let (id, previous, at, kind, reference) = event?;
        let unreadable = |why: &str| StoreError::Record(format!("event {id}: {why}"));
        let mut kind: EventKind =
            serde_json::from_str(&kind).map_err(|error| unreadable(&error.to_string()))?;
        if let Some(reference) = reference {
            let text = match texts.get(&reference) {
                Some(text) => Text::clone(text),
                None => {
                    let text = text(connection, row, reference)?;
                    let text = text.ok_or_else(|| unreadable("its text is not there"))?;
                    texts.entry(reference).or_insert(text).clone()
                }
            };
            *kind.text_mut().ok_or_else(|| unreadable("it can have no text"))? = text;
        }
        events.push(HistoryEvent {
            id: EventId::new(id),
            previous: EventId::new(previous),
            at: from_milliseconds(at),
            kind,
        });
    }
    Ok(events)
}

fn text(connection: &Connection, row: RowId, reference: i64) -> Result<Option<Text>, StoreError> {
    let text: Option<String> = if reference == INPUT {
        let mut select = connection.prepare_cached("SELECT input FROM executions WHERE id = ?1")?;
        select.query_row([row.0], |row| row.get(0)).optional()?
    } else {
        let mut select =
            connection.prepare_cached("SELECT text FROM texts WHERE id = ?1 AND execution = ?2")?;
        select.query_row([reference, row.0], |row| row.get(0)).optional()?
    };
    Ok(text.map(Text::from))
}

#[cfg(test)]
mod tests {
    use super::super::executions::{self, Origin, Standing};
    use super::*;
    use crate::asl::StateMachine;
    use crate::execution::{About, Command, Execution};
    use crate::scratch::Scratch;
    use crate::service::Store;
    use jiff::Timestamp;

    /// The input goes through two states, a text that one of them makes through the others, and then it waits.
    const DEFINITION: &str = r#"{ "QueryLanguage": "JSONata", "StartAt": "Pass", "States": {
        "Pass": { "Type": "Pass", "Next": "Make" },
        "Make": { "Type": "Pass", "Output": "{% $pad('made', 1000) %}", "Next": "Go on" },
        "Go on": { "Type": "Pass", "Next": "Wait" },
        "Wait": { "Type": "Wait", "Seconds": 60, "End": true }
    } }"#;

    const WAITS: &str =
        r#"{ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 60, "End": true } } }"#;

    fn start(connection: &Connection, definition: &str, n: usize) -> (RowId, Vec<HistoryEvent>) {
        let arn = "arn:aws:states:us-east-1:123456789012";
        let about = About {
            arn: format!("{arn}:execution:machine:e{n}").parse().unwrap(),
            name: format!("e{n}"),
            machine_arn: format!("{arn}:stateMachine:machine").parse().unwrap(),
            machine_name: "machine".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/r".to_owned(),
            region: "us-east-1".to_owned(),
            input: format!("{:?}", "x".repeat(2_000)).into(),
            seed: [1; 32],
        };
        let machine = Arc::new(StateMachine::parse(definition).0.unwrap());
        let (execution, commands) = Execution::start(about, machine, Timestamp::UNIX_EPOCH);
        let event = |command| match command {
            Command::Record(event) => Some(event),
            _ => None,
        };
        let events: Vec<HistoryEvent> = commands.into_iter().filter_map(event).collect();
        let row = executions::insert(connection, &execution, definition, &Origin::default()).unwrap();
        append(connection, row, &execution.about().input, &events).unwrap();
        executions::stand(connection, row, &Standing::of(&execution), Timestamp::UNIX_EPOCH).unwrap();
        (row, events)
    }

    #[tokio::test]
    async fn a_text_of_several_events_is_stored_once_and_read_as_it_was() {
        let folder = Scratch::new();
        let store = Store::open(folder.path()).unwrap();
        let work = |connection: &Connection| {
            let (row, events) = start(connection, DEFINITION, 0);
            assert_eq!(events.len(), 8);
            assert_eq!(read(connection, row, 0, 100, false)?, events);
            let last = read(connection, row, 0, 2, true)?;
            assert_eq!(last.iter().rev().collect::<Vec<_>>(), events.iter().skip(6).collect::<Vec<_>>());
            let stored: (i64, i64) = connection.query_row(
                "SELECT (SELECT count(*) FROM texts), (SELECT max(length(kind)) FROM events)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            assert_eq!(stored.0, 1, "the input is in `executions`, and the output is here");
            assert!(stored.1 < 200, "{} bytes", stored.1);

            connection.execute("DELETE FROM texts", [])?;
            let error = read(connection, row, 0, 100, false).unwrap_err().to_string();
            assert_eq!(error, "a record of the state cannot be read: event 5: its text is not there");
            executions::forget(connection, row)
        };
        store.write(work).await.unwrap();
    }

    #[tokio::test]
    async fn a_waiting_execution_takes_at_most_three_times_the_bytes_of_its_input() {
        let folder = Scratch::new();
        let store = Store::open(folder.path()).unwrap();
        let pages = |connection: &Connection| -> i64 {
            connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap()
        };
        let work = move |connection: &Connection| {
            let before = pages(connection);
            (0..200).for_each(|n| drop(start(connection, WAITS, n)));
            Ok((pages(connection) - before) * 4_096 / 200)
        };
        let bytes = store.write(work).await.unwrap();
        assert!(bytes <= 3 * 2_002, "{bytes} bytes");
    }
}
