//! What executions do to each other and to the clock, over the wire as in a running engine.

use super::*;
use crate::aws::Aws;
use crate::client::{Client, Http, Target};
use crate::integrations::{Integrations, Mocks};
use crate::lambda::Remote;
use crate::scratch::Scratch;
use serde_json::{Value, json};
use std::future::IntoFuture;
use std::time::Duration;
use tokio::net::TcpListener;

const ROLE: &str = "arn:aws:iam::123456789012:role/test";

/// An engine at an address, on virtual time, without functions. It is stopped when it is dropped.
struct Engine {
    client: Client,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Engine {
    async fn start(store: &Store, mocks: Mocks) -> Self {
        let latest = store.latest().await.unwrap();
        let clock = Clock::virtual_from(latest, Duration::from_millis(200));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (http, place, nowhere) = (Http::new().unwrap(), Place::example(), "http://127.0.0.1:1");
        let machines = Machines::new(store.clone(), clock);
        let functions = Functions::remote(Remote::new(http.clone(), nowhere));
        let aws = Aws::new(http.clone(), &address, Clock);
        let integrations = Integrations::new(functions.clone()).over(http, aws).mocked(mocks);
        let executor = Executor::start(store.clone(), clock, machines.clone(), integrations).await.unwrap();
        let bus = Bus::start(
            store.clone(),
            clock,
            Vec::new(),
            place.arn("events", "rule/"),
            machines.clone(),
            executor.clone(),
            functions.clone(),
        );
        let store = store.clone();
        let api = Api { store, clock, machines, executor, bus, functions, forward: None, place };
        let server = tokio::spawn(axum::serve(listener, router(api)).into_future());
        let client =
            Client::new(Target::Endpoint(address), Some("us-east-1".to_owned()), Clock).await.unwrap();
        Self { client, server }
    }

    async fn machine(&self, name: &str, state: Value) -> String {
        let definition = json!({ "StartAt": "S", "States": { "S": state } });
        let request = json!({ "name": name, "definition": definition.to_string(), "roleArn": ROLE });
        let made = self.client.states("CreateStateMachine", &request).await.unwrap();
        made["stateMachineArn"].as_str().unwrap().to_owned()
    }

    async fn start_execution(&self, machine: &str) -> String {
        let request = json!({ "stateMachineArn": machine, "input": "{\"a\":1}" });
        let started = self.client.states("StartExecution", &request).await.unwrap();
        started["executionArn"].as_str().unwrap().to_owned()
    }

    async fn describe(&self, execution: &str) -> Value {
        self.client.states("DescribeExecution", &json!({ "executionArn": execution })).await.unwrap()
    }

    /// Looks until an execution has ended, and not for ever.
    async fn ended(&self, execution: &str) -> Value {
        let look = async {
            loop {
                let described = self.describe(execution).await;
                if described["status"] != "RUNNING" {
                    return described;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), look).await.expect("it has not ended after 20 seconds")
    }
}

fn starts(child: &str, pattern: &str) -> Value {
    json!({
        "Type": "Task", "Resource": format!("arn:aws:states:::states:startExecution{pattern}"), "End": true,
        "Parameters": { "StateMachineArn": child, "Name": "child", "Input.$": "$" }
    })
}

/// The child's answer is as it came even if the engine was stopped between the call and the end.
#[tokio::test]
async fn a_state_that_waits_for_an_execution_outlives_a_restart() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let activity = "arn:aws:states:us-east-1:123456789012:activity:work";
    let (parent, child) = {
        let engine = Engine::start(&store, Mocks::default()).await;
        engine.client.states("CreateActivity", &json!({ "name": "work" })).await.unwrap();
        let child =
            engine.machine("child", json!({ "Type": "Task", "Resource": activity, "End": true })).await;
        let parent = engine.machine("parent", starts(&child, ".sync:2")).await;
        let parent = engine.start_execution(&parent).await;
        let child = "arn:aws:states:us-east-1:123456789012:execution:child:child".to_owned();
        let submitted = async {
            loop {
                let request = json!({ "executionArn": parent, "reverseOrder": true });
                let history = engine.client.states("GetExecutionHistory", &request).await.unwrap();
                if history["events"][0]["type"] == "TaskSubmitted" {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), submitted).await.expect("the child was not started");
        (parent, child)
    };
    let engine = Engine::start(&store, Mocks::default()).await;
    assert_eq!(engine.describe(&parent).await["status"], "RUNNING");
    let task = async {
        loop {
            let poll = json!({ "activityArn": activity });
            let task = engine.client.states("GetActivityTask", &poll).await.unwrap();
            if task["taskToken"].is_string() {
                return task;
            }
        }
    };
    let task = tokio::time::timeout(Duration::from_secs(20), task).await.expect("nobody has a task");
    let done = json!({ "taskToken": task["taskToken"], "output": "{\"b\":2}" });
    engine.client.states("SendTaskSuccess", &done).await.unwrap();
    let ended = engine.ended(&parent).await;
    let output: Value = serde_json::from_str(ended["output"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&output["ExecutionArn"], &output["Input"], &output["Output"], &output["Status"]),
        (&json!(child), &json!({"a": 1}), &json!({"b": 2}), &json!("SUCCEEDED"))
    );
}

/// Who gives up waiting stops what it waited for, and time that nobody could shorten has passed.
#[tokio::test]
async fn a_state_that_waits_no_longer_stops_what_it_waited_for() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let engine = Engine::start(&store, Mocks::default()).await;
    let waits = |seconds: u64| json!({ "Type": "Wait", "Seconds": seconds, "End": true });
    let child = engine.machine("child", waits(2_000_000)).await;
    let mut state = starts(&child, ".sync");
    state["TimeoutSeconds"] = json!(1_000_000);
    let parent = engine.start_execution(&engine.machine("parent", state).await).await;
    let ended = engine.ended(&parent).await;
    assert_eq!((&ended["status"], &ended["error"]), (&json!("FAILED"), &json!("States.Timeout")));
    let took = ended["stopDate"].as_f64().unwrap() - ended["startDate"].as_f64().unwrap();
    assert!((1_000_000.0..1_000_060.0).contains(&took), "{took}");
    let child = "arn:aws:states:us-east-1:123456789012:execution:child:child";
    assert_eq!(engine.ended(child).await["status"], "ABORTED");
}

/// A mocked state gets what its calls are said to give, through its retries, and nothing is called.
#[tokio::test]
async fn a_test_case_stands_in_the_place_of_calls() {
    let folder = Scratch::new();
    let store = Store::open(folder.path()).unwrap();
    let mocks = json!({
        "StateMachines": { "mocked": { "TestCases": { "Retries": { "S": "Flaky" }, "Other": {} } } },
        "MockedResponses": { "Flaky": {
            "0-1": { "Throw": { "Error": "Lambda.TimeoutException" } }, "2": { "Return": { "ok": true } }
        } }
    });
    let engine = Engine::start(&store, Mocks::read(&mocks.to_string()).unwrap()).await;
    let machine = engine
        .machine(
            "mocked",
            json!({
                "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true, "Parameters": { "FunctionName": "f" },
                "Retry": [{ "ErrorEquals": ["Lambda.TimeoutException"], "IntervalSeconds": 3600, "BackoffRate": 2 }]
            }),
        )
        .await;
    let ended = engine.ended(&engine.start_execution(&format!("{machine}#Retries")).await).await;
    assert_eq!((&ended["status"], &ended["output"]), (&json!("SUCCEEDED"), &json!("{\"ok\":true}")));
    assert_eq!(ended["stateMachineArn"], machine);
    let took = ended["stopDate"].as_f64().unwrap() - ended["startDate"].as_f64().unwrap();
    assert!((10_800.0..10_860.0).contains(&took), "{took}");
    for other in ["", "#Other"] {
        let ended = engine.ended(&engine.start_execution(&format!("{machine}{other}")).await).await;
        assert_eq!(ended["error"], "Lambda.SdkClientException", "{other}");
    }
    let none = json!({ "stateMachineArn": format!("{machine}#None") });
    let refused = engine.client.states("StartExecution", &none).await.unwrap_err();
    assert!(refused.to_string().contains("no test case 'None'"), "{refused}");
}
