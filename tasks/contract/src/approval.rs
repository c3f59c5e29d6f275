use crate::{Before, tasks::check_guardrails::Reason};
use serde::{Deserialize, Serialize};

/// What a person is asked. What happens when nobody answers in time is part of the question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Question {
    /// May the role be contained? Without an answer it is not, and the case goes to people.
    Contain {
        /// Why the workflow asks.
        reasons: Vec<Reason>,
    },
    /// Shall the containment be taken back? Without an answer it stays.
    Undo {
        /// The role as it was.
        before: Before,
    },
}

impl Question {
    /// Which of the two it is: a case asks each of them once.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Contain { .. } => "contain",
            Self::Undo { .. } => "undo",
        }
    }

    /// The decisions that answer it.
    pub fn decisions(&self) -> [Decision; 2] {
        match self {
            Self::Contain { .. } => [Decision::Approve, Decision::Deny],
            Self::Undo { .. } => [Decision::Undo, Decision::Deny],
        }
    }
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Contain the role.
    Approve,
    /// Leave things as they are: do not contain, or do not take the containment back.
    Deny,
    /// Take the containment back.
    Undo,
}

impl Decision {
    /// The word for it, as people type it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Undo => "undo",
        }
    }
}

/// What the workflow gets through the task token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answer {
    /// What was decided.
    pub decision: Decision,
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When, RFC 3339.
    pub at: String,
}

/// The error that a workflow catches when somebody says no: a refusal is an error with a name, not a success with a flag.
/// Its cause is the `Answer`, as JSON.
pub const APPROVAL_DENIED: &str = "ApprovalDenied";
