//! The steps of a kind, one file each: what they take, give and fail with. Each step of each kind is a function with a
//! role of its own.

pub mod change;
pub mod check_guardrails;
pub mod look;
pub mod record;
pub mod restore;
pub mod verify;

pub use change::Change;
pub use check_guardrails::CheckGuardrails;
pub use look::Look;
pub use record::Record;
pub use restore::Restore;
pub use verify::Verify;

use serde::{Deserialize, Serialize};

/// The input of the steps that work on a record alone: `change`, `verify` and `restore`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnRecord<R> {
    /// The case.
    pub case_id: String,
    /// The record, which must be the one in the case table.
    pub recorded: R,
    /// The person who approved the change or asked for the undo, if somebody did: a protected resource is changed only then,
    /// and an undo that a person asked for is remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// Whether the change was made before and somebody reverted it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Whether the record is in the execution alone, or the retries are used up: a change that must not wait for the case
    /// table is made without it.
    #[serde(default)]
    pub unrecorded: bool,
}
