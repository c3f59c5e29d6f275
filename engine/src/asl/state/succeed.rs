use super::Outcome;
use crate::asl::fields::Fields;

/// A Succeed state.
#[derive(Debug)]
pub struct Succeed {
    /// What it gives. It assigns nothing.
    pub outcome: Outcome,
}

impl Succeed {
    pub(super) fn read(fields: &Fields) -> Self {
        Self { outcome: Outcome::of_input(fields) }
    }
}
