use crate::{Statement, TaskError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A task: a small Lambda that does one thing for a workflow.
///
/// This one declaration feeds the binary (`tasks::serve`), the check of every workflow against it
/// (`tests/contracts/`), the manifest and the IAM role that the task gets.
pub trait Task {
    /// The name of the binary and of the Lambda function, such as `contain-role`.
    const NAME: &'static str;
    /// What it does, in one sentence.
    const SUMMARY: &'static str;
    /// What kind of thing it does to the account.
    const NATURE: Nature;
    /// All that its role may do, and why.
    const IAM: &'static [Statement];
    /// The environment variables that it reads. Each of them is required.
    const ENVIRONMENT: &'static [&'static str];
    /// The environment variables that it reads where they are set.
    const SETTINGS: &'static [Setting] = &[];
    /// How long one invocation may take, in seconds.
    const TIMEOUT_SECONDS: u32;
    /// How much memory it has, in MiB. Of memory the least, 128, would do: as release binaries, in containments and
    /// remediations, the tasks held 10 to 21 MiB at their peak. But Lambda gives CPU by memory, all of one at 1,769 MiB, and 256
    /// is a seventh of one, twice what the least gets. Source: AWS Lambda, "Configure Lambda function memory".
    const MEMORY_MIB: u32 = 256;
    /// What the workflow's `Payload` must be.
    type Input: DeserializeOwned + Serialize;
    /// What the task returns.
    type Output: DeserializeOwned + Serialize;
    /// How it fails. The names of the variants are what `ErrorEquals` may say.
    type Error: TaskError;
}

/// An environment variable that need not be set.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What is taken where it is not set.
    pub default: &'static str,
    /// What it decides, in a sentence.
    pub meaning: &'static str,
}

/// What a task does to the account. The laws in `tests` are stated over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Nature {
    /// It reads and changes nothing but the case's own records.
    Look,
    /// It tells people, or writes to the finding.
    Tell,
    /// It asks a person and hands out a task token.
    Ask,
    /// It changes the resource.
    Act,
    /// It takes a change back.
    Undo,
}

/// The name by which a workflow refers to a task: `contain-role` is `${ContainRole}`.
pub fn placeholder(name: &str) -> String {
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
        assert_eq!(super::placeholder("set-workflow-status"), "SetWorkflowStatus");
        assert_eq!(super::placeholder("notify"), "Notify");
    }
}
