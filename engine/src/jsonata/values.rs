//! AWS's functions as values: `$map(texts, $parse)`. The library takes functions that are added to it only where they
//! are called, and without the context item, so such a value becomes `function($a){ $parse($a) }`, and a call without
//! its argument gets `$`.

use super::tree::{children, with_children};
use jsonata_core::ast::{AstNode, BinaryOp};
use jsonata_core::value::with_stack;
use std::collections::HashSet;

/// The functions, and how many arguments they take.
const ADDED: [(&str, usize); 10] = [
    ("parse", 1),
    ("hash", 2),
    ("partition", 2),
    ("range", 3),
    ("random", 1),
    ("uuid", 0),
    ("encodeUrl", 1),
    ("encodeUrlComponent", 1),
    ("decodeUrl", 1),
    ("decodeUrlComponent", 1),
];

/// Those that take the context item where they are called without an argument.
const OF_CONTEXT: [&str; 4] = ["encodeUrl", "encodeUrlComponent", "decodeUrl", "decodeUrlComponent"];

/// The same expression, in which they can be passed on.
pub(super) fn callable(node: AstNode) -> AstNode {
    let own = assigned(&node);
    wrapped(node, &own)
}

fn wrapped(node: AstNode, own: &HashSet<String>) -> AstNode {
    match node {
        AstNode::Variable(name) => match ADDED.iter().find(|(added, _)| *added == name) {
            Some((_, takes)) if !own.contains(&name) => {
                let params: Vec<String> = (1..=*takes).map(|n| format!("argument!{n}")).collect();
                let args = params.iter().cloned().map(AstNode::Variable).collect();
                let body = Box::new(AstNode::Function { name, args, is_builtin: true });
                AstNode::Lambda { params, body, signature: None, thunk: false }
            }
            _ => AstNode::Variable(name),
        },
        AstNode::Function { name, args, is_builtin: true }
            if args.is_empty() && OF_CONTEXT.contains(&name.as_str()) && !own.contains(&name) =>
        {
            AstNode::Function { name, args: vec![AstNode::Variable(String::new())], is_builtin: true }
        }
        // What is assigned to is no value.
        AstNode::Binary { op: BinaryOp::ColonEqual, lhs, rhs } => {
            AstNode::Binary { op: BinaryOp::ColonEqual, lhs, rhs: Box::new(wrapped(*rhs, own)) }
        }
        node => with_stack(|| with_children(node, &mut |child| wrapped(child, own))),
    }
}

/// The names that the expression gives a meaning of its own, wherever it does.
pub(super) fn assigned(node: &AstNode) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut to_do = vec![node];
    while let Some(node) = to_do.pop() {
        match node {
            AstNode::Binary { op: BinaryOp::ColonEqual, lhs, .. } => {
                if let AstNode::Variable(name) = &**lhs {
                    names.insert(name.clone());
                }
            }
            AstNode::Lambda { params, .. } => names.extend(params.iter().cloned()),
            AstNode::Path { steps } => {
                names.extend(steps.iter().flat_map(|step| [&step.focus, &step.index_var]).flatten().cloned());
            }
            _ => {}
        }
        to_do.extend(children(node));
    }
    names
}
