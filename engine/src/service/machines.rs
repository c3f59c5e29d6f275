use super::parsed::Parsed;
use super::settings::{Kind, Settings};
use super::store::machines::{self, Stored};
use super::store::{aliases, versions};
use super::{Store, StoreError};
use crate::arn::{Qualified, Qualifier, StateMachineArn};
use crate::asl::{Problem, Severity, StateMachine};
use crate::clock::Clock;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};

/// A state machine that can be started.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) stored: Stored,
    pub(crate) machine: Arc<StateMachine>,
}

/// What the ARN of a machine, of a version or of an alias leads to.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The machine, with the definition and the role of the version.
    pub machine: Machine,
    /// The version.
    pub version_arn: Option<String>,
    /// The alias.
    pub alias_arn: Option<String>,
}

impl From<Machine> for Resolved {
    fn from(machine: Machine) -> Self {
        Self { machine, version_arn: None, alias_arn: None }
    }
}

/// A definition, parsed once.
#[derive(Clone)]
pub struct Machines {
    store: Store,
    clock: Clock,
    parsed: Arc<Mutex<Parsed>>,
}

/// Why a definition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// It has problems.
    #[error("the definition has problems: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Definition(Vec<Problem>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Machines {
    /// The machines of a store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, parsed: Arc::default() }
    }

    /// A definition that was taken before. What is refused today may have been taken by an engine of yesterday, and what has
    /// begun is brought to its end.
    pub(crate) fn stored(&self, definition: &str) -> Result<Arc<StateMachine>, MachineError> {
        self.parse(definition)
            .or_else(|refused| StateMachine::stored(definition).map(Arc::new).ok_or(refused))
    }

    /// A definition that must be without errors.
    pub(crate) fn parse(&self, definition: &str) -> Result<Arc<StateMachine>, MachineError> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(machine) = parsed.get(definition) {
            return Ok(machine);
        }
        let (machine, problems) = StateMachine::parse(definition);
        let errors = problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
        let machine = Arc::new(machine.ok_or(MachineError::Definition(errors))?);
        parsed.insert(definition, &machine);
        Ok(machine)
    }

    /// Stores a machine of a workflow's folder. One of the same ARN gets the new definition; its executions keep theirs.
    pub async fn put(
        &self,
        arn: &StateMachineArn,
        name: &str,
        definition: &str,
        role_arn: &str,
    ) -> Result<Machine, MachineError> {
        let machine = self.parse(definition)?;
        let (now, revision) = (self.clock.now(), uuid::Uuid::new_v4().to_string());
        let stored = Stored {
            arn: arn.clone(),
            name: name.to_owned(),
            kind: Kind::Standard,
            definition: definition.to_owned(),
            role_arn: role_arn.to_owned(),
            revision: None,
            settings: Settings::default(),
            created_at: now,
            updated_at: now,
        };
        let stored = self
            .store
            .write(move |connection| {
                let stored = match machines::get(connection, &stored.arn)? {
                    None => stored,
                    Some(before)
                        if before.definition == stored.definition && before.role_arn == stored.role_arn =>
                    {
                        return Ok(before);
                    }
                    Some(before) => Stored {
                        definition: stored.definition,
                        role_arn: stored.role_arn,
                        revision: Some(revision),
                        updated_at: now,
                        ..before
                    },
                };
                machines::put(connection, &stored)?;
                Ok(stored)
            })
            .await?;
        Ok(Machine { stored, machine })
    }

    /// A machine by its ARN.
    pub async fn get(&self, arn: &str) -> Result<Option<Machine>, MachineError> {
        let arn = arn.to_owned();
        let stored = self.store.read(move |connection| machines::get(connection, &arn)).await?;
        stored.map(|stored| self.machine(stored)).transpose()
    }

    fn machine(&self, stored: Stored) -> Result<Machine, MachineError> {
        Ok(Machine { machine: self.stored(&stored.definition)?, stored })
    }

    /// What an ARN leads to: a machine, one of its versions, or an alias. An alias leads to the version whose share the
    /// number, from 0 to 99, falls into.
    pub async fn resolve(&self, arn: &str, number: u32) -> Result<Option<Resolved>, MachineError> {
        let wanted = arn.to_owned();
        let found = self.store.read(move |connection| find(connection, &wanted, number)).await?;
        let Some((stored, version_arn, alias_arn)) = found else { return Ok(None) };
        Ok(Some(Resolved { machine: self.machine(stored)?, version_arn, alias_arn }))
    }

    /// All machines whose ARN begins so.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<Stored>, StoreError> {
        let prefix = prefix.to_owned();
        self.store.read(move |connection| machines::list(connection, &prefix)).await
    }

    /// Deletes a machine. Its executions go on.
    pub(crate) async fn delete(&self, arn: &str) -> Result<(), StoreError> {
        let arn = arn.to_owned();
        self.store.write(move |connection| machines::delete(connection, &arn)).await
    }
}

/// A number from 0 to 99, for `Machines::resolve`.
pub(crate) fn draw() -> u32 {
    (uuid::Uuid::new_v4().as_u128() % 100) as u32
}

/// The machine of an ARN as it is stored, the version and the alias.
type Found = (Stored, Option<String>, Option<String>);

fn find(connection: &Connection, arn: &str, number: u32) -> Result<Option<Found>, StoreError> {
    let Some(Qualified { machine, qualifier }) = Qualified::read(arn) else { return Ok(None) };
    let (version, alias) = match qualifier {
        Qualifier::None => {
            return Ok(machines::get(connection, &machine)?.map(|stored| (stored, None, None)));
        }
        Qualifier::Version(version) => (version, None),
        Qualifier::Alias(_) => {
            let Some(alias) = aliases::get(connection, arn)? else { return Ok(None) };
            let Some((_, version)) = alias.route(number).and_then(Qualified::version) else {
                return Ok(None);
            };
            (version, Some(alias.arn))
        }
    };
    let Some(stored) = machines::get(connection, &machine)? else { return Ok(None) };
    let Some(version) = versions::get(connection, &machine, version)? else { return Ok(None) };
    let version_arn = machine.qualified(version.number);
    let stored = Stored {
        definition: version.definition,
        role_arn: version.role_arn,
        revision: version.revision,
        settings: version.settings.unwrap_or(stored.settings),
        updated_at: version.created_at,
        ..stored
    };
    Ok(Some((stored, Some(version_arn), alias)))
}
