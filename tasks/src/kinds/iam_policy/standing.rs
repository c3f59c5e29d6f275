//! How the live policy stands to what was recorded: as it was, as the change made it, or otherwise.

use crate::aws::document::hash;
use crate::words::text::{cut, json};

/// How the live policy stands to what was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// As it was before the change.
    AsRecorded,
    /// As the change made it.
    AsChanged,
    /// Otherwise. The sentence says how.
    Otherwise(String),
    /// It, or whoever had it, is gone, or another one has the name. The sentence says which.
    Gone(String),
}

/// What stands there instead, for people who have to decide what becomes of it.
pub(super) fn otherwise(what: &str, says: &str) -> Standing {
    let short: String = hash(says).chars().take(12).collect();
    Standing::Otherwise(format!("{what}. It says (SHA-256 {short}...): {}", cut(&json(says), 1_500)))
}
