//! Calling any AWS service, by the public models of the services.
//!
//! A call is values in and values out: `request` makes an HTTP request of an operation's parameters in the protocol of
//! the service, `response` reads the answer. Nothing here knows of Step Functions but the two ways in which it spells the
//! names of members (`Casing`).

mod body;
mod client;
pub mod model;
mod names;
pub(crate) mod parameters;
mod query;
mod request;
mod response;
mod time;
mod xml;

pub use client::Aws;
pub(crate) use client::{Answer, CallFault, Place, ServiceError};
pub(crate) use model::Operation;
pub(crate) use names::Casing;
pub(crate) use query::ENCODED;
pub(crate) use request::faults;

#[cfg(test)]
mod tests;
