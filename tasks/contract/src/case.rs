use serde::{Deserialize, Serialize};

/// How far a workflow may go on its own. It comes with the input of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Only look and tell.
    Enrich,
    /// Also say what would change.
    Plan,
    /// Change it once somebody has approved.
    Approve,
    /// Change it, and offer the undo.
    Auto,
}

/// Where a case stands. A case is opened by the first event of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaseStatus {
    /// An execution is at work on it.
    Open,
    /// People were told what was found; nothing was to be changed.
    Enriched,
    /// People were told what would be changed.
    Planned,
    /// The role is contained.
    Contained,
    /// The policy is put right.
    Remediated,
    /// There was no danger, or not any more.
    Safe,
    /// What was changed is as it was before.
    Restored,
    /// Somebody said no.
    Denied,
    /// It is with people now.
    HandedOver,
    /// The response failed, and people were told.
    Failed,
}

impl CaseStatus {
    /// Whether a later occurrence of the finding opens the case again. It does where the danger is there and nothing
    /// stands against it: after an undo, after a failure, where it was left to people, and where a policy was safe and
    /// is not any more.
    pub fn reopens(self) -> bool {
        matches!(self, Self::Restored | Self::Failed | Self::HandedOver | Self::Remediated | Self::Safe)
    }
}
