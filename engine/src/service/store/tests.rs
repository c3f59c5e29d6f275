//! What the store promises: what was acknowledged is on disk, and what failed left no trace.

use super::deliveries::Owed;
use super::executions::{Origin, RowId, Standing};
use super::lists::{Filter, Of};
use super::machines::Stored;
use super::*;
use crate::asl::StateMachine;
use crate::execution::history::HistoryEvent;
use crate::execution::{About, AttemptId, Command, Execution, Status, Stimulus, TaskToken, replay};
use crate::scratch::Scratch;
use crate::service::settings::{Kind, Settings};
use crate::status::ExecutionStatus;
use crate::time::after;
use jiff::Timestamp;
use rusqlite::params;
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;
use tokio::task::JoinSet;

const DEFINITION: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": true}}}"#;
const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:waits";
const TOKEN: &str = "5c1f3c52a1b24c3d8e4f5a6b7c8d9e0f5c1f3c52a1b24c3d8e4f5a6b7c8d9e0f";

fn now() -> Timestamp {
    Timestamp::from_second(1_795_335_300).unwrap()
}

fn machine(name: &str) -> Stored {
    Stored {
        arn: format!("arn:aws:states:us-east-1:123456789012:stateMachine:{name}").parse().unwrap(),
        name: name.to_owned(),
        kind: Kind::Standard,
        definition: DEFINITION.to_owned(),
        revision: None,
        settings: Settings::default(),
        role_arn: "arn:aws:iam::123456789012:role/test".to_owned(),
        created_at: now(),
        updated_at: now(),
    }
}

fn of_machine() -> Of {
    Of::Machine(MACHINE.to_owned())
}

fn running() -> Filter {
    Filter { status: Some(ExecutionStatus::Running), redriven: None }
}

fn execution(name: &str) -> (Execution, Vec<HistoryEvent>) {
    let about = About {
        arn: format!("arn:aws:states:us-east-1:123456789012:execution:waits:{name}").parse().unwrap(),
        name: name.to_owned(),
        machine_arn: MACHINE.parse().unwrap(),
        machine_name: "waits".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/test".to_owned(),
        region: "us-east-1".to_owned(),
        input: r#"{"n": 1}"#.into(),
        seed: [7; 32],
    };
    let machine = Arc::new(StateMachine::parse(DEFINITION).0.unwrap());
    let (execution, commands) = Execution::start(about, machine, now());
    let events = commands.into_iter().filter_map(|command| match command {
        Command::Record(event) => Some(event),
        _ => None,
    });
    let events = events.collect();
    (execution, events)
}

fn token() -> TaskToken {
    TaskToken::new(TOKEN.to_owned())
}

fn delivery(event_id: &str, taken_at: Timestamp) -> Owed {
    Owed {
        event_id: event_id.to_owned(),
        rule: "rule".to_owned(),
        target_arn: MACHINE.to_owned(),
        input: "{}".to_owned(),
        taken_at,
        how: "{}".to_owned(),
    }
}

async fn start(store: &Store, name: &str) -> Result<RowId, StoreError> {
    let (execution, events) = execution(name);
    store
        .write(move |connection| {
            let row = executions::insert(connection, &execution, DEFINITION, &Origin::default())?;
            history::append(connection, row, &execution.about().input, &events)?;
            executions::stand(connection, row, &Standing::of(&execution), now())?;
            Ok(row)
        })
        .await
}

async fn names(store: &Store) -> Vec<String> {
    let all = store.read(|connection| machines::list(connection, "arn:")).await.unwrap();
    all.into_iter().map(|machine| machine.name).collect()
}

/// The files as `kill -9` leaves them, while the store that writes them is still open.
fn killed(folder: &Path) -> Scratch {
    let copy = Scratch::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        std::fs::copy(&file, copy.path().join(file.file_name().unwrap())).unwrap();
    }
    copy
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    store.write(|connection| machines::put(connection, &machine("waits"))).await.unwrap();
    let row = start(&store, "one").await.unwrap();
    store
        .write(move |connection| {
            tokens::put(connection, &token(), row, AttemptId::new(5))?;
            deliveries::put(connection, &delivery("an-event", now()))
        })
        .await
        .unwrap();

    let after_kill = killed(folder.path());
    let again = Store::open(after_kill.path()).unwrap();
    again
        .read(move |connection| {
            assert_eq!(machines::get(connection, MACHINE)?, Some(machine("waits")));
            let found = lists::list(connection, &of_machine(), &running(), None, 10)?;
            assert_eq!(found.len(), 1);
            let recovery = executions::recovery(connection, row)?.unwrap();
            let machine = Arc::new(StateMachine::parse(&recovery.definition).0.unwrap());
            let mut recovered = replay(recovery.about, machine, &recovery.history).unwrap();
            let (at, timer) = recovered.next_timer().unwrap();
            assert_eq!(executions::timers(connection)?, [(at, row)]);
            recovered.advance(at, Stimulus::Elapsed(timer)).unwrap();
            assert_eq!(*recovered.status(), Status::Succeeded(serde_json::json!({ "n": 1 }).into()));
            assert_eq!(tokens::owner(connection, &token())?.unwrap().attempt, AttemptId::new(5));
            assert_eq!(deliveries::targets(connection)?.len(), 1);
            Ok(())
        })
        .await
        .unwrap();
}

/// Works that gather while the writer is busy are one batch: they see each other, and one that fails takes back only its
/// own.
#[tokio::test]
async fn each_work_of_a_batch_is_all_or_nothing() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let mut works = gather(&store, 20, |connection, n| {
        machines::put(connection, &machine(&format!("machine-{n:02}")))?;
        if n % 5 == 0 { Err(StoreError::Record(format!("work {n} fails"))) } else { Ok(()) }
    })
    .await;
    let mut failed = Vec::new();
    while let Some(result) = works.join_next().await {
        failed.extend(result.unwrap().err().map(|error| error.to_string()));
    }
    assert_eq!(failed.len(), 4);
    let expected: Vec<String> = (0..20).filter(|n| n % 5 != 0).map(|n| format!("machine-{n:02}")).collect();
    assert_eq!(names(&store).await, expected);
    assert_eq!(names(&Store::open(killed(folder.path()).path()).unwrap()).await, expected);
}

/// Nobody is told that a write is on disk when the commit failed, and the store goes on.
#[tokio::test]
async fn a_commit_that_fails_is_told_to_everybody_in_it() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let mut works = gather(&store, 5, |connection, n| {
        if n == 2 {
            // SQLite looks at this reference, which leads nowhere, only when it commits.
            connection.execute_batch("PRAGMA defer_foreign_keys = ON")?;
            connection.execute("INSERT INTO events VALUES (?1, 1, 0, 0, '', NULL)", params![4711])?;
        }
        machines::put(connection, &machine(&format!("machine-{n}")))
    })
    .await;
    while let Some(result) = works.join_next().await {
        let error = result.unwrap().unwrap_err().to_string();
        assert!(error.contains("FOREIGN KEY"), "{error}");
    }
    assert_eq!(names(&store).await, Vec::<String>::new());
    store.write(|connection| machines::put(connection, &machine("later"))).await.unwrap();
    assert_eq!(names(&store).await, ["later"]);
}

/// Sends works while the writer is busy, and then lets it take them.
async fn gather(
    store: &Store,
    works: usize,
    work: fn(&Connection, usize) -> Result<(), StoreError>,
) -> JoinSet<Result<(), StoreError>> {
    let (release, wait) = mpsc::channel::<()>();
    let (busy, is_busy) = oneshot::channel();
    let first = store.clone();
    let blocker = tokio::spawn(async move {
        first
            .write(move |_| {
                let _ = busy.send(());
                let _ = wait.recv();
                Ok(())
            })
            .await
    });
    is_busy.await.unwrap();
    let mut set = JoinSet::new();
    for n in 0..works {
        let store = store.clone();
        set.spawn(async move { store.write(move |connection| work(connection, n)).await });
    }
    // On this runtime of one thread every work is sent before this goes on.
    tokio::task::yield_now().await;
    release.send(()).unwrap();
    blocker.await.unwrap().unwrap();
    set
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    start(&store, "one").await.unwrap();
    let error = start(&store, "one").await.unwrap_err().to_string();
    assert!(error.contains("UNIQUE"), "{error}");
    let found = store
        .read(|connection| lists::list(connection, &of_machine(), &Filter::default(), None, 10))
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let events = store.read(move |connection| history::read(connection, found[0].row, 0, 100, false));
    assert_eq!(events.await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_token_is_known_by_its_hash_and_spent_for_good() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let row = start(&store, "one").await.unwrap();
    let attempt = AttemptId::new(5);
    store.write(move |connection| tokens::put(connection, &token(), row, attempt)).await.unwrap();
    let owner = || store.read(|connection| tokens::owner(connection, &token()));
    assert!(!owner().await.unwrap().unwrap().spent);
    let other = TaskToken::new("another".to_owned());
    assert_eq!(store.read(move |connection| tokens::owner(connection, &other)).await.unwrap(), None);

    let at = after(now(), 1_000);
    store.write(move |connection| tokens::heartbeat(connection, row, attempt, at)).await.unwrap();
    let heartbeats = || store.read(move |connection| tokens::heartbeats(connection, row));
    assert_eq!(heartbeats().await.unwrap(), [(attempt, at)]);
    store.write(move |connection| tokens::spend(connection, row, attempt)).await.unwrap();
    assert!(owner().await.unwrap().unwrap().spent);
    assert_eq!(heartbeats().await.unwrap(), []);

    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()), "the token is on disk");
    }
}

/// What cannot be read is an error that says so, and not a default.
#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error() {
    for (change, expected) in [
        ("UPDATE executions SET settings = '{'", "settings: EOF while parsing an object at line 1 column 1"),
        ("UPDATE executions SET kind = 'QUICK'", "`QUICK` is no type of state machine"),
        ("UPDATE executions SET status = 'GOING'", "`GOING` is no status of an execution"),
        ("UPDATE executions SET arn = 'one'", "`one` is no ARN of an execution"),
        (
            "UPDATE executions SET started_at = 'noon'",
            "Invalid column type Text at index: 9, name: started_at",
        ),
        ("UPDATE events SET kind = '{}'", "event 1: missing field `type` at line 1 column 2"),
    ] {
        let folder = Scratch::new();
        let store = Store::open(folder.path()).unwrap();
        let row = start(&store, "one").await.unwrap();
        let work = move |connection: &rusqlite::Connection| {
            connection.execute(change, [])?;
            executions::by_row(connection, row)?;
            executions::recovery(connection, row)?;
            Ok(())
        };
        let error = store.write(work).await.unwrap_err();
        assert_eq!(error.to_string(), format!("a record of the state cannot be read: {expected}"));
        assert!(!error.may_pass());
    }
}

#[tokio::test]
async fn what_is_read_at_the_start_is_found_without_the_executions_that_have_ended() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let plans = |connection: &rusqlite::Connection| {
        for statement in executions::READ_AT_START {
            let plan: String =
                connection.query_row(&format!("EXPLAIN QUERY PLAN {statement}"), [], |row| row.get(3))?;
            let indices = ["executions_running", "executions_in_flight", "executions_timers"];
            assert!(indices.iter().any(|index| plan.contains(index)), "{statement}: {plan}");
        }
        Ok(())
    };
    store.read(plans).await.unwrap();
}

#[tokio::test]
async fn a_delivery_is_owed_until_it_is_done_or_dead() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let (early, late) = (now(), after(now(), 60_000));
    store
        .write(move |connection| {
            deliveries::put(connection, &delivery("later", late))?;
            deliveries::put(connection, &delivery("first", early))?;
            deliveries::put(connection, &delivery("second", early))
        })
        .await
        .unwrap();
    store
        .write(move |connection| {
            let due = |at| -> Result<Vec<(i64, String, u32)>, StoreError> {
                let due = deliveries::due(connection, MACHINE, at, 10)?;
                Ok(due.into_iter().map(|owed| (owed.id, owed.event_id, owed.attempts)).collect())
            };
            assert_eq!(due(early)?, [(2, "first".to_owned(), 0), (3, "second".to_owned(), 0)]);
            deliveries::done(connection, 2)?;
            deliveries::again(connection, 3, late, "not now")?;
            assert_eq!(due(early)?, []);
            assert_eq!(deliveries::next(connection, early)?, Some(late));
            assert_eq!(due(late)?, [(1, "later".to_owned(), 0), (3, "second".to_owned(), 1)]);
            deliveries::dead(connection, 1, "never")?;
            deliveries::done(connection, 3)?;
            assert_eq!(deliveries::next(connection, Timestamp::MIN)?, None);
            assert_eq!(due(Timestamp::MAX)?, []);
            let kept: (String, String) =
                connection.query_row("SELECT event_id, error FROM deliveries", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            assert_eq!(kept, ("later".to_owned(), "never".to_owned()));
            Ok(())
        })
        .await
        .unwrap();
}

#[test]
fn a_folder_that_cannot_be_used_is_refused_with_what_to_do() {
    let folder = Scratch::new();
    let first = Store::open(folder.path()).unwrap();
    let text = |result: Result<Store, StoreError>| result.map(|_| ()).unwrap_err().to_string();
    let path = folder.path().display();
    assert_eq!(
        text(Store::open(folder.path())),
        format!("another engine works on `{path}`; stop it, or give this one another `--state`")
    );

    let newer = killed(folder.path());
    Connection::open(newer.path().join("redress.sqlite"))
        .unwrap()
        .pragma_update(None, "user_version", VERSION + 1)
        .unwrap();
    let path = newer.path().display();
    assert_eq!(
        text(Store::open(newer.path())),
        format!(
            "the state in `{path}` was written by another version of Redress (tables {}, this one has {VERSION}); use another `--state`",
            VERSION + 1
        )
    );

    let broken = Scratch::new();
    std::fs::write(broken.path().join("redress.sqlite"), "This is no database. ".repeat(100)).unwrap();
    let path = broken.path().display();
    assert_eq!(
        text(Store::open(broken.path())),
        format!("the state folder `{path}` cannot be used: `redress.sqlite`: file is not a database")
    );

    let file = broken.path().join("a file");
    std::fs::write(&file, "").unwrap();
    let error = text(Store::open(&file));
    assert!(error.starts_with("the state folder `") && error.contains("a file"), "{error}");
    drop(first);
}

#[test]
fn a_state_folder_is_only_its_owner_s() {
    let folder = Scratch::new();
    let state = folder.path().join("new/state");
    let _store = Store::open(&state).unwrap();
    assert_eq!(std::fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_new_state_folder_is_ignored_by_git_and_a_folder_of_somebody_else_s_is_left_alone() {
    let folder = Scratch::new();
    let state = folder.path().join("state");
    drop(Store::open(&state).unwrap());
    assert_eq!(std::fs::read_to_string(state.join(".gitignore")).unwrap(), "*\n");
    drop(Store::open(folder.path()).unwrap());
    assert!(!folder.path().join(".gitignore").exists());
}
