//! The rules of all event buses: those of the workflows' folders, and those that were put through the API.
//!
//! The former belong to the engine: nobody changes them but in their folders. The latter are kept per account and region.

use super::store::deliveries::{self, Owed};
use super::store::rules::{self, Key, StoredBus, StoredRule, StoredSchedule};
use super::{Store, StoreError};
use crate::arn::Arn;
use crate::clock::Clock;
use crate::events::pattern::InvalidPattern;
use crate::events::{Pattern, Rule, Schedule, Target};
use crate::workflow::Place;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{Mutex, Notify};

/// How many targets a rule may have. Source: EventBridge quotas.
const MOST_TARGETS: usize = 5;

/// The bus that is always there.
pub(crate) const DEFAULT: &str = "default";

/// A rule that an event may match, or that is due at times.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Held {
    pub(crate) key: Key,
    pub(crate) arn: String,
    pub(crate) description: Option<String>,
    pub(crate) targets: Vec<Target>,
    /// The pattern, and the text that was put.
    pub(crate) pattern: Option<(Pattern, String)>,
    /// The schedule, and what is kept of it.
    pub(crate) schedule: Option<(Schedule, StoredSchedule)>,
    pub(crate) state: String,
    pub(crate) role_arn: Option<String>,
    /// Whether it is from a workflow's folder.
    pub(crate) is_own: bool,
}

/// What `PutRule` says of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Put {
    pub(crate) description: Option<String>,
    pub(crate) pattern: Option<String>,
    pub(crate) schedule: Option<String>,
    pub(crate) state: String,
    pub(crate) role_arn: Option<String>,
}

/// A rule that is not looked at.
const DISABLED: &str = "DISABLED";

/// Why something cannot be done with a rule, in the words of EventBridge.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RuleFault {
    #[error("Rule {rule} does not exist on EventBus {bus}.")]
    NoRule { rule: String, bus: String },
    #[error("Event bus {0} does not exist.")]
    NoBus(String),
    #[error("Event bus {0} already exists.")]
    BusExists(String),
    #[error("Event bus can't be deleted since it has rules.")]
    BusHasRules,
    #[error("Rule can't be deleted since it has targets.")]
    HasTargets,
    #[error("The requested resource exceeds the maximum number allowed.")]
    TooManyTargets,
    #[error("Rule {0} is of a workflow's folder and can only be changed there.")]
    Managed(String),
    #[error("Parameter ScheduleExpression is not valid.")]
    Schedule,
    #[error("ScheduleExpression is supported only on the default event bus.")]
    ScheduleOfOwnBus,
    #[error(transparent)]
    Pattern(#[from] InvalidPattern),
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Done<T> = Result<T, RuleFault>;

pub(crate) struct Rules {
    store: Store,
    clock: Clock,
    own: Vec<Arc<Held>>,
    partition: String,
    /// Those of the store, once they were read.
    stored: Mutex<Option<BTreeMap<Key, Arc<Held>>>>,
    /// A schedule was put, or taken away.
    pub(super) rescheduled: Notify,
}

/// Account and region, as keys have them.
pub(crate) fn place_of(place: &Place) -> String {
    format!("{}/{}", place.account, place.region)
}

impl Rules {
    /// `rule_arn` is what the ARNs of the engine's own rules begin with.
    pub(super) fn new(store: Store, clock: Clock, own: Vec<Rule>, rule_arn: &str) -> Self {
        let (partition, place) = Arn::read(rule_arn).map_or_else(
            || ("aws".to_owned(), "/".to_owned()),
            |arn| (arn.partition.to_owned(), format!("{}/{}", arn.account, arn.region)),
        );
        let own = own.into_iter().map(|rule| {
            Arc::new(Held {
                key: Key { place: place.clone(), bus: DEFAULT.to_owned(), name: rule.name.clone() },
                arn: format!("{rule_arn}{}", rule.name),
                description: Some(rule.description),
                targets: rule.targets,
                pattern: Some((rule.pattern, rule.source.to_string())),
                schedule: None,
                state: "ENABLED".to_owned(),
                role_arn: None,
                is_own: true,
            })
        });
        let (own, stored) = (own.collect(), Mutex::const_new(None));
        Self { store, clock, own, partition, stored, rescheduled: Notify::new() }
    }

    fn arn(&self, key: &Key) -> String {
        let (account, region) = key.place.split_once('/').unwrap_or_default();
        let bus = if key.bus == DEFAULT { String::new() } else { format!("{}/", key.bus) };
        format!("arn:{}:events:{region}:{account}:rule/{bus}{}", self.partition, key.name)
    }

    /// Does something with the rules of the store, of which there is one view at a time.
    async fn with<T>(&self, work: impl AsyncFnOnce(&mut BTreeMap<Key, Arc<Held>>) -> Done<T>) -> Done<T> {
        let mut stored = self.stored.lock().await;
        let stored = match &mut *stored {
            Some(stored) => stored,
            empty => {
                let read =
                    self.store
                        .read(|connection| {
                            let all = rules::all(connection)?.into_iter();
                            all.map(|rule| Ok((rules::targets(connection, &rule.key)?, rule)))
                                .collect::<Result<Vec<_>, StoreError>>()
                        })
                        .await?;
                let held = read.into_iter().map(|(targets, rule)| {
                    let held = self.held(rule, targets)?;
                    Ok((held.key.clone(), Arc::new(held)))
                });
                empty.insert(held.collect::<Done<_>>()?)
            }
        };
        work(stored).await
    }

    fn held(&self, rule: StoredRule, targets: Vec<Target>) -> Done<Held> {
        let StoredRule { key, description, pattern: text, schedule, state, role_arn, .. } = rule;
        let pattern = if text.is_empty() { None } else { Some((Pattern::read(&text)?, text)) };
        let schedule = match schedule {
            Some(stored) => Some((Schedule::read(&stored.text).ok_or(RuleFault::Schedule)?, stored)),
            None => None,
        };
        let arn = self.arn(&key);
        Ok(Held { key, arn, description, targets, pattern, schedule, state, role_arn, is_own: false })
    }

    fn own(&self, key: &Key) -> Option<&Arc<Held>> {
        self.own.iter().find(|held| held.key == *key)
    }

    /// The rules that take an event. Those of the engine take events of every region.
    pub(super) async fn taking(&self, bus: &str, event: &Value) -> Done<Vec<Arc<Held>>> {
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        let place = format!("{}/{}", text("account"), text("region"));
        let takes = |held: &&Arc<Held>| {
            held.key.bus == bus
                && (held.is_own || held.key.place == place)
                && held.state != DISABLED
                && held.pattern.as_ref().is_some_and(|(pattern, _)| pattern.matches(event))
        };
        let own = self.own.iter().filter(takes).cloned().collect::<Vec<_>>();
        let stored =
            self.with(async |stored| Ok(stored.values().filter(takes).cloned().collect::<Vec<_>>())).await?;
        Ok([own, stored].concat())
    }

    /// The rules of a bus whose names begin so, sorted by name.
    pub(crate) async fn list(&self, place: &str, bus: &str, prefix: &str) -> Done<Vec<Arc<Held>>> {
        self.check_bus(place, bus).await?;
        let is_there = |held: &&Arc<Held>| {
            held.key.place == place && held.key.bus == bus && held.key.name.starts_with(prefix)
        };
        let mut all: Vec<Arc<Held>> = self.own.iter().filter(is_there).cloned().collect();
        all.extend(
            self.with(async |stored| Ok(stored.values().filter(is_there).cloned().collect::<Vec<_>>()))
                .await?,
        );
        all.sort_by(|left, right| left.key.cmp(&right.key));
        Ok(all)
    }

    /// A rule.
    pub(crate) async fn get(&self, key: &Key) -> Done<Arc<Held>> {
        self.check_bus(&key.place, &key.bus).await?;
        if let Some(own) = self.own(key) {
            return Ok(Arc::clone(own));
        }
        let found = self.with(async |stored| Ok(stored.get(key).cloned())).await?;
        found.ok_or_else(|| RuleFault::NoRule { rule: key.name.clone(), bus: key.bus.clone() })
    }

    /// Puts a rule. One of the same name is replaced, and keeps its targets.
    pub(crate) async fn put(&self, key: Key, put: Put) -> Done<String> {
        self.check_bus(&key.place, &key.bus).await?;
        self.check_managed(&key)?;
        let now = self.clock.now();
        let schedule = match put.schedule {
            Some(_) if key.bus != DEFAULT => return Err(RuleFault::ScheduleOfOwnBus),
            Some(text) => Some((Schedule::read(&text).ok_or(RuleFault::Schedule)?, text)),
            None => None,
        };
        let arn = self.with(async |stored| {
            let before = stored.get(&key);
            let targets = before.map(|held| held.targets.clone()).unwrap_or_default();
            let schedule = schedule.map(|(schedule, text)| {
                // One that goes on as it was counts from when it began.
                let same =
                    before.filter(|held| held.state == put.state).and_then(|held| held.schedule.as_ref());
                match same.filter(|(_, stored)| stored.text == text) {
                    Some((_, stored)) => stored.clone(),
                    None => {
                        let due_at = schedule.next(now, now).filter(|_| put.state != DISABLED);
                        StoredSchedule { text, since: now, due_at }
                    }
                }
            });
            let rule = StoredRule {
                key,
                description: put.description,
                pattern: put.pattern.unwrap_or_default(),
                state: put.state,
                role_arn: put.role_arn,
                created_at: now,
                schedule,
            };
            let held = self.held(rule.clone(), targets)?;
            self.store.write(move |connection| rules::put(connection, &rule)).await?;
            let arn = held.arn.clone();
            stored.insert(held.key.clone(), Arc::new(held));
            Ok(arn)
        });
        let arn = arn.await?;
        self.rescheduled.notify_one();
        Ok(arn)
    }

    /// Enables or disables a rule.
    pub(crate) async fn set_state(&self, key: &Key, state: &str) -> Done<()> {
        let held = self.get(key).await?;
        let put = Put {
            description: held.description.clone(),
            pattern: held.pattern.as_ref().map(|(_, text)| text.clone()),
            schedule: held.schedule.as_ref().map(|(_, stored)| stored.text.clone()),
            state: state.to_owned(),
            role_arn: held.role_arn.clone(),
        };
        self.put(key.clone(), put).await.map(|_| ())
    }

    /// The rules that are due, each with when it was, and when the next one will be.
    pub(super) async fn due(&self, now: Timestamp) -> Done<(Vec<(Arc<Held>, Timestamp)>, Option<Timestamp>)> {
        self.with(async |stored| {
            let scheduled = stored.values().filter_map(|held| {
                let (_, schedule) = held.schedule.as_ref()?;
                Some((Arc::clone(held), schedule.due_at?))
            });
            let (due, later): (Vec<_>, Vec<_>) = scheduled.partition(|(_, at)| *at <= now);
            Ok((due, later.into_iter().map(|(_, at)| at).min()))
        })
        .await
    }

    /// Writes what a rule that was due owes to its targets, and when it is due next. What it missed meanwhile, because no
    /// engine was there, it owes once.
    pub(super) async fn was_due(&self, held: &Held, now: Timestamp, owed: Vec<Owed>) -> Done<()> {
        let key = &held.key;
        self.with(async |stored| {
            // It may have been changed or deleted since it was found due.
            let Some(same) = stored.get(key).filter(|now_held| now_held.schedule == held.schedule) else {
                return Ok(());
            };
            let Some((schedule, of)) = &same.schedule else { return Ok(()) };
            let due_at = schedule.next(of.since, now);
            let mut changed = Held::clone(same);
            changed.schedule = Some((schedule.clone(), StoredSchedule { due_at, ..of.clone() }));
            let of = key.clone();
            let write = move |connection: &rusqlite::Connection| {
                owed.iter().try_for_each(|delivery| deliveries::put(connection, delivery))?;
                rules::put_due(connection, &of, due_at)
            };
            self.store.write(write).await?;
            stored.insert(key.clone(), Arc::new(changed));
            Ok(())
        })
        .await
    }

    /// Deletes a rule. One that is not there is deleted already.
    pub(crate) async fn delete(&self, key: Key) -> Done<()> {
        self.check_bus(&key.place, &key.bus).await?;
        self.check_managed(&key)?;
        self.with(async |stored| {
            if stored.get(&key).is_some_and(|held| !held.targets.is_empty()) {
                return Err(RuleFault::HasTargets);
            }
            stored.remove(&key);
            Ok(self.store.write(move |connection| rules::delete(connection, &key)).await?)
        })
        .await
    }

    /// Changes the targets of a rule.
    pub(crate) async fn change_targets(&self, key: Key, change: impl FnOnce(&mut Vec<Target>)) -> Done<()> {
        self.check_managed(&key)?;
        let held = self.get(&key).await?;
        self.with(async |stored| {
            let held = stored.get(&key).unwrap_or(&held);
            let mut changed = Held::clone(held);
            change(&mut changed.targets);
            changed.targets.sort_by(|left, right| left.id.cmp(&right.id));
            if changed.targets.len() > MOST_TARGETS {
                return Err(RuleFault::TooManyTargets);
            }
            let (targets, written) = (changed.targets.clone(), key.clone());
            self.store.write(move |connection| rules::put_targets(connection, &written, &targets)).await?;
            stored.insert(key, Arc::new(changed));
            Ok(())
        })
        .await
    }

    fn check_managed(&self, key: &Key) -> Done<()> {
        match self.own(key) {
            Some(_) => Err(RuleFault::Managed(key.name.clone())),
            None => Ok(()),
        }
    }

    /// Refuses a bus that is not there.
    pub(crate) async fn check_bus(&self, place: &str, bus: &str) -> Done<()> {
        if bus == DEFAULT || self.buses(place).await?.iter().any(|known| known.name == bus) {
            Ok(())
        } else {
            Err(RuleFault::NoBus(bus.to_owned()))
        }
    }

    /// The buses of a place that were created.
    pub(crate) async fn buses(&self, place: &str) -> Done<Vec<StoredBus>> {
        let place = place.to_owned();
        Ok(self.store.read(move |connection| rules::buses(connection, &place)).await?)
    }

    pub(crate) async fn create_bus(&self, place: &str, name: &str, description: Option<String>) -> Done<()> {
        if self.check_bus(place, name).await.is_ok() {
            return Err(RuleFault::BusExists(name.to_owned()));
        }
        let bus = StoredBus { name: name.to_owned(), description, created_at: self.clock.now() };
        let place = place.to_owned();
        Ok(self.store.write(move |connection| rules::put_bus(connection, &place, &bus)).await?)
    }

    /// Deletes a bus. One that is not there is deleted already.
    pub(crate) async fn delete_bus(&self, place: &str, name: &str) -> Done<()> {
        let (place, name) = (place.to_owned(), name.to_owned());
        self.with(async |stored| {
            if stored.keys().any(|key| key.place == place && key.bus == name) {
                return Err(RuleFault::BusHasRules);
            }
            Ok(self.store.write(move |connection| rules::delete_bus(connection, &place, &name)).await?)
        })
        .await
    }

    /// The rules of a bus that tell a target.
    pub(crate) async fn telling(&self, place: &str, bus: &str, target_arn: &str) -> Done<Vec<String>> {
        let all = self.list(place, bus, "").await?;
        let tells = |held: &&Arc<Held>| held.targets.iter().any(|target| target.arn == target_arn);
        Ok(all.iter().filter(tells).map(|held| held.key.name.clone()).collect())
    }
}
