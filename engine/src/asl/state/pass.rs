use super::{Outcome, Transition, transition};
use crate::asl::fields::Fields;
use crate::asl::machine::Scope;

/// A Pass state: its input, or what `Output` makes, goes on.
#[derive(Debug)]
pub struct Pass {
    /// What it assigns and gives.
    pub outcome: Outcome,
    /// Where it leads.
    pub then: Transition,
}

impl Pass {
    pub(super) fn read(fields: &Fields, scope: &Scope) -> Option<Self> {
        let outcome = Outcome::read(fields);
        Some(Self { outcome, then: transition(fields, scope)? })
    }
}
