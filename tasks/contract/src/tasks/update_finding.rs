//! `update-finding`: writes the context back to the finding in Security Hub, where analysts look.

use crate::error::task_error;
use crate::{Context, Finding, Nature, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `update-finding`.
pub struct UpdateFinding;

impl Task for UpdateFinding {
    const NAME: &'static str = "update-finding";
    const NATURE: Nature = Nature::Tell;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// The input of `update-finding`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The finding.
    pub finding: Finding,
    /// The context, if there is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// The note, in one or two sentences. It is cut at 512 characters.
    pub note: String,
}

/// The output of `update-finding`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// The note as it was written.
    pub note: String,
    /// How many user-defined fields the finding has now.
    pub fields: usize,
}

task_error! {
    /// Security Hub does not have the finding, or not yet: it may lag five minutes behind GuardDuty.
    FindingNotFound {
        /// The ARN of the finding.
        arn: String,
    } => "Security Hub does not have the finding `{arn}`, or not yet",
    /// Somebody else wrote to the finding at the same moment. Retried.
    ConcurrentUpdate {
        /// The ARN of the finding.
        arn: String,
    } => "somebody else wrote to the finding `{arn}` at the same moment",
    /// Security Hub took the call and refused the finding. A retry does not help.
    FindingRejected {
        /// The ARN of the finding.
        arn: String,
        /// The code of Security Hub.
        code: String,
        /// The message of Security Hub.
        message: String,
    } => "Security Hub refused the update of `{arn}`: `{code}`: {message}",
    /// Security Hub is not enabled in this account and region.
    HubNotEnabled {
        /// The answer of Security Hub.
        why: String,
    } => "Security Hub is not enabled here: {why}",
}
