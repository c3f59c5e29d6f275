//! A bound on memory that the library does not have.
//!
//! AWS refuses a value that holds more than a few megabytes. The library bounds the length of sequences, but not that
//! of texts, and a text that is doubled forty times takes the engine with it. So whatever makes texts is rewritten
//! before it is evaluated: `a & b` becomes `$held!(a' & b')`, where `held!` is a function that no expression can name.
//! Arguments are looked at as well, since an array that holds another one twice, forty times over, takes no room before
//! it becomes a text. The ends of a range are looked at too: the library counts what is between them in 64 bits, and
//! does not see that they overflow.

use super::tree::with_children;
use jsonata_core::ast::{AstNode, BinaryOp};
use jsonata_core::value::with_stack;

/// Gives its argument, if it does not hold too much.
pub(super) const HELD: &str = "held!";
/// Gives its argument, if it is no number that is too great for the width of a text.
pub(super) const WIDTH: &str = "width!";
/// Gives its first argument, if replacing in it does not make too much.
pub(super) const PRODUCT: &str = "product!";

/// Gives its argument, and of a number that is too great to count to the greatest that is not.
pub(super) const END: &str = "end!";

/// The greatest end of a range: two of them are so far from each other that 64 bits hold it.
pub(super) const FURTHEST: f64 = (1_i64 << 61) as f64;

/// What the arguments of `$replace` are called while they are looked at.
const REPLACED: [&str; 3] = ["replaced!1", "replaced!2", "replaced!3"];

/// The same expression, bounded.
pub(super) fn bounded(node: AstNode) -> AstNode {
    with_stack(|| match node {
        AstNode::Binary { op: BinaryOp::ChainPipe, lhs, rhs } => chain(*lhs, *rhs),
        AstNode::Binary { op: BinaryOp::Concatenate, lhs, rhs } => held(concatenated(*lhs, *rhs)),
        AstNode::Binary { op: BinaryOp::Range, lhs, rhs } => {
            let [lhs, rhs] = [*lhs, *rhs].map(|node| Box::new(end(bounded(node))));
            AstNode::Binary { op: BinaryOp::Range, lhs, rhs }
        }
        AstNode::Function { name, args, is_builtin } => {
            function(name, args.into_iter().map(bounded).collect(), is_builtin)
        }
        node => with_children(node, &mut bounded),
    })
}

/// Of `a & b & c` every part is looked at, and the whole; what is between them is no longer than the parts together.
fn concatenated(lhs: AstNode, rhs: AstNode) -> AstNode {
    let lhs = match lhs {
        AstNode::Binary { op: BinaryOp::Concatenate, lhs, rhs } => with_stack(|| concatenated(*lhs, *rhs)),
        lhs => checked(bounded(lhs)),
    };
    AstNode::Binary { op: BinaryOp::Concatenate, lhs: Box::new(lhs), rhs: Box::new(checked(bounded(rhs))) }
}

/// What a range begins or ends with.
fn end(node: AstNode) -> AstNode {
    match node {
        AstNode::Number(number) if number.abs() <= FURTHEST => AstNode::Number(number),
        node => call(END, vec![node]),
    }
}

/// `a ~> $replace(b, c)` is `$replace(a, b, c)`; only what is bounded is written so.
fn chain(lhs: AstNode, rhs: AstNode) -> AstNode {
    match rhs {
        AstNode::Function { name, mut args, is_builtin: true }
            if is_bounded(&name) && !args.contains(&AstNode::Placeholder) =>
        {
            args.insert(0, lhs);
            bounded(AstNode::Function { name, args, is_builtin: true })
        }
        rhs => AstNode::Binary {
            op: BinaryOp::ChainPipe,
            lhs: Box::new(bounded(lhs)),
            rhs: Box::new(bounded(rhs)),
        },
    }
}

fn is_bounded(name: &str) -> bool {
    matches!(name, "replace" | "pad" | "join" | "string")
}

fn function(name: String, args: Vec<AstNode>, is_builtin: bool) -> AstNode {
    if !is_builtin || !is_bounded(&name) || args.contains(&AstNode::Placeholder) {
        return AstNode::Function { name, args, is_builtin };
    }
    match (name.as_str(), <[AstNode; 3]>::try_from(args)) {
        ("replace", Ok(three)) => replace(three, None),
        (_, Ok(three)) => plain(name, three.into()),
        ("replace", Err(args)) => match <[AstNode; 4]>::try_from(args) {
            Ok([text, pattern, replacement, limit]) => replace([text, pattern, replacement], Some(limit)),
            Err(args) => plain(name, args),
        },
        (_, Err(args)) => plain(name, args),
    }
}

/// The arguments are looked at, and what comes of them.
fn plain(name: String, args: Vec<AstNode>) -> AstNode {
    let pads = name == "pad";
    let args = args.into_iter().enumerate().map(|(n, arg)| match arg {
        literal @ (AstNode::String(_) | AstNode::Boolean(_) | AstNode::Null) => literal,
        arg if pads && n == 1 => call(WIDTH, vec![arg]),
        AstNode::Number(number) => AstNode::Number(number),
        arg => checked(arg),
    });
    held(AstNode::Function { name, args: args.collect(), is_builtin: true })
}

/// Each argument is evaluated once, looked at together with the others, and then used.
fn replace(args: [AstNode; 3], limit: Option<AstNode>) -> AstNode {
    let variables = REPLACED.map(|name| AstNode::Variable(name.to_owned()));
    let mut block: Vec<AstNode> = variables
        .iter()
        .zip(args)
        .map(|(variable, value)| AstNode::Binary {
            op: BinaryOp::ColonEqual,
            lhs: Box::new(variable.clone()),
            rhs: Box::new(value),
        })
        .collect();
    let [_, pattern, replacement] = variables.clone();
    let mut args = vec![call(PRODUCT, variables.into()), pattern, replacement];
    args.extend(limit);
    block.push(held(AstNode::Function { name: "replace".to_owned(), args, is_builtin: true }));
    AstNode::Block(block)
}

/// What is looked at, unless it is a literal or has been looked at.
fn checked(node: AstNode) -> AstNode {
    match node {
        literal @ (AstNode::String(_) | AstNode::Number(_) | AstNode::Boolean(_) | AstNode::Null) => literal,
        AstNode::Function { name, args, is_builtin } if name == HELD => {
            AstNode::Function { name, args, is_builtin }
        }
        node => held(node),
    }
}

fn held(node: AstNode) -> AstNode {
    call(HELD, vec![node])
}

fn call(name: &str, args: Vec<AstNode>) -> AstNode {
    AstNode::Function { name: name.to_owned(), args, is_builtin: true }
}
