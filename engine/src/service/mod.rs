//! The shell around the interpreter: the store, the executor, the timers, the tokens and the bus.

mod bus;
mod clock;
mod executor;
mod machines;
mod recovery;
mod store;
mod timers;

pub use bus::{Accepted, Bus};
pub use clock::Clock;
pub use executor::{Executor, ExecutorError, NewExecution};
pub use machines::{Machine, MachineError, Machines};
pub use recovery::Stranded;
pub use store::{Store, StoreError};

pub(crate) use store::executions;
pub(crate) use store::machines::Stored as StoredMachine;

#[cfg(test)]
mod tests;
