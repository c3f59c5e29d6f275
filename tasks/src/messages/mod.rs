//! The messages that people read, for every kind of response: the words that differ come from `Looked` and `Recorded`.

pub(crate) mod attributes;
mod builder;
pub(crate) mod compose;
mod email;
pub(crate) mod facts;
mod publish;
#[cfg(test)]
pub(crate) mod samples;

pub(crate) use email::{CaseDetails, Email, Round, link, page};
pub(crate) use publish::publish;
