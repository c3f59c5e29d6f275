//! The library's syntax tree, as something to go through.

use jsonata_core::ast::{AstNode, Stage};

/// What a node is directly made of.
pub(super) fn children(node: &AstNode) -> Vec<&AstNode> {
    match node {
        AstNode::Path { steps } => steps
            .iter()
            .flat_map(|step| {
                let filters = step.stages.iter().filter_map(|stage| match stage {
                    Stage::Filter(filter) => Some(&**filter),
                    Stage::KeepArray | Stage::Index(_) => None,
                });
                std::iter::once(&step.node).chain(filters)
            })
            .collect(),
        AstNode::Binary { lhs, rhs, .. } => vec![lhs, rhs],
        AstNode::Unary { operand: inner, .. }
        | AstNode::Lambda { body: inner, .. }
        | AstNode::FunctionApplication(inner) => vec![inner],
        AstNode::Function { args, .. } => args.iter().collect(),
        AstNode::Call { procedure, args } => std::iter::once(&**procedure).chain(args).collect(),
        AstNode::Array(items) | AstNode::ArrayGroup(items) | AstNode::Block(items) => items.iter().collect(),
        AstNode::Object(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        AstNode::ObjectTransform { input, pattern } => {
            let pairs = pattern.iter().flat_map(|(key, value)| [key, value]);
            std::iter::once(&**input).chain(pairs).collect()
        }
        AstNode::Conditional { condition, then_branch, else_branch } => {
            [&**condition, then_branch].into_iter().chain(else_branch.as_deref()).collect()
        }
        AstNode::Sort { input, terms } => {
            std::iter::once(&**input).chain(terms.iter().map(|(term, _)| term)).collect()
        }
        AstNode::Transform { location, update, delete } => {
            [&**location, update].into_iter().chain(delete.as_deref()).collect()
        }
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => Vec::new(),
    }
}

/// The node, made of what `each` makes of its parts.
pub(super) fn with_children(node: AstNode, each: &mut dyn FnMut(AstNode) -> AstNode) -> AstNode {
    match node {
        AstNode::Path { mut steps } => {
            for step in &mut steps {
                replace(&mut step.node, each);
                for stage in &mut step.stages {
                    if let Stage::Filter(filter) = stage {
                        replace(filter, each);
                    }
                }
            }
            AstNode::Path { steps }
        }
        AstNode::Binary { op, mut lhs, mut rhs } => {
            replace(&mut lhs, each);
            replace(&mut rhs, each);
            AstNode::Binary { op, lhs, rhs }
        }
        AstNode::Unary { op, mut operand } => {
            replace(&mut operand, each);
            AstNode::Unary { op, operand }
        }
        AstNode::Lambda { params, mut body, signature, thunk } => {
            replace(&mut body, each);
            AstNode::Lambda { params, body, signature, thunk }
        }
        AstNode::FunctionApplication(mut inner) => {
            replace(&mut inner, each);
            AstNode::FunctionApplication(inner)
        }
        AstNode::Function { name, args, is_builtin } => {
            AstNode::Function { name, args: args.into_iter().map(each).collect(), is_builtin }
        }
        AstNode::Call { mut procedure, args } => {
            replace(&mut procedure, each);
            AstNode::Call { procedure, args: args.into_iter().map(each).collect() }
        }
        AstNode::Array(items) => AstNode::Array(items.into_iter().map(each).collect()),
        AstNode::ArrayGroup(items) => AstNode::ArrayGroup(items.into_iter().map(each).collect()),
        AstNode::Block(items) => AstNode::Block(items.into_iter().map(each).collect()),
        AstNode::Object(pairs) => AstNode::Object(both(pairs, each)),
        AstNode::ObjectTransform { mut input, pattern } => {
            replace(&mut input, each);
            AstNode::ObjectTransform { input, pattern: both(pattern, each) }
        }
        AstNode::Conditional { mut condition, mut then_branch, mut else_branch } => {
            replace(&mut condition, each);
            replace(&mut then_branch, each);
            if let Some(branch) = &mut else_branch {
                replace(branch, each);
            }
            AstNode::Conditional { condition, then_branch, else_branch }
        }
        AstNode::Sort { mut input, terms } => {
            replace(&mut input, each);
            let terms = terms.into_iter().map(|(term, ascending)| (each(term), ascending)).collect();
            AstNode::Sort { input, terms }
        }
        AstNode::Transform { mut location, mut update, mut delete } => {
            replace(&mut location, each);
            replace(&mut update, each);
            if let Some(delete) = &mut delete {
                replace(delete, each);
            }
            AstNode::Transform { location, update, delete }
        }
        leaf => leaf,
    }
}

fn replace(node: &mut AstNode, each: &mut dyn FnMut(AstNode) -> AstNode) {
    let taken = std::mem::replace(node, AstNode::Undefined);
    *node = each(taken);
}

fn both(pairs: Vec<(AstNode, AstNode)>, each: &mut dyn FnMut(AstNode) -> AstNode) -> Vec<(AstNode, AstNode)> {
    pairs
        .into_iter()
        .map(|(key, value)| {
            let key = each(key);
            (key, each(value))
        })
        .collect()
}
