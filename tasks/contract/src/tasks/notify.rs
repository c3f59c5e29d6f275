//! `notify`: people hear what was found, what is done, and how to take it back.

use crate::error::task_error;
use crate::iam::{CASE_TABLE, keys};
use crate::tasks::check_guardrails::Reason;
use crate::{
    Contained, Context, Finding, Mode, Nature, Plan, PolicyBefore, Recorded, Remediated, Statement, Task,
};
use serde::{Deserialize, Serialize};

/// The declaration of `notify`.
pub struct Notify;

impl Task for Notify {
    const NAME: &'static str = "notify";
    const SUMMARY: &'static str = "Tells people through SNS, once per message.";
    const NATURE: Nature = Nature::Tell;
    const IAM: &'static [Statement] = &[
        Statement::allow(&["sns:Publish"], &["${Topic}"], "Sends the message to the security team's topic."),
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Remembers what was sent, so that a retried task does not send it twice.",
        )
        .when(keys!("sent#*")),
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE", "TOPIC_ARN", "EXECUTION_LINK"];
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// What `notify` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case. Only an event that could not be read has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_id: Option<String>,
    /// The ARN of the execution, which the message links to.
    pub execution: String,
    /// What to tell.
    pub message: Message,
    /// The finding, as far as it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// Its context, as far as it was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What would be changed, where the finding is about a policy and that was worked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

/// What people are told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Message {
    /// Something was found. What will happen follows from the mode.
    Opened {
        /// How far the workflow may go.
        mode: Mode,
    },
    /// What would be changed, in mode `plan`.
    Planned {
        /// What the guardrails say of it.
        reasons: Vec<Reason>,
    },
    /// There is no danger, or not any more. Nothing was changed.
    Safe {
        /// Why.
        reason: String,
    },
    /// The case is with people now.
    HandedOver {
        /// Why the workflow may not act.
        reasons: Vec<Reason>,
    },
    /// Nobody answered in time, and nothing was changed.
    NotAnswered {
        /// How long the question stood, in seconds.
        waited_seconds: u64,
    },
    /// Somebody said no, and nothing was changed.
    Denied {
        /// Who, when and why, as the answer says it.
        answer: String,
    },
    /// The role is contained, and it was verified.
    Contained {
        /// The containment.
        contained: Contained,
        /// How long the undo is on offer, in seconds.
        undo_seconds: u64,
    },
    /// The policy is put right, and it was verified.
    Remediated {
        /// The remediation.
        remediated: Remediated,
        /// How long the undo is on offer, in seconds.
        undo_seconds: u64,
    },
    /// The dangerous policy had been put back, and was put right again.
    PutBack {
        /// The remediation.
        remediated: Remediated,
        /// How often it has been put right again.
        round: u64,
    },
    /// The containment had been taken off, and was put again.
    FoughtBack {
        /// The containment.
        contained: Contained,
        /// How often it has been put again.
        round: u64,
    },
    /// The finding could not be updated. Everything else goes on.
    NotWrittenBack {
        /// What Security Hub said.
        trouble: Trouble,
    },
    /// The undo could not be offered. The change stays.
    UndoNotOffered {
        /// What happened.
        trouble: Trouble,
        /// What was there before.
        before: Recorded,
    },
    /// What was changed is as it was before.
    Restored {
        /// Who asked for it.
        by: String,
        /// Why.
        reason: String,
        /// What was there before.
        before: Recorded,
        /// What else changed on it since then, a sentence each. It was left alone.
        changed_meanwhile: Vec<String>,
        /// What IAM cannot give back as it was, a sentence each.
        #[serde(default)]
        not_as_before: Vec<String>,
    },
    /// The role stays contained.
    Kept {
        /// Why: the window has passed, or somebody said so.
        reason: String,
        /// The containment.
        contained: Contained,
    },
    /// The policy stays put right.
    StaysRemediated {
        /// Why: the window has passed, or somebody said so.
        reason: String,
        /// What was there before.
        before: Box<PolicyBefore>,
    },
    /// The undo failed. A person must finish it.
    UndoFailed {
        /// What happened.
        trouble: Trouble,
        /// What was there before.
        before: Recorded,
    },
    /// The response failed.
    Failed {
        /// What happened.
        trouble: Trouble,
        /// What was there before, where something may have been changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Recorded>,
    },
}

impl Message {
    /// Which message it is: an execution sends each of them once, `FoughtBack` and `PutBack` once per round, and
    /// `Failed` once per thing that failed.
    pub fn key(&self) -> String {
        match self {
            Self::Opened { .. } => "opened".to_owned(),
            Self::Planned { .. } => "planned".to_owned(),
            Self::Safe { .. } => "safe".to_owned(),
            Self::HandedOver { .. } => "handed-over".to_owned(),
            Self::NotAnswered { .. } => "not-answered".to_owned(),
            Self::Denied { .. } => "denied".to_owned(),
            Self::Contained { .. } => "contained".to_owned(),
            Self::Remediated { .. } => "remediated".to_owned(),
            Self::PutBack { round, .. } => format!("put-back-{round}"),
            Self::FoughtBack { round, .. } => format!("fought-back-{round}"),
            Self::NotWrittenBack { .. } => "not-written-back".to_owned(),
            Self::UndoNotOffered { .. } => "undo-not-offered".to_owned(),
            Self::Restored { .. } => "restored".to_owned(),
            Self::Kept { .. } => "kept".to_owned(),
            Self::StaysRemediated { .. } => "stays-remediated".to_owned(),
            Self::UndoFailed { .. } => "undo-failed".to_owned(),
            Self::Failed { trouble, .. } => format!("failed-{}", trouble.name),
        }
    }
}

/// What went wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trouble {
    /// The name that the execution fails with, such as `ContainmentFailed`.
    pub name: String,
    /// The state that failed.
    pub state: String,
    /// The error that it failed with.
    pub error: String,
    /// The error's cause.
    pub cause: String,
}

/// What `notify` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// The id that SNS gave the message.
    pub message_id: String,
    /// The subject that was sent.
    pub subject: String,
    /// Whether it had been sent before, by an earlier try of this task.
    pub repeated: bool,
}

task_error! {}
