//! What is dangerous in a policy, and why: what the rest of the program sees of the judgement.

use super::Known;
use super::document::Document;
use super::knowledge::knowledge;
use super::matching::Effort;
use super::request::Witness;
use super::table::BrokenTable;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How bad a danger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// It should be looked at.
    Medium,
    /// It leads to other people's permissions in a few steps.
    High,
    /// It is all permissions, or leads to them in one step.
    Critical,
}

impl Severity {
    /// How bad it is where a condition narrows it. What was medium is no danger then.
    pub(super) fn narrowed(self) -> Option<Self> {
        match self {
            Self::Critical => Some(Self::High),
            Self::High => Some(Self::Medium),
            Self::Medium => None,
        }
    }
}

/// Something that a policy allows and should not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Danger {
    /// How bad it is.
    pub severity: Severity,
    /// What it is: a stable id in kebab case.
    pub kind: String,
    /// What in the document grants it.
    pub grants: Vec<Grant>,
    /// Where it takes several actions together: which. To take one of them away is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Why it is dangerous, in a sentence for an engineer.
    pub why: String,
    /// The proof: requests that the document allows, and should not.
    pub witness: Witness,
}

/// A piece of a document that grants what is dangerous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    /// The index of its statement.
    pub statement: usize,
    /// Its place in the document, as a JSON pointer.
    pub pointer: String,
    /// What is written there: an action, a principal, or the list of what is excepted.
    pub written: String,
    /// The dangerous actions that it stands for, the first few of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// How many more it stands for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
}

// Serde passes a reference.
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Danger {
    /// The indexes of the statements that grant it.
    pub fn statements(&self) -> BTreeSet<usize> {
        self.grants.iter().map(|grant| grant.statement).collect()
    }
}

/// Why a document was not judged. People must look at it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unjudged {
    /// It is made so that it would take too long.
    #[error("it is too large, or too tangled, to be judged")]
    TooLarge,
    /// A built-in table cannot be read. [`tables`](super::tables()) says so at the start of the program.
    #[error("the analyser itself is broken ({0})")]
    Broken(#[from] BrokenTable),
}

/// The dangers of a policy of an identity, customer-managed or inline: the worst first.
///
/// # Errors
/// Where the document cannot be judged.
pub fn identity(document: &Document, known: &Known) -> Result<Vec<Danger>, Unjudged> {
    identity_within(document, known, &Effort::default())
}

/// The same, with what is left of an effort.
///
/// # Errors
/// Where the document cannot be judged.
pub fn identity_within(document: &Document, known: &Known, effort: &Effort) -> Result<Vec<Danger>, Unjudged> {
    super::identity::dangers(document, known, knowledge()?, effort).map(sorted)
}

/// The dangers of a role's trust policy: the worst first.
///
/// # Errors
/// Where the document cannot be judged.
pub fn trust(document: &Document, known: &Known) -> Result<Vec<Danger>, Unjudged> {
    trust_within(document, known, &Effort::default())
}

/// The same, with what is left of an effort.
///
/// # Errors
/// Where the document cannot be judged.
pub fn trust_within(document: &Document, known: &Known, effort: &Effort) -> Result<Vec<Danger>, Unjudged> {
    super::trust::dangers(document, known, knowledge()?, effort).map(sorted)
}

fn sorted(mut dangers: Vec<Danger>) -> Vec<Danger> {
    dangers.sort_by_key(|danger| std::cmp::Reverse(danger.severity));
    dangers
}
