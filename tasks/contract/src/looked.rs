use crate::Target;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The result of a look at the live resource: what is known, and what to do about it. A look changes nothing, and it
/// is no verdict: the guardrails look again at the last moment.
///
/// `T` is the kind's target and `C` its change; tasks that serve all kinds leave both as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Looked<T = Value, C = Value> {
    /// The danger, in one sentence.
    pub found: String,
    /// Each danger in one sentence, the worst first.
    pub dangers: Vec<String>,
    /// The dangers that the call of the event brought and that are gone by now. They are among `dangers` as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<String>,
    /// The finding's target, resolved: a target that the event names by a unique id has its ARN here.
    pub target: Target<T>,
    /// Facts for people.
    pub context: Context,
    /// What to do.
    pub plan: Plan<C>,
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome")]
pub enum Plan<C = Value> {
    /// There is a danger, and a change that removes it.
    Change(Box<Proposal<C>>),
    /// There is no danger, or it is gone.
    Nothing {
        /// Why, in one sentence.
        why: String,
    },
    /// The response cannot judge or change it: a person must.
    ForPeople {
        /// Why, in one sentence.
        why: String,
    },
}

/// A change that removes a danger, and everything that a person needs to decide about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal<C = Value> {
    /// Why it is needed, in one sentence.
    pub why: String,
    /// The change itself.
    pub change: C,
    /// The effect of the change, in one or two sentences.
    pub effect: String,
    /// The difference of the documents as a unified diff, bounded and safe to show; empty if no document changes.
    pub diff: String,
    /// The question that asks for approval, such as `Shall everything be denied to the role web?`
    pub question: String,
    /// Who would notice the change.
    pub hits: Vec<Fact>,
}

/// Facts about the target and its surroundings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Context {
    /// The value of the target's tag `environment`, `env` or `stage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The value of the target's tag `owner` or `team`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Rows for people.
    pub facts: Vec<Fact>,
    /// User-defined fields that are written back to the finding in Security Hub, by key.
    pub fields: BTreeMap<String, String>,
}

/// A row for people: a name and a value. Both are plain text on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fact {
    /// A short name, such as `Instance`.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Fact {
    /// A row.
    pub fn new(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), value: value.into() }
    }
}
