//! Questions to people: the record of a question, who may answer it, the decision, and the page for it.

pub(crate) mod actors;
pub(crate) mod asked;
pub(crate) mod decide;
mod form;
mod html;
mod page;
pub(crate) mod page_request;
pub(crate) mod people;
mod question_record;
mod restore_request;
pub(crate) mod suspects;
pub(crate) mod token;

pub(crate) use question_record::{Approval, Pointer, Requested, find, hash, question_key};
