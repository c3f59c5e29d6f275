//! A finding that no other response answers: people are told everything that is known, and nothing is changed.

use crate::Kind;
use serde::{Deserialize, Serialize};

/// The kind.
pub struct FindingOnly;

impl Kind for FindingOnly {
    const NAME: &'static str = "finding-only";
    type Target = Target;
}

/// The resource that the finding names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// Its type, as the event writes it, such as `Instance`.
    pub resource_type: String,
    /// Its ids, as the event writes them.
    pub ids: Vec<String>,
}
