//! `check-guardrails`: decides on the live target, at the last moment, whether the change may be made.

use crate::error::task_error;
use crate::{Changing, Finding, Nature, Task};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// The step of a kind.
pub struct CheckGuardrails<K>(PhantomData<K>);

impl<K: Changing> Task for CheckGuardrails<K> {
    const KIND: Option<&'static str> = Some(K::NAME);
    const NAME: &'static str = "check-guardrails";
    const NATURE: Nature = Nature::Look;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = Input<K::Target>;
    type Output = Verdict;
    type Error = Error;
}

/// The input of `check-guardrails`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input<T> {
    /// The case.
    pub case_id: String,
    /// The finding.
    pub finding: Finding<T>,
    /// Whether the change follows. Only changes that follow are counted.
    pub follows: Follows,
    /// Whether the retries are used up: a change that must not wait for the case table goes on without it.
    #[serde(default)]
    pub last_try: bool,
    /// Whether the case could not be opened with the case table either.
    #[serde(default)]
    pub unopened: bool,
}

/// Whether a change follows the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Follows {
    /// It does not: the verdict is for people.
    Never,
    /// It does if no guardrail speaks.
    IfClear,
    /// It does: a person has approved it.
    Approved,
}

/// The output of `check-guardrails`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verdict {
    /// The decision: the strictest of all guardrails.
    pub decision: Ruling,
    /// One reason for each guardrail that spoke. `Proceed` has none.
    pub reasons: Vec<Reason>,
}

/// The decision of a guardrail, from the mildest to the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ruling {
    /// The change may be made.
    Proceed,
    /// A person may allow it.
    AskFirst,
    /// The workflow must not make it, whoever allows it.
    HandOver,
}

/// A guardrail that spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reason {
    /// The guardrail's name, such as `exempt`.
    pub guardrail: String,
    /// The reason in one sentence.
    pub message: String,
}

task_error! {
    /// Too many executions count their change at the same moment. Retried.
    BreakerContended {
        /// How often the count was tried.
        rounds: usize,
    } => "other cases were counted at the same moment, {rounds} times",
}
