//! Responses, shapes, the types of the tasks and the manifest agree with each other.
//!
//! Every test covers every response of `statemachines/`, so a new one is covered as soon as its folder exists. A test
//! collects all errors before it fails.

mod coverage;
mod definition;
mod definitions;
mod errors;
mod events;
mod limits;
mod retries;
mod samples;
mod scenarios;
mod subjects;
mod typed;
