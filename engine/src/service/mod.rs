//! The shell around the interpreter: the store, the executor, the timers, the tokens and the bus.

mod bus;
mod calls;
mod delivery;
mod executor;
pub mod herald;
mod jobs;
pub mod logbook;
mod machines;
mod map_io;
mod map_reader;
mod map_runs;
mod map_writer;
mod new_execution;
mod notice;
mod parsed;
mod recovery;
mod redrive;
pub mod retention;
pub(crate) mod rules;
mod schedules;
pub mod settings;
mod starting;
mod store;
mod timers;
mod turn;
mod under_way;
mod workers;

pub use bus::{Accepted, Bus};
pub(crate) use executor::thinking;
pub use executor::{Executor, ExecutorError};
pub use machines::{Machine, MachineError, Machines, Resolved};
pub use new_execution::NewExecution;
pub(crate) use starting::seed;
pub use store::{Store, StoreError};

pub(crate) use machines::draw;
pub(crate) use store::machines::Stored as StoredMachine;
pub(crate) use store::rules as stored_rules;
pub(crate) use store::tokens::Owner;
pub(crate) use store::{
    activities, aliases, executions, lists, machines as stored_machines, map_runs as stored_map_runs, tags,
    versions,
};

#[cfg(test)]
mod tests;
