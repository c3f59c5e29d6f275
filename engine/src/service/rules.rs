//! The rules of all event buses: those of the workflows' folders, and those that were put through the API.
//!
//! The former belong to the engine: nobody changes them but in their folders. The latter are kept per account and region.

use super::store::rules::{self, Key, StoredBus, StoredRule};
use super::{Clock, Store, StoreError};
use crate::events::pattern::InvalidPattern;
use crate::events::{Pattern, Rule, Target};
use crate::workflow::Place;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How many targets a rule may have. Source: EventBridge quotas.
const MOST_TARGETS: usize = 5;

/// The bus that is always there.
pub(crate) const DEFAULT: &str = "default";

/// A rule that an event may match.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Held {
    pub(crate) key: Key,
    pub(crate) arn: String,
    pub(crate) rule: Rule,
    /// The pattern as it was put.
    pub(crate) pattern: String,
    pub(crate) state: String,
    pub(crate) role_arn: Option<String>,
    /// Whether it is from a workflow's folder.
    pub(crate) is_own: bool,
}

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
}

/// Account and region, as keys have them.
pub(crate) fn place_of(place: &Place) -> String {
    format!("{}/{}", place.account, place.region)
}

impl Rules {
    /// `rule_arn` is what the ARNs of the engine's own rules begin with.
    pub(super) fn new(store: Store, clock: Clock, own: Vec<Rule>, rule_arn: &str) -> Self {
        let mut parts = rule_arn.split(':').skip(1);
        let partition = parts.next().unwrap_or("aws").to_owned();
        let (region, account) = (parts.nth(1).unwrap_or_default(), parts.next().unwrap_or_default());
        let place = format!("{account}/{region}");
        let own = own.into_iter().map(|rule| {
            Arc::new(Held {
                key: Key { place: place.clone(), bus: DEFAULT.to_owned(), name: rule.name.clone() },
                arn: format!("{rule_arn}{}", rule.name),
                pattern: rule.source.to_string(),
                state: "ENABLED".to_owned(),
                role_arn: None,
                is_own: true,
                rule,
            })
        });
        Self { store, clock, own: own.collect(), partition, stored: Mutex::const_new(None) }
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
        let StoredRule { key, description, pattern, state, role_arn, .. } = rule;
        let rule = Rule {
            name: key.name.clone(),
            description: description.unwrap_or_default(),
            pattern: Pattern::read(&pattern)?,
            source: serde_json::from_str(&pattern).unwrap_or_default(),
            targets,
        };
        Ok(Held { arn: self.arn(&key), key, rule, pattern, state, role_arn, is_own: false })
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
                && held.state != "DISABLED"
                && held.rule.pattern.matches(event)
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
    pub(crate) async fn put(
        &self,
        key: Key,
        description: Option<String>,
        pattern: String,
        state: String,
        role_arn: Option<String>,
    ) -> Done<String> {
        self.check_bus(&key.place, &key.bus).await?;
        self.check_managed(&key)?;
        let rule = StoredRule { key, description, pattern, state, role_arn, created_at: self.clock.now() };
        self.with(async |stored| {
            let targets = stored.get(&rule.key).map(|held| held.rule.targets.clone()).unwrap_or_default();
            let held = self.held(rule.clone(), targets)?;
            self.store.write(move |connection| rules::put(connection, &rule)).await?;
            let arn = held.arn.clone();
            stored.insert(held.key.clone(), Arc::new(held));
            Ok(arn)
        })
        .await
    }

    /// Enables or disables a rule.
    pub(crate) async fn set_state(&self, key: &Key, state: &str) -> Done<()> {
        let held = self.get(key).await?;
        let description = Some(held.rule.description.clone()).filter(|it| !it.is_empty());
        let (pattern, role_arn) = (held.pattern.clone(), held.role_arn.clone());
        self.put(key.clone(), description, pattern, state.to_owned(), role_arn).await.map(|_| ())
    }

    /// Deletes a rule. One that is not there is deleted already.
    pub(crate) async fn delete(&self, key: Key) -> Done<()> {
        self.check_bus(&key.place, &key.bus).await?;
        self.check_managed(&key)?;
        self.with(async |stored| {
            if stored.get(&key).is_some_and(|held| !held.rule.targets.is_empty()) {
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
            change(&mut changed.rule.targets);
            changed.rule.targets.sort_by(|left, right| left.id.cmp(&right.id));
            if changed.rule.targets.len() > MOST_TARGETS {
                return Err(RuleFault::TooManyTargets);
            }
            let (targets, written) = (changed.rule.targets.clone(), key.clone());
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
        let tells = |held: &&Arc<Held>| held.rule.targets.iter().any(|target| target.arn == target_arn);
        Ok(all.iter().filter(tells).map(|held| held.key.name.clone()).collect())
    }
}
