use crate::{Plan, Recorded, tasks::check_guardrails::Reason};
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
    /// May the policy be changed as planned? Without an answer it is not, and the case goes to people.
    Remediate {
        /// Why the workflow asks.
        reasons: Vec<Reason>,
        /// What is dangerous, what would be changed, and whom it hits.
        plan: Box<Plan>,
    },
    /// Shall the change be taken back? Without an answer it stays.
    Undo {
        /// What was there before.
        before: Recorded,
    },
}

impl Question {
    /// Which one it is: a case asks each of them once.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Contain { .. } => "contain",
            Self::Remediate { .. } => "remediate",
            Self::Undo { .. } => "undo",
        }
    }

    /// The decisions that answer it.
    pub fn decisions(&self) -> [Decision; 2] {
        match self {
            Self::Contain { .. } | Self::Remediate { .. } => [Decision::Approve, Decision::Deny],
            Self::Undo { .. } => [Decision::Undo, Decision::Deny],
        }
    }
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Do what the workflow asks for.
    Approve,
    /// Leave things as they are: change nothing, or do not take the change back.
    Deny,
    /// Take the change back.
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
