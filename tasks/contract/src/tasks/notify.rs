//! `notify`: tells people what was found, what is done about it, and how to take it back.

use crate::error::task_error;
use crate::{Finding, Looked, Message, Nature, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `notify`.
pub struct Notify;

impl Task for Notify {
    const NAME: &'static str = "notify";
    const NATURE: Nature = Nature::Tell;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// The input of `notify`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case. Only an event that could not be read has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_id: Option<String>,
    /// The ARN of the execution, to which the message links.
    pub execution: String,
    /// The message.
    pub message: Message,
    /// The finding, if it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// The result of the look, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<Looked>,
}

/// The output of `notify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// The id that SNS gave the message.
    pub message_id: String,
    /// The subject that was sent.
    pub subject: String,
    /// Whether an earlier try of this task had sent it.
    pub repeated: bool,
}

task_error! {}
