use crate::{Nature, Setting, Statement, Task, TaskError, placeholder, tasks};
use serde::Serialize;
use serde_json::Value;

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
    /// How much memory it has, in MiB.
    #[serde(rename = "memoryMiB")]
    pub memory_mib: u32,
    /// The environment variables that it requires.
    pub environment: &'static [&'static str],
    /// The environment variables that it reads where they are set.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub settings: &'static [Setting],
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
            memory_mib: T::MEMORY_MIB,
            environment: T::ENVIRONMENT,
            settings: T::SETTINGS,
            iam: T::IAM,
            errors: T::Error::NAMES,
        }
    }
}

/// Every task, in the order in which a response uses them.
pub fn manifest() -> Vec<Manifest> {
    declarations().into_iter().map(|declaration| declaration.manifest).collect()
}

/// A task with its types as functions: what checks a workflow's payloads, whatever the task.
pub struct Declaration {
    /// What the manifest says.
    pub manifest: Manifest,
    /// What the task understands of a payload; the error says where it is not what the task takes. What is in the payload
    /// and not in the answer the task would not see.
    pub takes: fn(Value) -> Result<Value, serde_json::Error>,
    /// What is understood of a value that the task is to give.
    pub gives: fn(Value) -> Result<Value, serde_json::Error>,
}

impl Declaration {
    fn of<T: Task>() -> Self {
        Self {
            manifest: Manifest::of::<T>(),
            takes: |payload| serde_json::from_value::<T::Input>(payload).and_then(serde_json::to_value),
            gives: |value| serde_json::from_value::<T::Output>(value).and_then(serde_json::to_value),
        }
    }
}

/// Every task, in the order in which a response uses them.
pub fn declarations() -> Vec<Declaration> {
    vec![
        Declaration::of::<tasks::OpenCase>(),
        Declaration::of::<tasks::EnrichFinding>(),
        Declaration::of::<tasks::PlanRemediation>(),
        Declaration::of::<tasks::UpdateFinding>(),
        Declaration::of::<tasks::Notify>(),
        Declaration::of::<tasks::CheckGuardrails>(),
        Declaration::of::<tasks::RequestApproval>(),
        Declaration::of::<tasks::AnswerApproval>(),
        Declaration::of::<tasks::SnapshotRole>(),
        Declaration::of::<tasks::ContainRole>(),
        Declaration::of::<tasks::VerifyContainment>(),
        Declaration::of::<tasks::SnapshotPolicy>(),
        Declaration::of::<tasks::RemediatePolicy>(),
        Declaration::of::<tasks::VerifyRemediation>(),
        Declaration::of::<tasks::SetWorkflowStatus>(),
        Declaration::of::<tasks::RestoreRole>(),
        Declaration::of::<tasks::RestorePolicy>(),
        Declaration::of::<tasks::CloseCase>(),
    ]
}
