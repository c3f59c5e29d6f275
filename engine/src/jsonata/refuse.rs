//! What AWS refuses in an expression that parses. An expression has no context item: everything starts from
//! `$states` or from a variable. So AWS refuses a definition in which a name stands at the top level, and `$$`.
//!
//! Source: measured on AWS and published, `UNSUPPORTED_JSONATA_EXPRESSION` of `CreateStateMachine`.

use super::tree::children;
use jsonata_core::ast::{AstNode, Stage};
use jsonata_core::value::with_stack;
use std::collections::BTreeSet;

/// The first thing that AWS does not support, in its words.
pub(super) fn unsupported(node: &AstNode) -> Option<String> {
    look(node, true)
}

/// `top` says that the context item is the one of the whole expression, which is none.
fn look(node: &AstNode, top: bool) -> Option<String> {
    let one = |node: &AstNode| look(node, top);
    let below = |node: &AstNode| look(node, false);
    with_stack(|| match node {
        AstNode::Name(name) if top => {
            Some(format!("Reference to '{name}' at the top level is not supported."))
        }
        AstNode::ParentVariable(_) => Some("Reference to '$$' is not supported.".to_owned()),
        AstNode::Path { steps } => steps.iter().enumerate().find_map(|(n, step)| {
            look(&step.node, top && n == 0).or_else(|| {
                step.stages.iter().find_map(|stage| match stage {
                    Stage::Filter(filter) => below(filter),
                    Stage::KeepArray | Stage::Index(_) => None,
                })
            })
        }),
        AstNode::Binary { lhs, rhs, .. } => one(lhs).or_else(|| one(rhs)),
        AstNode::Unary { operand, .. } => one(operand),
        AstNode::Function { args, .. } => args.iter().find_map(one),
        AstNode::Call { procedure, args } => one(procedure).or_else(|| args.iter().find_map(one)),
        AstNode::Lambda { body, .. } => one(body),
        AstNode::Array(items) | AstNode::ArrayGroup(items) | AstNode::Block(items) => {
            items.iter().find_map(one)
        }
        AstNode::Object(pairs) => pairs.iter().find_map(|(key, value)| one(key).or_else(|| one(value))),
        AstNode::ObjectTransform { input, pattern } => {
            one(input).or_else(|| pattern.iter().find_map(|(key, value)| below(key).or_else(|| below(value))))
        }
        AstNode::Conditional { condition, then_branch, else_branch } => {
            one(condition).or_else(|| one(then_branch)).or_else(|| else_branch.as_deref().and_then(one))
        }
        AstNode::FunctionApplication(inner) => below(inner),
        AstNode::Sort { input, terms } => {
            one(input).or_else(|| terms.iter().find_map(|(term, _)| below(term)))
        }
        AstNode::Transform { location, update, delete } => {
            below(location).or_else(|| below(update)).or_else(|| delete.as_deref().and_then(below))
        }
        _ => None,
    })
}

/// The function that an expression calls by its name, if it calls no other.
pub(super) fn only_function(node: &AstNode) -> Option<String> {
    let mut names = BTreeSet::new();
    let mut to_do = vec![node];
    while let Some(node) = to_do.pop() {
        if let AstNode::Function { name, .. } = node {
            names.insert(name.as_str());
        }
        to_do.extend(children(node));
    }
    let mut names = names.into_iter();
    names.next().filter(|_| names.next().is_none()).map(str::to_owned)
}
