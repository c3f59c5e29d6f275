use crate::TaskError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A task: a small Lambda function that does one thing for a workflow.
///
/// A step of a kind (`look`, `change`, ...) is a task of its own for each kind. The IAM statements, the settings and
/// the summary of a task are declared beside its code, in the package `tasks`.
pub trait Task {
    /// The name of the kind, if the task is a step of one.
    const KIND: Option<&'static str> = None;
    /// The name of the task, such as `open-case`, or of the step, such as `look`.
    const NAME: &'static str;
    /// What it does to the account.
    const NATURE: Nature;
    /// How long one invocation may take, in seconds.
    const TIMEOUT_SECONDS: u32;
    /// The type of the workflow's `Payload`.
    type Input: DeserializeOwned + Serialize;
    /// The type of the result.
    type Output: DeserializeOwned + Serialize;
    /// The errors. The names of the variants are the strings that `ErrorEquals` may say.
    type Error: TaskError;

    /// The handler name, which is also the function's name: `open-case`, or `iam-policy-look` for a step.
    fn name() -> String {
        match Self::KIND {
            None => Self::NAME.to_owned(),
            Some(kind) => format!("{kind}-{}", Self::NAME),
        }
    }

    /// The placeholder by which a definition refers to it, without the `${}`: `OpenCase`, or `Look` for a step.
    fn placeholder() -> String {
        pascal_case(Self::NAME)
    }
}

/// What a task does to the account. The laws in `tests/laws/` are stated over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Nature {
    /// It reads, and changes nothing but the case's own records.
    Look,
    /// It tells people, or writes to the finding.
    Tell,
    /// It asks a person and hands out a task token.
    Ask,
    /// It changes the target.
    Act,
    /// It takes a change back.
    Undo,
}

impl Nature {
    /// Whether such a task changes the target of a finding.
    pub fn acts(self) -> bool {
        matches!(self, Self::Act | Self::Undo)
    }
}

/// `check-guardrails` as `CheckGuardrails`.
pub fn pascal_case(name: &str) -> String {
    name.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_placeholder_is_the_name_in_pascal_case() {
        assert_eq!(super::pascal_case("set-workflow-status"), "SetWorkflowStatus");
        assert_eq!(super::pascal_case("notify"), "Notify");
    }
}
