use crate::steps::check_guardrails::Reason;
use crate::{CaseStatus, Changed, Mode, Recorded, Restored};
use serde::{Deserialize, Serialize};

/// A message to people. The words that differ from kind to kind come from `Looked` and `Recorded`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Message {
    /// Something was found. The mode and the plan decide what happens next.
    Opened {
        /// How far the workflow may go.
        mode: Mode,
    },
    /// What would be changed, in mode `plan`.
    Planned {
        /// The guardrails that spoke.
        reasons: Vec<Reason>,
    },
    /// There is no danger, or it is gone. Nothing was changed.
    Nothing,
    /// People have the case now.
    HandedOver {
        /// Why the workflow may not act.
        reasons: Vec<Reason>,
    },
    /// Nobody answered in time, and nothing was changed.
    NotAnswered {
        /// How long the question was open, in seconds.
        waited_seconds: u64,
    },
    /// A person said no, and nothing was changed.
    Denied {
        /// Who decided, when and why, in one sentence.
        answer: String,
    },
    /// The change was made and verified.
    Changed {
        /// The change that was made.
        changed: Changed,
        /// The record of the target before the change.
        recorded: Box<Recorded>,
        /// How long the undo is on offer, in seconds.
        undo_seconds: u64,
        /// The failure of the step that makes the change, if it is not known whether that step made it.
        #[serde(default)]
        trouble: Option<Trouble>,
    },
    /// Somebody had reverted the change, and it was made again.
    ChangedAgain {
        /// The change that was made.
        changed: Changed,
        /// The record of the target before the change.
        recorded: Box<Recorded>,
        /// How often it has been made again.
        round: u64,
        /// The failure of the step that makes it again, if that failed. Whether the change holds is verified next.
        #[serde(default)]
        trouble: Option<Trouble>,
    },
    /// The change does not hold while the undo is on offer, or that is not known, and it was not made again.
    Lost {
        /// What was found.
        trouble: Trouble,
        /// The record of the target before the change.
        recorded: Box<Recorded>,
        /// How many such messages the execution has sent, with this one.
        number: u64,
    },
    /// The finding could not be updated. Everything else goes on.
    NotWrittenBack {
        /// The answer of Security Hub.
        trouble: Trouble,
    },
    /// The undo could not be offered. The change stays.
    UndoNotOffered {
        /// What failed.
        trouble: Trouble,
        /// The record of the target before the change.
        recorded: Box<Recorded>,
    },
    /// The change was taken back.
    Restored {
        /// Who asked for it.
        by: String,
        /// Why.
        reason: String,
        /// The record of the target before the change.
        recorded: Box<Recorded>,
        /// The result of the undo.
        restored: Restored,
    },
    /// The change stays.
    Kept {
        /// Why: the window has passed, or a person said so.
        reason: String,
        /// The record of the target before the change.
        recorded: Box<Recorded>,
    },
    /// The finding was reported again some time after its case had ended.
    GoesOn {
        /// How the case ended.
        ended: CaseStatus,
        /// How many events have arrived in it.
        occurrences: u64,
        /// The record of the target before the change, if it was changed. The change was verified just now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recorded: Option<Box<Recorded>>,
    },
    /// An event joined the case of another execution, and people do not know what it brought.
    Joined {
        /// Whether a question about the case is open.
        asked: bool,
    },
    /// The undo failed. A person must finish it.
    UndoFailed {
        /// What failed.
        trouble: Trouble,
        /// The record of the target before the change.
        recorded: Box<Recorded>,
        /// How often the undo was refused before, if it is offered again.
        #[serde(default)]
        refused: u32,
    },
    /// The response failed.
    Failed {
        /// What failed.
        trouble: Trouble,
        /// The record of the target, if something may have been changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recorded: Option<Box<Recorded>>,
    },
}

impl Message {
    /// The key under which a sent message is remembered. An execution sends each message once, `ChangedAgain` and `UndoFailed` once per
    /// round, `Lost` once per number, and `Failed` once per thing that failed.
    pub fn key(&self) -> String {
        match self {
            Self::ChangedAgain { round, .. } => format!("changed-again-{round}"),
            Self::Failed { trouble, .. } => format!("failed-{}", trouble.name),
            Self::Lost { number, .. } => format!("lost-{number}"),
            Self::Opened { .. } => "opened".to_owned(),
            Self::Planned { .. } => "planned".to_owned(),
            Self::Nothing => "nothing".to_owned(),
            Self::HandedOver { .. } => "handed-over".to_owned(),
            Self::NotAnswered { .. } => "not-answered".to_owned(),
            Self::Denied { .. } => "denied".to_owned(),
            Self::Changed { .. } => "changed".to_owned(),
            Self::NotWrittenBack { .. } => "not-written-back".to_owned(),
            Self::UndoNotOffered { .. } => "undo-not-offered".to_owned(),
            Self::Restored { .. } => "restored".to_owned(),
            Self::Kept { .. } => "kept".to_owned(),
            Self::GoesOn { .. } => "goes-on".to_owned(),
            Self::Joined { .. } => "joined".to_owned(),
            Self::UndoFailed { refused, .. } => format!("undo-failed-{refused}"),
        }
    }
}

/// What went wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trouble {
    /// The error with which the execution fails, such as `ChangeFailed`.
    pub name: String,
    /// The state that failed.
    pub state: String,
    /// The error of that state.
    pub error: String,
    /// The cause of that error.
    pub cause: String,
}
