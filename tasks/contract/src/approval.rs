use crate::Recorded;
use crate::steps::check_guardrails::Reason;
use serde::{Deserialize, Serialize};

/// A question to a person. Each question has a default that is taken if nobody answers in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Question {
    /// May the planned change be made? Default: it is not made, and the case goes to people.
    Change {
        /// The guardrails that ask for a person's decision.
        reasons: Vec<Reason>,
    },
    /// Shall the change be taken back? Default: it stays.
    Undo {
        /// The record from which the change would be taken back.
        recorded: Box<Recorded>,
    },
}

impl Question {
    /// Its name within a case, `change` or `undo`. A case asks each question once.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Change { .. } => "change",
            Self::Undo { .. } => "undo",
        }
    }

    /// The decisions that answer it: yes, then no.
    pub fn decisions(&self) -> [Decision; 2] {
        match self {
            Self::Change { .. } => [Decision::Approve, Decision::Deny],
            Self::Undo { .. } => [Decision::Undo, Decision::Deny],
        }
    }
}

/// A person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Make the planned change.
    Approve,
    /// Leave things as they are: make no change, or do not take it back.
    Deny,
    /// Take the change back.
    Undo,
}

impl Decision {
    /// The word that people type on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Undo => "undo",
        }
    }
}

/// The result that a workflow receives through the task token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answer {
    /// The decision.
    pub decision: Decision,
    /// The identity of the person who decided.
    pub by: String,
    /// The reason that the person gave.
    pub reason: String,
    /// The time of the decision, RFC 3339.
    pub at: String,
}

/// The error that a workflow catches when a person says no. A refusal is an error with a name, not a success with a
/// flag. Its cause is the `Answer` as JSON.
pub const APPROVAL_DENIED: &str = "ApprovalDenied";
