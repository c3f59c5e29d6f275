use super::{Outcome, Transition, transition};
use crate::asl::fields::Fields;
use crate::asl::handlers::{Catcher, Retrier, catchers, retriers};
use crate::asl::machine::{Scope, States, heads, states};
use crate::asl::template::Template;
use std::sync::Arc;

/// A Parallel state: its branches run at the same time, and it ends when all have, or when one fails.
#[derive(Debug)]
pub struct Parallel {
    /// The branches.
    pub branches: Vec<Arc<States>>,
    /// What each branch gets (`Arguments`, `Parameters`). Without it each gets the state's input.
    pub arguments: Option<Template>,
    /// When it is tried again.
    pub retry: Vec<Retrier>,
    /// Where its errors lead.
    pub catch: Vec<Catcher>,
    /// What it assigns and gives.
    pub outcome: Outcome,
    /// Where it leads.
    pub then: Transition,
}

impl Parallel {
    pub(super) fn read(fields: &Fields, scope: &Scope) -> Option<Self> {
        let items = fields.array("Branches");
        fields.filled("Branches", items);
        let branches: Vec<Option<Arc<States>>> = items
            .iter()
            .enumerate()
            .map(|(n, item)| {
                let at = format!("{}/{n}", fields.at("Branches"));
                let branch = Fields::of(item, &at, fields.problems, scope.language)?;
                let heads = heads(&branch);
                branch.string("Comment");
                branch.finish();
                states(&branch, heads, scope.names, scope.language).map(Arc::new)
            })
            .collect();
        let arguments = super::arguments(fields);
        let (retry, catch) = (retriers(fields), catchers(fields, scope));
        let outcome = Outcome::read(fields);
        let then = transition(fields, scope);
        let branches = branches.into_iter().collect::<Option<_>>()?;
        Some(Self { branches, arguments, retry, catch, outcome, then: then? })
    }
}
