//! The event bus: takes events, matches them against the rules, and delivers to their targets, at least once.

use super::executor::STORE_REST;
use super::store::deliveries::{self, Delivery};
use super::{Clock, Executor, ExecutorError, Machines, NewExecution, Store, StoreError};
use crate::events::Rule;
use crate::events::input;
use crate::lambda::Functions;
use crate::time::{after, iso};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Deliveries are tried for a day, and at most so often. Source: EventBridge user guide, "Retrying event delivery".
const MOST_ATTEMPTS: u32 = 185;
const MOST_AGE_MILLISECONDS: i64 = 86_400_000;

/// How many deliveries to one target are under way at once.
const AT_ONCE: usize = 8;

/// An event that the bus has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The id that the bus gave it.
    pub event_id: String,
    /// The rules that take it.
    pub rules: Vec<String>,
}

/// The bus.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    rules: Vec<Rule>,
    rule_arn: String,
    machines: Machines,
    executor: Executor,
    functions: Functions,
    taken: Notify,
}

/// Why a delivery failed, and whether another try could help.
enum Failed {
    Now(String),
    ForGood(String),
}

impl Bus {
    /// Starts delivering what the bus still owes. `rule_arn` is what a rule's ARN begins with.
    pub fn start(
        store: Store,
        clock: Clock,
        rules: Vec<Rule>,
        rule_arn: String,
        machines: Machines,
        executor: Executor,
        functions: Functions,
    ) -> Self {
        let inner =
            Inner { store, clock, rules, rule_arn, machines, executor, functions, taken: Notify::new() };
        let bus = Self(Arc::new(inner));
        tokio::spawn(bus.clone().deliver_all());
        bus
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.0.rules
    }

    /// The ARN of a rule.
    pub fn rule_arn(&self, rule: &Rule) -> String {
        format!("{}{}", self.0.rule_arn, rule.name)
    }

    /// Takes events. When it returns, what it owes to the targets is on disk.
    pub async fn put(&self, events: Vec<Value>) -> Result<Vec<Accepted>, StoreError> {
        let now = self.0.clock.now();
        let mut accepted = Vec::new();
        let mut owed = Vec::new();
        for event in events {
            let event_id = event.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let mut rules = Vec::new();
            for rule in self.0.rules.iter().filter(|rule| rule.pattern.matches(&event)) {
                rules.push(rule.name.clone());
                owed.extend(self.deliveries(rule, &event, &event_id, now));
            }
            tracing::info!(event = event_id, rules = rules.join(","), "event taken");
            accepted.push(Accepted { event_id, rules });
        }
        if !owed.is_empty() {
            let write = move |connection: &rusqlite::Connection| {
                owed.iter().try_for_each(|delivery| deliveries::put(connection, delivery))
            };
            let bus = self.clone();
            // Whoever put them may go away before it is answered; what was taken is delivered all the same.
            let taken = async move {
                bus.0.store.write(write).await?;
                bus.0.taken.notify_one();
                Ok::<_, StoreError>(())
            };
            tokio::spawn(taken).await.map_err(|_| StoreError::Closed)??;
        }
        Ok(accepted)
    }

    fn deliveries(&self, rule: &Rule, event: &Value, event_id: &str, now: Timestamp) -> Vec<Delivery> {
        let rule_arn = self.rule_arn(rule);
        let known = input::Delivery { rule_arn: &rule_arn, rule_name: &rule.name, ingested: now };
        let delivery = |target: &crate::events::Target| match target.input_of(event, &known) {
            Ok(input) => Some(Delivery {
                id: 0,
                event_id: event_id.to_owned(),
                rule: rule.name.clone(),
                target_arn: target.arn.clone(),
                input: input.to_string(),
                taken_at: now,
                attempts: 0,
            }),
            Err(error) => {
                tracing::error!(rule = rule.name, target = target.id, %error, "the target gets nothing");
                None
            }
        };
        rule.targets.iter().filter_map(delivery).collect()
    }

    /// Delivers whatever is due, until the engine ends. Each delivery goes on its own, so that a target that takes long
    /// holds up nobody else.
    async fn deliver_all(self) {
        let mut under_way = UnderWay::default();
        loop {
            let next = match self.begin_due(&mut under_way).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(%error, "deliveries could not be read");
                    Some(after(self.0.clock.now(), STORE_REST))
                }
            };
            let wait = async {
                match next {
                    Some(at) => self.0.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.0.taken.notified() => {}
                () = wait => {}
                () = under_way.ended() => {}
            }
        }
    }

    /// Begins what is due and not under way, and says when the next one will be.
    async fn begin_due(&self, under_way: &mut UnderWay) -> Result<Option<Timestamp>, StoreError> {
        let now = self.0.clock.now();
        let read = move |connection: &rusqlite::Connection| {
            Ok((deliveries::due(connection, now, AT_ONCE)?, deliveries::next(connection, now)?))
        };
        let (due, next) = self.0.store.read(read).await?;
        for delivery in due {
            if under_way.has_room_for(&delivery) {
                let of = (delivery.id, delivery.target_arn.clone());
                under_way.begin(of, self.clone().deliver_and_note(delivery, now));
            }
        }
        Ok(next)
    }

    async fn deliver_and_note(self, delivery: Delivery, now: Timestamp) {
        let result = self.deliver(&delivery).await;
        // Until it is noted it is under way: what was delivered is not delivered again because the disk is full.
        while let Err(error) = self.note(&delivery, &result, now).await {
            tracing::error!(%error, delivery = delivery.id, "the end of a delivery could not be noted");
            self.0.clock.sleep_until(after(self.0.clock.now(), STORE_REST)).await;
        }
    }

    /// Notes how a delivery ended.
    async fn note(
        &self,
        delivery: &Delivery,
        result: &Result<(), Failed>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = delivery.id;
        let error = match result {
            Ok(()) => return self.0.store.write(move |connection| deliveries::done(connection, id)).await,
            Err(Failed::Now(error) | Failed::ForGood(error)) => error.clone(),
        };
        if matches!(result, Err(Failed::Now(_))) && !is_spent(delivery, now) {
            tracing::warn!(target = delivery.target_arn, error, "a delivery failed and is tried again");
            // 1, 2, 4, ... seconds, at most 5 minutes.
            let wait = 1_000_u64.saturating_mul(1 << delivery.attempts.min(9)).min(300_000);
            let at = after(self.0.clock.now(), wait);
            return self.0.store.write(move |connection| deliveries::again(connection, id, at, &error)).await;
        }
        tracing::error!(
            target = delivery.target_arn,
            event = delivery.event_id,
            error,
            "a delivery failed for good; it is kept"
        );
        self.0.store.write(move |connection| deliveries::dead(connection, id, &error)).await
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<(), Failed> {
        if let Some((_, name)) = delivery.target_arn.split_once(":function:") {
            let answer = self.0.functions.invoke(name, delivery.input.clone().into()).await;
            return answer.map(|_| ()).map_err(|error| Failed::Now(error.to_string()));
        }
        let resolved = self.0.machines.resolve(&delivery.target_arn, super::machines::draw()).await;
        let resolved = resolved.map_err(|error| Failed::Now(error.to_string()))?;
        let resolved =
            resolved.ok_or_else(|| Failed::ForGood(format!("`{}` is not there", delivery.target_arn)))?;
        let new = NewExecution::new(resolved, execution_name(delivery), delivery.input.clone());
        match self.0.executor.start_execution(new).await {
            // Delivered before, by an engine that was stopped before it could note that.
            Ok(_) | Err(ExecutorError::AlreadyExists(_)) => Ok(()),
            Err(error) => Err(Failed::Now(error.to_string())),
        }
    }
}

/// The deliveries that are under way, and what each of them is: its id and its target.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<()>,
    of: HashMap<tokio::task::Id, (i64, String)>,
}

impl UnderWay {
    fn has_room_for(&self, delivery: &Delivery) -> bool {
        let same_target = self.of.values().filter(|(_, target)| *target == delivery.target_arn).count();
        same_target < AT_ONCE && self.of.values().all(|(id, _)| *id != delivery.id)
    }

    fn begin(&mut self, of: (i64, String), work: impl Future<Output = ()> + Send + 'static) {
        self.of.insert(self.tasks.spawn(work).id(), of);
    }

    /// Waits until one of them has ended: for ever, where there is none.
    async fn ended(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => std::future::pending().await,
        };
        self.of.remove(&id);
    }
}

fn is_spent(delivery: &Delivery, now: Timestamp) -> bool {
    delivery.attempts + 1 >= MOST_ATTEMPTS
        || now.as_millisecond() - delivery.taken_at.as_millisecond() >= MOST_AGE_MILLISECONDS
}

/// AWS names an execution for the event and a UUID. Ours is the same for every try of one delivery, so that a delivery
/// that was interrupted starts nothing twice.
fn execution_name(delivery: &Delivery) -> String {
    let digest = Sha256::digest(format!(
        "{} {} {} {}",
        delivery.id,
        delivery.rule,
        delivery.target_arn,
        iso(delivery.taken_at)
    ));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    let event: String = delivery
        .event_id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(40)
        .collect();
    format!("{event}_{}", uuid::Builder::from_random_bytes(bytes).into_uuid())
}
