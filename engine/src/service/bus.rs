//! The event bus: takes events, matches them against the rules, and delivers to their targets, at least once.

use super::delivery::Failed;
use super::executor::STORE_REST;
use super::rules::{DEFAULT, Held, RuleFault, Rules};
use super::store::deliveries::{self, DeadLetters, Delivery, How, Owed};
use super::under_way::UnderWay;
use super::{Executor, Machines, Store, StoreError};
use crate::clock::Clock;
use crate::events::input::{self, Made};
use crate::events::{Destination, Rule, Target};
use crate::lambda::Functions;
use crate::time::after;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Notify;

/// Deliveries are tried for a day, and at most so often. Source: EventBridge user guide, "Retrying event delivery".
const MOST_ATTEMPTS: u32 = 185;
const MOST_AGE_MILLISECONDS: i64 = 86_400_000;

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
pub struct Bus(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) rules: Rules,
    pub(super) machines: Machines,
    pub(super) executor: Executor,
    pub(super) functions: Functions,
    pub(super) taken: Notify,
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
        let rules = Rules::new(store.clone(), clock, rules, &rule_arn);
        let inner = Inner { store, clock, rules, machines, executor, functions, taken: Notify::new() };
        let bus = Self(Arc::new(inner));
        tokio::spawn(bus.clone().deliver_all());
        tokio::spawn(bus.clone().follow_schedules());
        bus
    }

    /// The rules.
    pub(crate) fn rules(&self) -> &Rules {
        &self.0.rules
    }

    /// Takes events on the default bus. When it returns, what it owes to the targets is on disk.
    pub async fn put(&self, events: Vec<Value>) -> Result<Vec<Accepted>, StoreError> {
        self.put_on(events.into_iter().map(|event| (DEFAULT.to_owned(), event)).collect()).await
    }

    /// Takes events, each on its bus.
    pub(crate) async fn put_on(&self, events: Vec<(String, Value)>) -> Result<Vec<Accepted>, StoreError> {
        let now = self.0.clock.now();
        let mut accepted = Vec::new();
        let mut owed = Vec::new();
        for (bus, event) in events {
            let event_id = event.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let taking = self.0.rules.taking(&bus, &event).await.map_err(|fault| match fault {
                RuleFault::Store(error) => error,
                fault => StoreError::Record(fault.to_string()),
            })?;
            owed.extend(taking.iter().flat_map(|held| deliveries_of(held, &event, &event_id, now)));
            let rules: Vec<String> = taking.iter().map(|held| held.key.name.clone()).collect();
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

    /// Delivers whatever is due, until the engine ends. Each delivery goes on its own, so that a target that takes long
    /// holds up nobody else.
    async fn deliver_all(self) {
        let mut under_way = UnderWay::default();
        let mut of = Targets::All;
        loop {
            let next = match self.begin_due(&mut under_way, of).await {
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
            of = tokio::select! {
                () = self.0.taken.notified() => Targets::All,
                () = wait => Targets::All,
                targets = under_way.ended() => Targets::These(targets),
            };
        }
    }

    /// Begins what is due to these targets and not under way, and says when the next one will be.
    async fn begin_due(
        &self,
        under_way: &mut UnderWay,
        of: Targets,
    ) -> Result<Option<Timestamp>, StoreError> {
        let now = self.0.clock.now();
        let read = move |connection: &rusqlite::Connection| {
            let targets = match of {
                Targets::All => deliveries::targets(connection)?,
                Targets::These(targets) => targets.into_iter().collect(),
            };
            let mut due = Vec::new();
            for target in targets {
                due.extend(deliveries::due(connection, &target, now, UnderWay::AT_ONCE)?);
            }
            Ok((due, deliveries::next(connection, now)?))
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
        let busy = self.0.clock.busy();
        let result = self.deliver(&delivery).await;
        drop(busy);
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
        let Err(failed) = result else {
            return self.0.store.write(move |connection| deliveries::done(connection, id)).await;
        };
        let (exhausted, error) = (exhausted(delivery, now), failed.message.clone());
        if failed.may_pass && exhausted.is_none() {
            tracing::warn!(target = delivery.target_arn, error, "a delivery failed and is tried again");
            // 1, 2, 4, ... seconds, at most 5 minutes.
            let wait = 1_000_u64.saturating_mul(1 << delivery.attempts.min(9)).min(300_000);
            let at = after(self.0.clock.now(), wait);
            return self.0.store.write(move |connection| deliveries::again(connection, id, at, &error)).await;
        }
        match self.bury(delivery, failed, exhausted.filter(|_| failed.may_pass)).await {
            Ok(true) => {
                tracing::warn!(target = delivery.target_arn, error, "an event went to the dead-letter queue");
                return self.0.store.write(move |connection| deliveries::done(connection, id)).await;
            }
            Ok(false) => {}
            Err(why) => {
                tracing::error!(
                    target = delivery.target_arn,
                    why.message,
                    "the event could not be sent to the dead-letter queue"
                );
            }
        }
        tracing::error!(
            target = delivery.target_arn,
            event = delivery.event_id,
            error,
            "a delivery failed for good; it is kept"
        );
        self.0.store.write(move |connection| deliveries::dead(connection, id, &error)).await
    }
}

/// What is owed to the targets of a rule that takes an event.
pub(super) fn deliveries_of(held: &Held, event: &Value, event_id: &str, now: Timestamp) -> Vec<Owed> {
    let known = input::Delivery { rule_arn: &held.arn, rule_name: &held.key.name, ingested: now };
    let delivery = |target: &Target| {
        let (input, invalid) = match target.made_of(event, &known) {
            Ok(Made::Lines(text)) if takes_text(target) => (text, None),
            Ok(made) => match made.json() {
                Ok(value) => (value.to_string(), None),
                Err(error) => (String::new(), Some(error.to_string())),
            },
            Err(error) => (String::new(), Some(error.to_string())),
        };
        Owed {
            event_id: event_id.to_owned(),
            rule: held.key.name.clone(),
            target_arn: target.arn.clone(),
            input,
            taken_at: now,
            how: How { invalid, ..how(held, target, event) }.write(),
        }
    };
    held.targets.iter().map(delivery).collect()
}

fn takes_text(target: &Target) -> bool {
    Destination::of(&target.arn).is_some_and(Destination::takes_text)
}

fn how(held: &Held, target: &Target, event: &Value) -> How {
    let (attempts, age) = target.patience();
    let dead_letters = target.dead_letter_config.as_ref().and_then(|config| config.arn.clone());
    How {
        message_group_id: target.sqs_parameters.as_ref().and_then(|it| it.message_group_id.clone()),
        attempts: Some(attempts),
        age: Some(age),
        dead_letters: dead_letters.map(|arn| DeadLetters {
            arn,
            rule_arn: held.arn.clone(),
            event: event.to_string(),
        }),
        invalid: None,
    }
}

/// The targets whose deliveries are looked for.
enum Targets {
    All,
    These(BTreeSet<String>),
}

/// Why a delivery is not tried again, if it is not.
fn exhausted(delivery: &Delivery, now: Timestamp) -> Option<&'static str> {
    // A record that cannot be read fails for good at its first try, so these limits do not matter for it.
    let how = How::read(&delivery.how).unwrap_or_default();
    let age = now.as_millisecond() - delivery.taken_at.as_millisecond();
    if delivery.attempts + 1 >= how.attempts.unwrap_or(MOST_ATTEMPTS) {
        Some("MaximumRetryAttempts")
    } else if age >= how.age.unwrap_or(MOST_AGE_MILLISECONDS) {
        Some("MaximumEventAgeInSeconds")
    } else {
        None
    }
}
