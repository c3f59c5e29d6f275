use super::store::machines::{self, Stored};
use super::{Clock, Store, StoreError};
use crate::asl::{Problem, Severity, StateMachine};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A state machine that can be started.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) stored: Stored,
    pub(crate) machine: Arc<StateMachine>,
}

/// A definition, parsed once.
#[derive(Clone)]
pub struct Machines {
    store: Store,
    clock: Clock,
    parsed: Arc<Mutex<HashMap<String, Arc<StateMachine>>>>,
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

    /// A definition that was checked before.
    pub(crate) fn parse(&self, definition: &str) -> Result<Arc<StateMachine>, MachineError> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(machine) = parsed.get(definition) {
            return Ok(Arc::clone(machine));
        }
        let (machine, problems) = StateMachine::parse(definition);
        let errors = problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
        let machine = Arc::new(machine.ok_or(MachineError::Definition(errors))?);
        parsed.insert(definition.to_owned(), Arc::clone(&machine));
        Ok(machine)
    }

    /// Stores a machine. One of the same ARN gets the new definition; its executions keep theirs.
    pub async fn put(
        &self,
        arn: &str,
        name: &str,
        definition: &str,
        role_arn: &str,
    ) -> Result<Machine, MachineError> {
        let machine = self.parse(definition)?;
        let now = self.clock.now();
        let stored = Stored {
            arn: arn.to_owned(),
            name: name.to_owned(),
            definition: definition.to_owned(),
            role_arn: role_arn.to_owned(),
            created_at: now,
            updated_at: now,
        };
        let stored = self
            .store
            .write(move |connection| {
                let created_at =
                    machines::get(connection, &stored.arn)?.map_or(now, |before| before.created_at);
                let stored = Stored { created_at, ..stored };
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
        stored.map(|stored| Ok(Machine { machine: self.parse(&stored.definition)?, stored })).transpose()
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
