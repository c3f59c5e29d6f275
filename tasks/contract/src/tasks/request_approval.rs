//! `request-approval`: asks a person, and waits with a task token that never leaves the account.
//!
//! A workflow that reminds people waits with one token until the reminder is due and asks `again` with another. What
//! somebody answers between the two stands on record, and `answer-approval` passes it on with the new token.

use crate::error::task_error;
use crate::iam::{BOUND_TO_A_QUESTION, CASE_TABLE, TOKEN_KEY, TOKEN_KEY_SETTING, keys};
use crate::{Context, Finding, Nature, Question, Setting, Statement, Task};
use serde::{Deserialize, Serialize};

/// The declaration of `request-approval`.
pub struct RequestApproval;

impl Task for RequestApproval {
    const NAME: &'static str = "request-approval";
    const SUMMARY: &'static str =
        "Records a question with its task token, tells people how to answer, and reminds them.";
    const NATURE: Nature = Nature::Ask;
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Keeps the question and its task token under an opaque id.",
        )
        .when(keys!("question#*", "approval#*")),
        Statement::allow(&["kms:Encrypt"], TOKEN_KEY, "Encrypts the task token, and cannot read it again.")
            .when(BOUND_TO_A_QUESTION),
        Statement::allow(
            &["sns:Publish"],
            &["${Topic}"],
            "Sends the question, with the opaque id and never the token.",
        ),
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE", "TOPIC_ARN", "EXECUTION_LINK"];
    const SETTINGS: &'static [Setting] = &[
        TOKEN_KEY_SETTING,
        Setting {
            name: "APPROVAL_URL",
            default: "",
            meaning: "The page on which a question is answered, with `{id}` for its opaque id; empty where there is none.",
        },
        Setting {
            name: "APPROVERS",
            default: "",
            meaning: "Who may answer: patterns of identities, separated by commas; empty is everybody who can prove an identity.",
        },
        Setting {
            name: "APPROVALS_NEEDED",
            default: "1",
            meaning: "How many people must say yes, 1 or 2; one person is enough to say no.",
        },
    ];
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input;
    type Output = Output;
    type Error = Error;
}

/// What `request-approval` takes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The case.
    pub case_id: String,
    /// The ARN of the execution.
    pub execution: String,
    /// The task token. It goes into the case table and nowhere else.
    pub task_token: String,
    /// The question.
    pub question: Question,
    /// How long it stands, in seconds.
    pub seconds: u64,
    /// How long the task token is good for, in seconds: the state's own timeout. If that is before the question expires,
    /// the workflow asks again then, with `again`. Without it, as long as the question stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_seconds: Option<u64>,
    /// Whether it is the question that this execution has asked before, brought back to mind: it keeps its id, its expiry
    /// and what people have said, gets the new token, and people are reminded.
    #[serde(default)]
    pub again: bool,
    /// The finding.
    pub finding: Finding,
    /// Its context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// Who may answer, as patterns of identities, in the place of the setting `APPROVERS`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// How many people must say yes, 1 or 2, in the place of the setting `APPROVALS_NEEDED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<u8>,
    /// Who may not answer, as patterns of identities: whoever caused the event. Sessions of the role that the finding is
    /// about never may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_by: Vec<String>,
}

/// What `request-approval` gives: what stands in the history while the question waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// The opaque id: 128 bits of randomness, in hexadecimal. It names the question; it does not answer it.
    pub approval_id: String,
    /// Which question it is: `contain`, `remediate` or `undo`.
    pub question: String,
    /// When it expires, RFC 3339.
    pub expires_at: String,
}

task_error! {}
