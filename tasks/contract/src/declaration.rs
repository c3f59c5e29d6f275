use crate::{Nature, Task, TaskError, kinds, steps, tasks};
use serde_json::Value;

/// A task with its types as functions, so that a definition's payloads can be checked whatever the task.
pub struct Declaration {
    /// The handler name, which is also the function's name.
    pub name: String,
    /// The placeholder by which a definition refers to it, without the `${}`.
    pub placeholder: String,
    /// The name of the kind, if the task is a step of one.
    pub kind: Option<&'static str>,
    /// The name of the step, if it is one.
    pub step: Option<&'static str>,
    /// What it does to the account.
    pub nature: Nature,
    /// How long one invocation may take, in seconds.
    pub timeout_seconds: u32,
    /// The errors that it returns.
    pub errors: &'static [&'static str],
    /// Reads a payload as the task does and gives back what was understood; the error says where it is not what the
    /// task takes.
    pub takes: fn(Value) -> Result<Value, serde_json::Error>,
    /// The same for the task's result.
    pub gives: fn(Value) -> Result<Value, serde_json::Error>,
}

impl Declaration {
    fn of<T: Task>() -> Self {
        Self {
            name: T::name(),
            placeholder: T::placeholder(),
            kind: T::KIND,
            step: T::KIND.map(|_| T::NAME),
            nature: T::NATURE,
            timeout_seconds: T::TIMEOUT_SECONDS,
            errors: T::Error::NAMES,
            takes: |payload| serde_json::from_value::<T::Input>(payload).and_then(serde_json::to_value),
            gives: |value| serde_json::from_value::<T::Output>(value).and_then(serde_json::to_value),
        }
    }
}

/// Every task: the common ones, then the steps of each kind.
pub fn declarations() -> Vec<Declaration> {
    let mut all = vec![
        Declaration::of::<tasks::OpenCase>(),
        Declaration::of::<tasks::UpdateFinding>(),
        Declaration::of::<tasks::Notify>(),
        Declaration::of::<tasks::RequestApproval>(),
        Declaration::of::<tasks::AnswerApproval>(),
        Declaration::of::<tasks::SetWorkflowStatus>(),
        Declaration::of::<tasks::CloseCase>(),
    ];
    macro_rules! looking {
        ($($kind:ident)*) => { $( all.push(Declaration::of::<steps::Look<kinds::$kind>>()); )* };
    }
    macro_rules! changing {
        ($($kind:ident)*) => { $( all.extend([
            Declaration::of::<steps::Look<kinds::$kind>>(),
            Declaration::of::<steps::CheckGuardrails<kinds::$kind>>(),
            Declaration::of::<steps::Record<kinds::$kind>>(),
            Declaration::of::<steps::Change<kinds::$kind>>(),
            Declaration::of::<steps::Verify<kinds::$kind>>(),
            Declaration::of::<steps::Restore<kinds::$kind>>(),
        ]); )* };
    }
    crate::for_each_changing_kind!(changing);
    crate::for_each_looking_kind!(looking);
    all
}
