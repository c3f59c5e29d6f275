use super::{Outcome, Transition, transition};
use crate::asl::fields::Fields;
use crate::asl::machine::Scope;
use crate::asl::query::QueryLanguage;
use crate::asl::template::Template;
use serde_json::Value;

/// A Pass state: its input, or what it makes, goes on.
#[derive(Debug)]
pub struct Pass {
    /// What stands for its input (`Parameters`).
    pub parameters: Option<Template>,
    /// What stands for a result (`Result`), as it is written.
    pub result: Option<Value>,
    /// What it assigns and gives.
    pub outcome: Outcome,
    /// Where it leads.
    pub then: Transition,
}

impl Pass {
    pub(super) fn read(fields: &Fields, scope: &Scope) -> Option<Self> {
        let (parameters, result) = match fields.language {
            QueryLanguage::Jsonpath => (Template::field(fields, "Parameters"), fields.get("Result").cloned()),
            QueryLanguage::Jsonata => (None, None),
        };
        let outcome = Outcome::of_pass(fields);
        Some(Self { parameters, result, outcome, then: transition(fields, scope)? })
    }
}
