//! The shell around the interpreter, over a store that an engine left behind.

use super::store::deliveries::{self, Delivery};
use super::store::executions::{self, Summary};
use super::{Bus, Clock, Executor, ExecutorError, Machines, NewExecution, Store};
use crate::client::Http;
use crate::integrations::Integrations;
use crate::lambda::{Functions, Remote};
use crate::scratch::Scratch;
use jiff::Timestamp;
use rusqlite::params;
use std::time::Duration;

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
        let store = Store::open(folder.path()).unwrap();
        let machines = Machines::new(store.clone(), Clock);
        let definition = r#"{"QueryLanguage": "JSONata", "StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": true}}}"#;
        machines.put(MACHINE, "waits", definition, ROLE).await.unwrap();
        let functions = Functions::Remote(Box::new(Remote::new(Http::new().unwrap(), "http://127.0.0.1:1")));
        let integrations = Integrations::new(functions.clone());
        let executor = Executor::start(store.clone(), Clock, machines.clone(), integrations).await.unwrap();
        Self { store, machines, executor, functions }
    }

    async fn run(&self, name: &str, input: &str) -> Result<Timestamp, ExecutorError> {
        let new = NewExecution {
            machine: self.machines.get(MACHINE).await.unwrap().unwrap(),
            arn: format!("arn:aws:states:us-east-1:123456789012:execution:waits:{name}"),
            name: name.to_owned(),
            region: "us-east-1".to_owned(),
            input: input.to_owned(),
        };
        self.executor.start_execution(new).await
    }

    async fn executions(&self) -> Vec<Summary> {
        self.store.read(|connection| executions::list(connection, MACHINE, None, 0, 100)).await.unwrap()
    }

    /// Delivers what the store owes, until it owes nothing.
    async fn deliver(&self) {
        let bus = Bus::start(
            self.store.clone(),
            Clock,
            Vec::new(),
            "arn:aws:events:us-east-1:123456789012:rule/".to_owned(),
            self.machines.clone(),
            self.executor.clone(),
            self.functions.clone(),
        );
        soon(async || self.store.read(deliveries::next).await.unwrap().is_none()).await;
        drop(bus);
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

/// The engine was down when the time of a timer came: it comes as soon as the engine is up.
#[tokio::test]
async fn a_time_that_passed_while_the_engine_was_down_is_taken_in() {
    let folder = Scratch::new();
    let engine = Engine::start(&folder).await;
    engine.run("waits", "{}").await.unwrap();
    // Everything happened two hours ago.
    let shift = |connection: &rusqlite::Connection| {
        connection.execute_batch(
            "UPDATE events SET at = at - 7200000;
             UPDATE executions SET started_at = started_at - 7200000, next_timer = next_timer - 7200000;",
        )?;
        Ok(())
    };
    engine.store.write(shift).await.unwrap();
    let integrations = Integrations::new(engine.functions.clone());
    let _again =
        Executor::start(engine.store.clone(), Clock, engine.machines.clone(), integrations).await.unwrap();
    soon(async || engine.executions().await[0].status != "RUNNING").await;
    let ended = &engine.executions().await[0];
    assert_eq!((ended.status.as_str(), ended.output.as_deref()), ("SUCCEEDED", Some("{}")));
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
    let owed = Delivery {
        id: 0,
        event_id: "event".to_owned(),
        rule: "rule".to_owned(),
        target_arn: MACHINE.replace("waits", "nobody"),
        input: "{}".to_owned(),
        taken_at: Clock.now(),
        attempts: 0,
    };
    engine.store.write(move |connection| deliveries::put(connection, &owed)).await.unwrap();
    engine.deliver().await;
    let status = |connection: &rusqlite::Connection| {
        Ok(connection.query_row("SELECT status FROM deliveries", [], |row| row.get::<_, String>(0))?)
    };
    assert_eq!(engine.store.read(status).await.unwrap(), "dead");
    assert_eq!(engine.executions().await, []);
}
