//! `close-case`: records how the case ended, so that a recurrence is treated correctly.

use crate::error::task_error;
use crate::{CaseStatus, Finding, Nature, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `close-case`.
pub struct CloseCase;

impl Task for CloseCase {
    const NAME: &'static str = "close-case";
    const NATURE: Nature = Nature::Look;
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// The input of `close-case`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding.
    pub finding: Finding,
    /// The ARN of the execution.
    pub execution: String,
    /// How the case ended.
    pub status: CaseStatus,
    /// How many events had arrived before the last look, as the output of `open-case` or of an earlier `close-case` gives it.
    /// Without it, later events do not keep the case open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<u64>,
}

/// The output of `close-case`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// How the case ended.
    pub status: CaseStatus,
    /// How many events have arrived in the case.
    pub occurrences: u64,
    /// Whether the case stays open, because an event arrived that the last look may not have seen: look again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

task_error! {
    /// Another execution has the case now.
    NotOurCase {
        /// The case.
        case_id: String,
        /// The ARN of the execution that has it, or `none`.
        owner: String,
    } => "the case `{case_id}` is not this execution's: `{owner}` has it",
    /// Another event of the finding was added at the same moment. Retried.
    CaseContended {
        /// The case.
        case_id: String,
    } => "an event was added to the case `{case_id}` at the same moment",
}
