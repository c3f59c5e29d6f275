//! The label of a distributed Map, which stands in the ARNs of its map runs and children.
//!
//! Source: Step Functions developer guide, "Using Map state in Distributed mode": at most 40 characters, and none that a
//! name may not have.

use std::fmt;

/// The longest label.
const MOST_CHARACTERS: usize = 40;

/// What is wrong with a label. The words say no character: how one is quoted differs between the refusals that say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrongLabel {
    /// It has no characters.
    Empty,
    /// It has too many.
    Long,
    /// It has one that no name may have.
    Character(char),
}

impl WrongLabel {
    /// The first thing that is wrong with a label.
    pub(crate) fn of(label: &str) -> Option<Self> {
        if label.is_empty() {
            return Some(Self::Empty);
        }
        if label.chars().count() > MOST_CHARACTERS {
            return Some(Self::Long);
        }
        label.chars().find(|c| is_forbidden(*c)).map(Self::Character)
    }
}

impl fmt::Display for WrongLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "Label cannot be empty"),
            Self::Long => write!(f, "Label cannot exceed {MOST_CHARACTERS} characters"),
            Self::Character(_) => write!(f, "Label contains invalid character"),
        }
    }
}

/// Characters that no name may have. Source: API reference, `CreateStateMachine`, `name`.
pub(crate) fn is_forbidden(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c)
}
