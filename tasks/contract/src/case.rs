use serde::{Deserialize, Serialize};

/// How far a workflow may go on its own, from the least to the furthest. The rule that starts an execution sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Look, and tell people.
    Enrich,
    /// Tell people what would be changed as well.
    Plan,
    /// Ask before the change.
    Approve,
    /// Make the change, and offer the undo.
    Auto,
}

/// The state of a case. The first event of a finding opens its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaseStatus {
    /// An execution is working on it.
    Open,
    /// People were told what was found. Nothing was to be changed.
    Enriched,
    /// People were told what would be changed.
    Planned,
    /// The change was made and stays.
    Changed,
    /// There was no danger, or it was gone.
    NothingToDo,
    /// The change was taken back.
    Restored,
    /// A person decided against the change.
    Denied,
    /// People have taken over.
    HandedOver,
    /// The response failed, and people were told.
    Failed,
}
