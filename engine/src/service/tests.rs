//! The shell around the interpreter, over a store that an engine left behind.

use super::store::deliveries::{self, Owed};
use super::store::executions::Summary;
use super::store::lists;
use super::{Bus, Executor, ExecutorError, Machines, NewExecution, Store, StoreError};
use crate::client::Http;
use crate::clock::Clock;
use crate::integrations::Integrations;
use crate::lambda::{Functions, Remote};
use crate::scratch::Scratch;
use crate::status::ExecutionStatus;
use jiff::Timestamp;
use rusqlite::params;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:waits";
const ROLE: &str = "arn:aws:iam::123456789012:role/test";

/// An engine without functions: what is tested here calls none.
struct Engine {
    store: Store,
    machines: Machines,
    executor: Executor,
    functions: Functions,
}

impl Engine {
    async fn start(folder: &Scratch) -> Self {
        let waits = r#"{"Type": "Wait", "Seconds": 3600, "End": true}"#;
        Self::start_with(folder, waits, "http://127.0.0.1:1").await
    }

    /// An engine with a machine of one state, and functions at an endpoint.
    async fn start_with(folder: &Scratch, state: &str, endpoint: &str) -> Self {
        let store = Store::open(folder.path()).unwrap();
        let machines = Machines::new(store.clone(), Clock);
        let definition =
            &format!(r#"{{"QueryLanguage": "JSONata", "StartAt": "State", "States": {{"State": {state}}}}}"#);
        machines.put(&MACHINE.parse().unwrap(), "waits", definition, ROLE).await.unwrap();
        let functions = Functions::remote(Remote::new(Http::new().unwrap(), endpoint));
        let integrations = Integrations::new(functions.clone());
        let executor = Executor::start(store.clone(), Clock, machines.clone(), integrations).await.unwrap();
        Self { store, machines, executor, functions }
    }

    async fn run(&self, name: &str, input: &str) -> Result<Timestamp, ExecutorError> {
        let machine = self.machines.get(MACHINE).await.unwrap().unwrap();
        let new = NewExecution::new(machine, name.to_owned(), input.to_owned());
        self.executor.start_execution(new).await
    }

    async fn executions(&self) -> Vec<Summary> {
        let of = lists::Of::Machine(MACHINE.to_owned());
        let list = move |connection: &rusqlite::Connection| {
            lists::list(connection, &of, &lists::Filter::default(), None, 100)
        };
        self.store.read(list).await.unwrap()
    }

    fn bus(&self) -> Bus {
        Bus::start(
            self.store.clone(),
            Clock,
            Vec::new(),
            "arn:aws:events:us-east-1:123456789012:rule/".to_owned(),
            self.machines.clone(),
            self.executor.clone(),
            self.functions.clone(),
        )
    }

    /// Delivers what the store owes, until it owes nothing.
    async fn deliver(&self) {
        let _bus = self.bus();
        let next = |connection: &rusqlite::Connection| deliveries::next(connection, Timestamp::MIN);
        soon(async || self.store.read(next).await.unwrap().is_none()).await;
    }

    /// Owes an event to a target.
    async fn owe(&self, event: &str, target_arn: &str) {
        let owed = Owed {
            event_id: event.to_owned(),
            rule: "rule".to_owned(),
            target_arn: target_arn.to_owned(),
            input: "{}".to_owned(),
            taken_at: Clock.now(),
            how: "{}".to_owned(),
        };
        self.store.write(move |connection| deliveries::put(connection, &owed)).await.unwrap();
    }
}

/// Looks until something is so, and not for ever.
async fn soon(is_so: impl AsyncFn() -> bool) {
    let look = async { while !is_so().await {} };
    tokio::time::timeout(Duration::from_secs(20), look).await.expect("it is not so after 20 seconds");
}

#[tokio::test]
async fn two_starts_of_one_name_at_once_are_one_execution() {
    let folder = Scratch::new();
    let engine = Engine::start(&folder).await;
    let (left, right) = tokio::join!(engine.run("same", "{}"), engine.run("same", "{}"));
    assert_eq!(left.unwrap(), right.unwrap());
    let error = engine.run("same", r#"{"other": 1}"#).await.unwrap_err();
    assert!(matches!(error, ExecutorError::AlreadyExists(_)), "{error}");
    assert_eq!(engine.executions().await.len(), 1);
}

/// Everything happened two hours ago.
fn two_hours_ago(connection: &rusqlite::Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "UPDATE events SET at = at - 7200000;
         UPDATE executions SET started_at = started_at - 7200000, next_timer = next_timer - 7200000;",
    )?;
    Ok(())
}

/// The engine was down when the time of a timer came: it comes as soon as the engine is up.
#[tokio::test]
async fn a_time_that_passed_while_the_engine_was_down_is_taken_in() {
    let folder = Scratch::new();
    let engine = Engine::start(&folder).await;
    engine.run("waits", "{}").await.unwrap();
    engine.store.write(two_hours_ago).await.unwrap();
    let integrations = Integrations::new(engine.functions.clone());
    let _again =
        Executor::start(engine.store.clone(), Clock, engine.machines.clone(), integrations).await.unwrap();
    soon(async || engine.executions().await[0].status.has_ended()).await;
    let ended = &engine.executions().await[0];
    assert_eq!((ended.status.as_str(), ended.output.as_deref()), ("SUCCEEDED", Some("{}")));
}

/// Somebody else holds the database, until it is dropped. The store does not wait for them.
async fn held(folder: &Scratch, store: &Store) -> rusqlite::Connection {
    store.write(|connection| Ok(connection.busy_timeout(Duration::ZERO)?)).await.unwrap();
    let other = rusqlite::Connection::open(folder.path().join("redress.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

/// What the engine logs on this thread, until the guard is dropped.
struct Log(
    PathBuf,
    #[expect(dead_code, reason = "dropping it ends the log")] tracing::subscriber::DefaultGuard,
);

impl Log {
    fn start(folder: &Scratch) -> Self {
        let path = folder.path().join("log");
        let file = Arc::new(std::fs::File::create(&path).unwrap());
        let subscriber = tracing_subscriber::fmt().with_writer(file).finish();
        Self(path, tracing::subscriber::set_default(subscriber))
    }

    async fn says(&self, text: &str) {
        soon(async || {
            tokio::task::yield_now().await;
            std::fs::read_to_string(&self.0).unwrap().contains(text)
        })
        .await;
    }
}

/// A timer that meets an error of the store comes again.
#[tokio::test]
async fn a_timer_outlives_an_error_of_the_store() {
    let folder = Scratch::new();
    let engine = Engine::start(&folder).await;
    engine.run("waits", "{}").await.unwrap();
    let row = engine.executions().await[0].row;
    engine.store.write(two_hours_ago).await.unwrap();
    let other = held(&folder, &engine.store).await;
    let error = engine.executor.elapse(row).await.unwrap_err().to_string();
    assert!(error.contains("database is locked"), "{error}");
    drop(other);
    soon(async || engine.executions().await[0].status == ExecutionStatus::Succeeded).await;
}

/// How a call ended is said once. If the store cannot take it then, it is said again.
#[tokio::test]
async fn the_end_of_a_call_outlives_an_error_of_the_store() {
    let folder = Scratch::new();
    let log = Log::start(&folder);
    let function = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", function.local_addr().unwrap());
    let calls = r#"{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"}, "End": true}"#;
    let engine = Engine::start_with(&folder, calls, &endpoint).await;
    engine.run("calls", "{}").await.unwrap();
    let (call, _) = function.accept().await.unwrap();
    let other = held(&folder, &engine.store).await;
    drop(call);
    log.says("what happened to an execution could not be taken in").await;
    drop(other);
    soon(async || engine.executions().await[0].status == ExecutionStatus::Failed).await;
}

/// The engine was killed after it had started the execution of a delivery and before it had noted that.
#[tokio::test]
async fn a_delivery_that_was_interrupted_starts_nothing_twice() {
    let folder = Scratch::new();
    let engine = Engine::start(&folder).await;
    let taken_at = Clock.now();
    for _ in 0..2 {
        let owe = move |connection: &rusqlite::Connection| {
            connection.execute(
                "INSERT INTO deliveries (id, event_id, rule, target_arn, input, taken_at, attempts, next_at, status)
                 VALUES (1, 'event', 'rule', ?1, '{}', ?2, 0, ?2, 'pending')",
                params![MACHINE, taken_at.as_millisecond()],
            )?;
            Ok(())
        };
        engine.store.write(owe).await.unwrap();
        engine.deliver().await;
        let started: Vec<String> = engine.executions().await.into_iter().map(|run| run.name).collect();
        assert_eq!(started.len(), 1);
        assert!(started[0].starts_with("event_"), "{started:?}");
    }
}

/// A target that is not there gets nothing, now or later; what it was owed is kept.
#[tokio::test]
async fn a_delivery_to_nobody_is_kept() {
    let folder = Scratch::new();
    let engine = Engine::start(&folder).await;
    engine.owe("event", &MACHINE.replace("waits", "nobody")).await;
    engine.deliver().await;
    let status = |connection: &rusqlite::Connection| {
        Ok(connection.query_row("SELECT status FROM deliveries", [], |row| row.get::<_, String>(0))?)
    };
    assert_eq!(engine.store.read(status).await.unwrap(), "dead");
    assert_eq!(engine.executions().await, []);
}

/// A function that takes its time holds up no other target, however much it is owed.
#[tokio::test]
async fn a_slow_target_holds_up_no_other() {
    let folder = Scratch::new();
    let function = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", function.local_addr().unwrap());
    let engine = Engine::start_with(&folder, r#"{"Type": "Succeed"}"#, &endpoint).await;
    for n in 0..100 {
        engine.owe(&format!("slow-{n}"), "arn:aws:lambda:us-east-1:123456789012:function:slow").await;
    }
    engine.owe("event", MACHINE).await;
    let _bus = engine.bus();
    soon(async || !engine.executions().await.is_empty()).await;
    // None of them has got an answer, and no more of them are under way than may be.
    let mut calls = Vec::new();
    for _ in 0..8 {
        calls.push(function.accept().await.unwrap());
    }
    let ninth = tokio::time::timeout(Duration::ZERO, function.accept()).await;
    assert!(ninth.is_err(), "a ninth call is under way");
}

/// While the store fails, deliveries rest; after that they are made.
#[tokio::test]
async fn deliveries_rest_while_the_store_fails() {
    let folder = Scratch::new();
    let log = Log::start(&folder);
    let engine = Engine::start(&folder).await;
    engine.owe("event", MACHINE).await;
    let other = held(&folder, &engine.store).await;
    let _bus = engine.bus();
    let failed = "the end of a delivery could not be noted";
    log.says(failed).await;
    for _ in 0..100 {
        engine.executions().await;
    }
    let tries = std::fs::read_to_string(&log.0).unwrap().matches(failed).count();
    assert!(tries <= 2, "{tries} tries in no time");
    drop(other);
    soon(async || !engine.executions().await.is_empty()).await;
}

/// An execution whose history is not what this engine would write is named when the engine starts; the others go on.
#[tokio::test]
async fn what_cannot_be_replayed_is_named_at_the_start() {
    let folder = Scratch::new();
    let engine = Engine::start(&folder).await;
    for name in ["sound", "strange", "ended"] {
        engine.run(name, "{}").await.unwrap();
    }
    let arn = "arn:aws:states:us-east-1:123456789012:execution:waits:strange";
    let change = |connection: &rusqlite::Connection| {
        connection.execute_batch(
            "UPDATE events SET kind = replace(kind, 'WaitStateEntered', 'PassStateEntered')
             WHERE execution IN (SELECT id FROM executions WHERE name IN ('strange', 'ended'));
             UPDATE executions SET status = 'SUCCEEDED' WHERE name = 'ended';",
        )?;
        Ok(())
    };
    engine.store.write(change).await.unwrap();
    let integrations = Integrations::new(engine.functions.clone());
    let again =
        Executor::start(engine.store.clone(), Clock, engine.machines.clone(), integrations).await.unwrap();
    for run in engine.executions().await {
        let why = again.why_stranded(&run).await;
        let expected = *run.arn == *arn;
        assert_eq!(
            why.is_some_and(|why| why.contains("event 2 is `PassStateEntered`")),
            expected,
            "{}",
            run.arn
        );
    }
}

/// A machine that goes on and on without waiting holds up nobody else.
#[tokio::test]
async fn a_machine_that_never_waits_holds_up_nobody() {
    let folder = Scratch::new();
    // A machine that cannot end is refused; that this one can is no help to it.
    let goes_round = r#"{"Type": "Choice", "Choices": [{"Condition": true, "Next": "State"}], "Default": "End"}, "End": {"Type": "Succeed"}"#;
    let engine = Engine::start_with(&folder, goes_round, "http://127.0.0.1:1").await;
    let mut run = Box::pin(engine.run("loops", "{}"));
    assert!(tokio::time::timeout(Duration::ZERO, &mut run).await.is_err());
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    // Whatever was to be written before this is written before this: it is the first, while the machine goes round.
    let of = lists::Of::Machine(MACHINE.to_owned());
    let count = move |connection: &rusqlite::Connection| {
        lists::list(connection, &of, &lists::Filter::default(), None, 100)
    };
    assert_eq!(engine.store.write(count).await.unwrap(), []);
    run.await.unwrap();
    assert_eq!(engine.executions().await[0].status, ExecutionStatus::Failed);
}

/// A client that goes away before it is answered has started what it wanted to start, with all that follows.
#[tokio::test]
async fn a_client_that_goes_away_stops_nothing() {
    let folder = Scratch::new();
    let function = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", function.local_addr().unwrap());
    let calls = r#"{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"}, "End": true}"#;
    let engine = Engine::start_with(&folder, calls, &endpoint).await;
    let machine = engine.machines.get(MACHINE).await.unwrap().unwrap();
    let new = NewExecution::new(machine, "gone".to_owned(), "{}".to_owned());
    // It is asked once, and given up.
    assert!(tokio::time::timeout(Duration::ZERO, engine.executor.start_execution(new)).await.is_err());
    let called = tokio::time::timeout(Duration::from_secs(20), function.accept()).await;
    assert!(called.is_ok(), "the call was not made");
}

/// The first turn of an execution is written as every other is.
#[tokio::test]
async fn a_token_that_is_void_in_the_first_turn_is_spent() {
    let folder = Scratch::new();
    let parallel = r#"{"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Asks", "States": {"Asks": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Arguments": {"FunctionName": "f", "Payload": "{% $states.context.Task.Token %}"}, "End": true}}},
        {"StartAt": "Fails", "States": {"Fails": {"Type": "Fail"}}}
    ]}"#;
    let engine = Engine::start_with(&folder, parallel, "http://127.0.0.1:1").await;
    engine.run("ends", "{}").await.unwrap();
    assert_eq!(engine.executions().await[0].status, ExecutionStatus::Failed);
    let count = |connection: &rusqlite::Connection| {
        let sql = "SELECT count(*), sum(spent) FROM tokens";
        Ok(connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
    };
    let (tokens, spent): (u64, u64) = engine.store.read(count).await.unwrap();
    assert_eq!((tokens, spent), (1, 1));
}
