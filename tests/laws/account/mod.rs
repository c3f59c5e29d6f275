//! An account in memory for the first law: each task is a function on it, as the contract declares it. It is the same for
//! every response; `samples.json` has the values in which they differ.

mod records;
mod target;

use contract::steps::check_guardrails::{Ruling, Verdict};
use contract::{CaseStatus, Declaration, Finding, Source, TaskError};
use records::Records;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use target::TargetModel;
use tests::{Result, Trouble};

/// The result of a call: a value, or the name and the message of an error.
pub(crate) type CallResult = std::result::Result<Value, (String, String)>;

/// How people answer a question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Person {
    #[default]
    Nobody,
    Yes,
    No,
    /// With `SendTaskSuccess` of Step Functions instead of `answer-approval`, and with an output that means nothing.
    YesByHand,
    /// With `SendTaskFailure`.
    NoByHand,
}

/// A change of the target by somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Intrusion {
    /// Reverts the response's change.
    PutBack,
    /// Changes the target into a third state, neither the original one nor that of the response.
    Edit,
    /// Removes the danger.
    Disarm,
    /// Deletes the target and creates another one with its name.
    Recreate,
    /// Deletes the target.
    Delete,
}

impl Intrusion {
    /// All of them.
    pub(crate) const ALL: &[Self] = &[Self::PutBack, Self::Edit, Self::Disarm, Self::Recreate, Self::Delete];
}

/// The state of the target at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Live {
    /// As the finding reports it.
    Dangerous,
    /// No longer dangerous.
    Harmless,
    /// Deleted.
    Gone,
}

/// The state of an account before an execution.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// The output of `open-case`.
    pub(crate) finding: Finding,
    /// `samples.json` of the response.
    pub(crate) samples: &'static Value,
    /// The target.
    pub(crate) live: Live,
    /// The decision of the guardrails.
    pub(crate) ruling: Ruling,
    /// For how many look-ups Security Hub does not have the finding.
    pub(crate) lag: u64,
}

/// The account, and what the law needs to know of it.
pub(crate) struct Account {
    pub(crate) records: Records,
    target: TargetModel,
    /// Whether somebody undid the change after the workflow verified it.
    intruded: bool,
}

/// The declarations of the tasks by function.
static DECLARATIONS: LazyLock<BTreeMap<String, Declaration>> =
    LazyLock::new(|| contract::declarations().into_iter().map(|task| (task.name.clone(), task)).collect());

/// The declaration of a function.
pub(crate) fn declaration(function: &str) -> Option<&'static Declaration> {
    DECLARATIONS.get(function)
}

/// The step of a kind that a function is.
fn step(function: &str) -> Option<&'static str> {
    declaration(function)?.step
}

impl Account {
    pub(crate) fn new(scene: &Scene) -> Self {
        let target = TargetModel::new(scene);
        let records = Records::new(scene.finding.clone(), scene.ruling, scene.lag);
        Self { records, target, intruded: false }
    }

    /// Does the work of a task. A payload that is not of the task's type is an error of the workflow.
    pub(crate) fn task(&mut self, function: &str, payload: Value) -> Result<CallResult> {
        let task = declaration(function);
        let task =
            task.ok_or_else(|| Trouble(format!("the workflow calls `{function}`, which is not a task")))?;
        (task.takes)(payload.clone()).map_err(|error| {
            Trouble(format!("the workflow calls `{function}` with a payload of another type: {error}"))
        })?;
        let result = self.result(function, payload)?;
        if let Ok(value) = &result {
            (task.gives)(value.clone()).map_err(|error| {
                Trouble(format!("the result of `{function}` is of another type: {error}: {value}"))
            })?;
        }
        Ok(result)
    }

    fn result(&mut self, function: &str, payload: Value) -> Result<CallResult> {
        if let Some(result) = self.records.task(function, &payload) {
            return result;
        }
        let Self { records, target, .. } = self;
        match step(function) {
            Some("look") => Ok(Ok(target.look(&payload))),
            Some("check-guardrails") => {
                let verdict: Verdict = records.verdict(target.is_there());
                Ok(Ok(serde_json::to_value(verdict)?))
            }
            Some("record") => answer(payload, |input| target.record(&input)),
            Some("change") => answer(payload, |input| target.change(records, &input)),
            Some("verify") => {
                answer(payload, |input| Ok::<_, contract::steps::verify::Error>(target.verify(&input)))
            }
            Some("restore") => answer(payload, |input| target.restore(records, &input)),
            _ => Err(Trouble(format!(
                "the workflow calls `{function}`; add its effect on the account to tests/laws/account/"
            ))),
        }
    }

    /// The workflow receives this result of a task.
    pub(crate) fn received(&mut self, function: &str, value: &Value) {
        if step(function) == Some("verify") {
            self.records.held = value.get("state").and_then(Value::as_str) == Some("Holds");
            self.intruded &= !self.records.held;
        }
    }

    /// Somebody else does something.
    pub(crate) fn intrude(&mut self, intrusion: Intrusion) {
        self.intruded |= self.target.intrude(intrusion);
    }

    /// Whether the target is as the response's change left it.
    pub(crate) fn is_changed(&self) -> bool {
        self.target.is_changed()
    }

    /// Whether the change was ever made.
    pub(crate) fn was_changed(&self) -> bool {
        self.target.was_changed()
    }

    /// Whether the change was made again, and people do not know that somebody had reverted it.
    pub(crate) fn was_remade_in_silence(&self) -> bool {
        self.target.was_remade() && !self.records.told(&["ChangedAgain", "Lost"])
    }

    /// Whether the response can plan a change: it has a kind with changes, and the finding a resource.
    pub(crate) fn is_changeable(&self) -> bool {
        self.target.is_changeable()
    }

    /// Whether a person knows that the target may be changed.
    pub(crate) fn told_of_change(&self) -> bool {
        self.records.told_of_record()
    }

    /// Whether a person knows that the case ended like this.
    pub(crate) fn told_of_end(&self, end: CaseStatus) -> bool {
        match end {
            CaseStatus::Open | CaseStatus::Failed => false,
            CaseStatus::Enriched => self.records.told(&["Opened"]),
            CaseStatus::Planned => self.records.told(&["Planned"]),
            CaseStatus::Changed => self.records.told(&["Kept"]),
            // Nobody needs to know of a harmless call.
            CaseStatus::NothingToDo => {
                self.records.finding.source == Source::CloudTrail || self.records.told(&["Nothing"])
            }
            CaseStatus::Restored => self.records.told(&["Restored"]),
            CaseStatus::Denied => self.records.told(&["Denied"]),
            CaseStatus::HandedOver => self.records.told(&["HandedOver", "NotAnswered"]),
        }
    }

    /// Whether the account is in the state that this end claims, as far as the workflow can know.
    pub(crate) fn agrees_with(&self, end: CaseStatus) -> bool {
        match end {
            // The workflow cannot see what happens after its last look.
            CaseStatus::Changed => self.is_changed() || self.intruded,
            CaseStatus::Restored => self.records.asked_undo && !self.is_changed(),
            CaseStatus::Enriched
            | CaseStatus::Planned
            | CaseStatus::NothingToDo
            | CaseStatus::Denied
            | CaseStatus::HandedOver => !self.was_changed(),
            CaseStatus::Open | CaseStatus::Failed => true,
        }
    }

    /// Actions that no response may ever take, and that were taken.
    pub(crate) fn trespasses(&self) -> &[String] {
        self.records.trespasses()
    }
}

/// Reads a payload, and writes a result as the executable does.
fn answer<I: DeserializeOwned, O: serde::Serialize, E: TaskError>(
    payload: Value,
    run: impl FnOnce(I) -> std::result::Result<O, E>,
) -> Result<CallResult> {
    Ok(match run(serde_json::from_value(payload)?) {
        Ok(output) => Ok(serde_json::to_value(output)?),
        Err(error) => Err((error.name().to_owned(), error.to_string())),
    })
}
