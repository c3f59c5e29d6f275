//! Records of logs on their way to CloudWatch Logs. Whoever logs never waits for it: what cannot be sent in time is in the
//! state folder alone.
//!
//! Source: CloudWatch Logs API reference, `PutLogEvents`.

use crate::aws::{Aws, CallFault, Casing, Operation, Place};
use crate::clock::Clock;
use crate::time::after;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many shipments may wait.
const MOST_WAITING: usize = 4_096;

/// How many of them are looked at together.
const AT_ONCE: usize = 256;

/// What one call may carry: so many records, and so many bytes, where each record counts for some more.
const MOST_RECORDS: usize = 10_000;
const MOST_BYTES: usize = 1_048_576;
const BYTES_BESIDES: usize = 26;

/// The records of one call are of less than a day.
const MOST_MILLISECONDS: i64 = 24 * 60 * 60 * 1_000;

/// How long a call may take, and how long it rests before each further try, in milliseconds.
const TIMEOUT: Duration = Duration::from_secs(10);
const RESTS: [u64; 3] = [200, 1_000, 3_000];

/// Records of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shipment {
    /// Account and region.
    pub(super) place: (String, String),
    pub(super) group: String,
    pub(super) stream: String,
    /// Whether no more are expected.
    pub(super) ends: bool,
    /// Each with its time, in milliseconds since 1970.
    pub(super) records: Vec<(i64, String)>,
}

impl Shipment {
    fn is_of(&self, other: &Self) -> bool {
        (&self.place, &self.group, &self.stream) == (&other.place, &other.group, &other.stream)
    }

    fn id(&self) -> String {
        format!("{} {} {} {}", self.place.0, self.place.1, self.group, self.stream)
    }
}

/// Where shipments are handed over.
pub(super) struct Shipping(Sender<Shipment>);

/// Begins to ship.
pub(super) fn start(aws: Aws) -> Shipping {
    let (sender, receiver) = channel(MOST_WAITING);
    tokio::spawn(Shipper { aws, streams: HashSet::new() }.ship_all(receiver));
    Shipping(sender)
}

impl Shipping {
    /// Hands a shipment over, if there is room for it.
    pub(super) fn ship(&self, shipment: Shipment) {
        if self.0.try_send(shipment).is_err() {
            tracing::warn!("CloudWatch Logs is too slow; logs of an execution are in the state folder alone");
        }
    }
}

struct Shipper {
    aws: Aws,
    /// The streams that are there.
    streams: HashSet<String>,
}

impl Shipper {
    async fn ship_all(mut self, mut shipments: Receiver<Shipment>) {
        let mut waiting = Vec::new();
        while shipments.recv_many(&mut waiting, AT_ONCE).await > 0 {
            for shipment in together(std::mem::take(&mut waiting)) {
                if let Err(error) = self.ship(&shipment).await {
                    let Shipment { group, stream, .. } = &shipment;
                    tracing::warn!(group, stream, %error, "logs of an execution could not be sent; they are in the state folder");
                }
                if shipment.ends {
                    self.streams.remove(&shipment.id());
                }
            }
        }
    }

    async fn ship(&mut self, shipment: &Shipment) -> Result<(), CallFault> {
        let names = json!({ "LogGroupName": shipment.group, "LogStreamName": shipment.stream });
        if !self.streams.contains(&shipment.id()) {
            match self.call(shipment, "createLogStream", &names).await {
                Err(CallFault::Service(error)) if error.code == "ResourceAlreadyExistsException" => {}
                made => made?,
            }
            self.streams.insert(shipment.id());
        }
        for records in batches(&shipment.records) {
            let events = records.iter().map(|(at, message)| json!({ "Timestamp": at, "Message": message }));
            let mut input = names.clone();
            if let Some(input) = input.as_object_mut() {
                input.insert("LogEvents".to_owned(), events.collect());
            }
            self.call(shipment, "putLogEvents", &input).await?;
        }
        Ok(())
    }

    /// Calls an action, and again where that may help. The rests are real time, as the endpoint's is.
    async fn call(&self, shipment: &Shipment, action: &str, input: &Value) -> Result<(), CallFault> {
        let missing = || CallFault::Request(format!("there is no `{action}` in the service models"));
        let operation = Operation::find("cloudwatchlogs", action).ok_or_else(missing)?;
        let (account, region) = (shipment.place.0.as_str(), shipment.place.1.as_str());
        let place = Place { account, region, session: None };
        let mut rests = RESTS.iter();
        loop {
            let called = self.aws.call(place, &operation, input, Casing::Sdk);
            let slow = |_| CallFault::Connection(format!("no answer in {} s", TIMEOUT.as_secs()));
            let called = tokio::time::timeout(TIMEOUT, called).await.map_err(slow);
            match (called.and_then(|called| called), rests.next()) {
                (Ok(_), _) => return Ok(()),
                (Err(fault), Some(rest)) if may_pass(&fault) => {
                    tracing::debug!(%fault, action, "is tried again");
                    Clock.sleep_until(after(Clock.now(), *rest)).await;
                }
                (Err(fault), _) => return Err(fault),
            }
        }
    }
}

fn may_pass(fault: &CallFault) -> bool {
    match fault {
        CallFault::Connection(_) | CallFault::Answer(_) => true,
        CallFault::Service(error) => {
            error.status >= 500 || error.status == 429 || error.code.contains("Throttl")
        }
        CallFault::Parameters(_) | CallFault::Request(_) => false,
    }
}

/// Shipments of the same stream as one, in the order in which they came.
fn together(shipments: Vec<Shipment>) -> Vec<Shipment> {
    let mut joined: Vec<Shipment> = Vec::new();
    for shipment in shipments {
        match joined.iter_mut().find(|other| other.is_of(&shipment)) {
            Some(other) => {
                other.records.extend(shipment.records);
                other.ends |= shipment.ends;
            }
            None => joined.push(shipment),
        }
    }
    joined
}

/// Records as calls may carry them.
fn batches(records: &[(i64, String)]) -> Vec<&[(i64, String)]> {
    let (mut batches, mut rest) = (Vec::new(), records);
    while !rest.is_empty() {
        let (mut bytes, first) = (0, rest.first().map_or(0, |(at, _)| *at));
        let fits = rest.iter().take(MOST_RECORDS).take_while(|(at, message)| {
            bytes += message.len() + BYTES_BESIDES;
            bytes <= MOST_BYTES && at - first < MOST_MILLISECONDS
        });
        // One that is too long by itself goes by itself, to be refused.
        let (batch, others) = rest.split_at(fits.count().max(1));
        batches.push(batch);
        rest = others;
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Http;
    use axum::extract::State;
    use axum::http::{HeaderMap, StatusCode};
    use std::future::IntoFuture;
    use std::sync::{Arc, Mutex};
    use tokio::net::TcpListener;

    fn shipment(stream: &str, records: &[&str]) -> Shipment {
        Shipment {
            place: ("123456789012".to_owned(), "eu-west-1".to_owned()),
            group: "g".to_owned(),
            stream: stream.to_owned(),
            ends: false,
            records: records.iter().map(|it| (1, (*it).to_owned())).collect(),
        }
    }

    #[test]
    fn batches_are_as_large_as_calls_may_be_and_span_less_than_a_day() {
        let sizes =
            |records: Vec<(i64, String)>| batches(&records).iter().map(|it| it.len()).collect::<Vec<_>>();
        let text = |bytes: usize| (0, "x".repeat(bytes));
        assert_eq!(sizes(Vec::new()), Vec::<usize>::new());
        assert_eq!(sizes(vec![text(0); 25_000]), [10_000, 10_000, 5_000]);
        let half = MOST_BYTES / 2 - BYTES_BESIDES;
        assert_eq!(sizes(vec![text(half), text(half), text(1), text(half)]), [2, 2]);
        assert_eq!(sizes(vec![text(1), text(MOST_BYTES), text(1)]), [1, 1, 1]);
        let at = |milliseconds: i64| (milliseconds, String::new());
        assert_eq!(sizes(vec![at(5), at(MOST_MILLISECONDS + 4), at(MOST_MILLISECONDS + 5)]), [2, 1]);
    }

    #[test]
    fn a_stream_is_sent_to_once() {
        let found = together(vec![
            shipment("a", &["1"]),
            shipment("b", &["2"]),
            Shipment { ends: true, ..shipment("a", &["3"]) },
        ]);
        let expected = [Shipment { ends: true, ..shipment("a", &["1", "3"]) }, shipment("b", &["2"])];
        assert_eq!(found, expected);
    }

    type Calls = Arc<Mutex<Vec<(String, String, String)>>>;

    /// An endpoint that fails at first, and then has a stream that is already there.
    async fn answer(State(calls): State<Calls>, headers: HeaderMap, body: String) -> (StatusCode, String) {
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        let (action, mut calls) = (text("x-amz-target"), calls.lock().unwrap());
        calls.push((action.clone(), text("authorization"), body));
        match calls.len() {
            1 => (StatusCode::SERVICE_UNAVAILABLE, String::new()),
            _ if action.ends_with("CreateLogStream") => (
                StatusCode::BAD_REQUEST,
                r#"{"__type":"ResourceAlreadyExistsException","message":""}"#.to_owned(),
            ),
            _ => (StatusCode::OK, "{}".to_owned()),
        }
    }

    #[tokio::test]
    async fn an_endpoint_that_fails_is_tried_again_and_a_stream_made_once() {
        let calls = Calls::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&calls));
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        let mut shipper =
            Shipper { aws: Aws::new(Http::new().unwrap(), &endpoint, Clock), streams: HashSet::new() };
        shipper.ship(&shipment("s", &["one", "two"])).await.unwrap();
        shipper.ship(&shipment("s", &["three"])).await.unwrap();
        server.abort();
        let calls = calls.lock().unwrap();
        let actions: Vec<&str> =
            calls.iter().map(|(action, ..)| action.rsplit('.').next().unwrap()).collect();
        assert_eq!(actions, ["CreateLogStream", "CreateLogStream", "PutLogEvents", "PutLogEvents"]);
        let (_, signed, body) = &calls[2];
        assert!(
            signed.contains("Credential=123456789012/") && signed.contains("/eu-west-1/logs/"),
            "{signed}"
        );
        let expected = json!({ "logGroupName": "g", "logStreamName": "s",
            "logEvents": [{ "timestamp": 1, "message": "one" }, { "timestamp": 1, "message": "two" }] });
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
    }

    #[tokio::test]
    async fn an_endpoint_that_is_not_there_holds_up_nobody() {
        let aws = Aws::new(Http::new().unwrap(), "http://127.0.0.1:1", Clock);
        let shipping = start(aws);
        for _ in 0..MOST_WAITING + 2 * AT_ONCE {
            shipping.ship(shipment("s", &["one"]));
        }
    }
}
