//! The tasks of the workflows: small Lambda functions in one executable. The handler name picks the task.
//!
//! A task does one thing, has the effect of one call when it is called twice, and reports what happened in a typed
//! error. It makes no retries of its own: those are in the workflow, where people can see them.

mod approvals;
mod aws;
mod common;
mod events;
mod kinds;
mod messages;
mod names;
pub mod policy;
mod runtime;
mod steps;
mod text;

#[cfg(test)]
mod testing;

pub use runtime::{Run, Setting, serve};
