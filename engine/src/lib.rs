//! Redress's embedded engine: Step Functions, EventBridge and the Lambda host on one machine.
//!
//! The core is pure: `asl` reads the language, `jsonata`, `jsonpath` and `intrinsics` evaluate its expressions,
//! `execution` interprets it, without clock, I/O or await. Everything else is the shell around it.

pub mod api;
pub mod approvals;
pub mod arn;
pub mod asl;
pub mod aws;
pub mod cli;
pub mod client;
pub mod clock;
pub mod datasets;
pub mod events;
pub mod execution;
#[doc(hidden)]
pub mod fuzzing;
mod integrations;
pub mod intrinsics;
mod java;
mod json;
mod jsonata;
pub mod jsonpath;
pub mod lambda;
mod placeholders;
pub mod scenario;
#[cfg(test)]
mod scratch;
pub mod service;
pub mod simulation;
pub mod status;
pub mod time;
pub mod workflow;
