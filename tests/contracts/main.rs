//! The workflows, the types of the tasks and the manifest agree with each other.
//!
//! Every test here reads every folder of `statemachines/`, so that the next workflow is covered as soon as it is there.
//! A test collects all that is wrong before it fails.

mod coverage;
mod definition;
mod definitions;
mod errors;
mod events;
mod retries;
mod scenarios;
mod workflows;
