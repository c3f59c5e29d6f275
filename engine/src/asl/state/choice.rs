use super::Outcome;
use super::condition::{Test, selects};
use crate::asl::fields::Fields;
use crate::asl::machine::{Scope, StateId};
use crate::asl::problem::{Problem, Rule as ProblemRule};
use crate::asl::query::QueryLanguage;
use crate::asl::template::{NO_EXPRESSION, expression};
use crate::jsonata::Expr;
use serde_json::Value;

/// A Choice state: the first rule whose condition is true, or else the default.
#[derive(Debug)]
pub struct Choice {
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Where it goes when no rule applies.
    pub default: Option<StateId>,
    /// What it assigns and gives when no rule applies.
    pub outcome: Outcome,
}

/// One rule of a Choice.
#[derive(Debug)]
pub struct Rule {
    /// When it applies.
    pub condition: Condition,
    /// What it assigns and gives.
    pub outcome: Outcome,
    /// Where it leads.
    pub next: StateId,
}

/// When a rule applies.
#[derive(Debug)]
pub enum Condition {
    /// Always or never.
    Fixed(bool),
    /// When the expression gives `true`.
    Expr(Expr),
    /// When the comparison holds.
    Test(Test),
}

impl Choice {
    pub(super) fn read(fields: &Fields, scope: &Scope) -> Option<Self> {
        let items = fields.array("Choices");
        fields.filled("Choices", items);
        let outcome = Outcome::of_input(fields);
        let rules: Vec<Option<Rule>> = items
            .iter()
            .enumerate()
            .map(|(n, item)| {
                let entry = fields.inner(item, &format!("{}/{n}", fields.at("Choices")))?;
                let condition = match fields.language {
                    QueryLanguage::Jsonata => condition(&entry),
                    QueryLanguage::Jsonpath => Test::read(&entry).map(Condition::Test),
                };

                let rule_outcome = Outcome::of_rule(&entry, n, &outcome);
                let next = scope.target(&entry, "Next");
                entry.get("Comment");
                entry.finish();
                Some(Rule { condition: condition?, outcome: rule_outcome, next: next? })
            })
            .collect();
        let default = match fields.get("Default") {
            None => None,
            Some(_) => Some(scope.target(fields, "Default")?),
        };
        Some(Self { rules: rules.into_iter().collect::<Option<_>>()?, default, outcome })
    }
}

fn condition(entry: &Fields) -> Option<Condition> {
    selects(entry);
    match entry.get("Condition")? {
        Value::Bool(fixed) => Some(Condition::Fixed(*fixed)),
        Value::String(text) => {
            let expr = expression(text, &entry.at("Condition"), entry.problems);
            if expr.is_none() && !text.starts_with("{%") && !text.ends_with("%}") {
                let problem = ProblemRule::Value;
                let problem = Problem::error(problem, entry.at("Condition"), NO_EXPRESSION);
                entry.problems.push(problem.hint(format!("`Condition` is `{text}`")));
            }
            expr.map(Condition::Expr)
        }
        other => {
            entry.wrong("Condition", "a JSONata expression, `true` or `false`", other);
            None
        }
    }
}
