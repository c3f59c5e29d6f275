//! `close-case`: the case says how it ended, so that a recurrence is treated rightly.

use crate::error::task_error;
use crate::iam::{CASE_TABLE, keys};
use crate::{CaseStatus, Finding, Nature, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `close-case`.
pub struct CloseCase;

impl Task for CloseCase {
    const NAME: &'static str = "close-case";
    const SUMMARY: &'static str = "Records how the case ended.";
    const NATURE: Nature = Nature::Look;
    const IAM: &'static [Statement] = &[Statement::allow(
        &["dynamodb:GetItem", "dynamodb:PutItem"],
        CASE_TABLE,
        "Records how the case ended, if it is still this execution's.",
    )
    .when(keys!("finding#*"))];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE"];
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// What `close-case` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding.
    pub finding: Finding,
    /// The ARN of the execution.
    pub execution: String,
    /// How it ended.
    pub status: CaseStatus,
}

/// What `close-case` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// How it ended.
    pub status: CaseStatus,
    /// How many events of the finding there have been.
    pub occurrences: u64,
}

task_error! {
    /// The case belongs to another execution now.
    NotOurCase,
    /// Another event of the finding was added at the same moment. Retry.
    CaseContended,
}
