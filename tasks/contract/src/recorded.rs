use crate::{Before, PolicyBefore};
use serde::{Deserialize, Serialize};

/// What a case recorded before it changed anything, whatever it changed. The two are told apart by their fields, none
/// of which the other may have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Recorded {
    /// A role.
    Role(Box<Before>),
    /// A policy.
    Policy(Box<PolicyBefore>),
}

impl From<Before> for Recorded {
    fn from(before: Before) -> Self {
        Self::Role(Box::new(before))
    }
}

impl From<PolicyBefore> for Recorded {
    fn from(before: PolicyBefore) -> Self {
        Self::Policy(Box::new(before))
    }
}
