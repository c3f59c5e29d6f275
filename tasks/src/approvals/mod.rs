//! What asking and answering share: the question as it stands on record, who may answer it, how it is decided, and the
//! page on which that is done.

pub(crate) mod decide;
mod form;
mod html;
mod page;
pub(crate) mod people;
mod record;
pub(crate) mod request;
pub(crate) mod token;

pub(crate) use record::{Approval, Pointer, find, place};
