//! What people read, and how hostile text is made harmless before they do.

pub(crate) mod attributes;
pub(crate) mod by_hand;
pub(crate) mod facts;
mod letter;
pub(crate) mod message;
pub(crate) mod text;
