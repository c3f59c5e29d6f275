use crate::{Nature, Statement, Task, TaskError, placeholder, tasks};
use serde::Serialize;

/// What `tasks/manifest.json` says of one task. It is generated from the declarations, and a test compares the two.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The binary and the function.
    pub name: &'static str,
    /// How a workflow refers to it, without the `${}`.
    pub placeholder: String,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What kind of thing it does.
    pub nature: Nature,
    /// How long one invocation may take, in seconds.
    pub timeout_seconds: u32,
    /// The environment variables that it requires.
    pub environment: &'static [&'static str],
    /// What its role may do.
    pub iam: &'static [Statement],
    /// The errors that it returns.
    pub errors: &'static [&'static str],
}

impl Manifest {
    fn of<T: Task>() -> Self {
        Self {
            name: T::NAME,
            placeholder: placeholder(T::NAME),
            summary: T::SUMMARY,
            nature: T::NATURE,
            timeout_seconds: T::TIMEOUT_SECONDS,
            environment: T::ENVIRONMENT,
            iam: T::IAM,
            errors: T::Error::NAMES,
        }
    }
}

/// Every task, in the order in which a response uses them.
pub fn manifest() -> Vec<Manifest> {
    vec![
        Manifest::of::<tasks::OpenCase>(),
        Manifest::of::<tasks::EnrichFinding>(),
        Manifest::of::<tasks::UpdateFinding>(),
        Manifest::of::<tasks::Notify>(),
        Manifest::of::<tasks::CheckGuardrails>(),
        Manifest::of::<tasks::RequestApproval>(),
        Manifest::of::<tasks::AnswerApproval>(),
        Manifest::of::<tasks::SnapshotRole>(),
        Manifest::of::<tasks::ContainRole>(),
        Manifest::of::<tasks::VerifyContainment>(),
        Manifest::of::<tasks::SetWorkflowStatus>(),
        Manifest::of::<tasks::RestoreRole>(),
        Manifest::of::<tasks::CloseCase>(),
    ]
}
