use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The target as it was before anything was changed, and the change for which it was recorded.
///
/// Only `record` makes one, and writes it to the case table. `change`, `verify` and `restore` take it and compare it
/// with the table, so none of them can act on anything that was not recorded. `C` and `W` are the kind's own types;
/// tasks that serve all kinds leave them as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recorded<C = Value, W = Value> {
    /// The case that it belongs to.
    pub case_id: String,
    /// The account of the target.
    pub account: String,
    /// The name of the kind.
    pub kind: String,
    /// A noun phrase for people, such as `the role web`.
    pub what: String,
    /// The change that is to be made.
    pub change: C,
    /// Everything that an undo needs.
    pub was: W,
    /// Sentences for the messages that follow the change.
    pub words: Words,
    /// When it was recorded, RFC 3339.
    pub taken_at: String,
}

/// The sentences with which messages speak of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Words {
    /// The past participle that titles use: `contained`.
    pub done: String,
    /// The state after the change: `Everything is denied to the role web.`
    pub changed: String,
    /// The state if nobody takes the change back: `The role web stays contained.`
    pub stays: String,
    /// What the undo does: `It removes the policy x and nothing else, and checks that it is gone.`
    pub undo: String,
    /// The commands that take the change back by hand.
    pub by_hand: Vec<String>,
}

/// A change that was made and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Changed {
    /// What was done, in one or two sentences.
    pub what: String,
    /// When it was read back, RFC 3339.
    pub applied_at: String,
}

/// A change that was taken back and read back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Restored {
    /// Whether this call took it back; false if it had been taken back before.
    pub restored: bool,
    /// What others changed since it was recorded, one sentence each. It is left alone.
    pub changed_meanwhile: Vec<String>,
    /// What AWS cannot give back as it was, one sentence each.
    pub not_as_before: Vec<String>,
    /// What belongs to other cases and is left alone: one sentence or command each.
    pub left_alone: Vec<String>,
}
