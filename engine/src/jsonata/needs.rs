//! Which variables and which of their fields an expression can read, so that only those are converted for the library.

use super::tree::children;
use jsonata_core::ast::{AstNode, PathStep};
use std::collections::BTreeMap;

/// Every name that stands in an expression behind a `$`, whether it is a variable, a function or its own: with the
/// paths that are read of it, where no names are the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs(BTreeMap<String, Vec<Vec<String>>>);

impl Needs {
    pub(super) fn of(ast: &AstNode) -> Self {
        let mut needs = Self::default();
        let mut to_do = vec![ast];
        while let Some(node) = to_do.pop() {
            let mut below = children(node);
            match node {
                AstNode::Path { steps } => {
                    if let Some((name, path)) = path(steps) {
                        needs.add(name, path);
                        below.remove(0);
                    }
                }
                AstNode::Variable(name) | AstNode::ParentVariable(name) | AstNode::Function { name, .. } => {
                    needs.add(name, Vec::new());
                }
                // `%` leads back to what a path has come through.
                AstNode::Parent(_) => return Self::whole(ast),
                _ => {}
            }
            to_do.extend(below);
        }
        needs
    }

    /// All of whatever is named.
    fn whole(ast: &AstNode) -> Self {
        let mut needs = Self::default();
        let mut to_do = vec![ast];
        while let Some(node) = to_do.pop() {
            if let AstNode::Variable(name) | AstNode::ParentVariable(name) | AstNode::Function { name, .. } =
                node
            {
                needs.add(name, Vec::new());
            }
            to_do.extend(children(node));
        }
        needs
    }

    fn add(&mut self, name: &str, path: Vec<String>) {
        let paths = self.0.entry(name.to_owned()).or_default();
        if !paths.contains(&path) {
            paths.push(path);
        }
    }

    /// Whether the name stands in it.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[Vec<String>])> {
        self.0.iter().map(|(name, paths)| (name.as_str(), paths.as_slice()))
    }
}

/// The variable that a path begins with, and the names that follow. A filter reads what it filters, so nothing behind
/// it counts.
fn path(steps: &[PathStep]) -> Option<(&str, Vec<String>)> {
    let (first, rest) = steps.split_first()?;
    let AstNode::Variable(name) = &first.node else { return None };
    let mut names = Vec::new();
    if is_plain(first) {
        for step in rest {
            let AstNode::Name(name) = &step.node else { break };
            names.push(name.clone());
            if !is_plain(step) {
                break;
            }
        }
    }
    Some((name, names))
}

/// Whether a step does nothing but lead on.
fn is_plain(step: &PathStep) -> bool {
    step.stages.is_empty() && step.focus.is_none() && step.index_var.is_none()
}

#[cfg(test)]
mod tests {
    use super::super::Expr;

    #[test]
    fn what_an_expression_can_read_is_known() {
        for (text, expected) in [
            ("$states.input.a", "states.input.a"),
            ("$states.context.Execution.Name & $x", "held!, states.context.Execution.Name, x"),
            ("$states.input[$.a = $states.context.b].c", "states.context.b, states.input"),
            ("$states[a].input", "states"),
            ("$states.*", "states"),
            ("$states.(input)", "states"),
            ("$states.input.items@$item.name", "states.input.items"),
            ("$states@$all.input.$all.context", "all, states"),
            ("$states.input.a.%.b", "states"),
            ("$merge([$states.input, $states.result.Payload])", "merge, states.input, states.result.Payload"),
            ("$map($x.list, function($v) { $v.a + $y })", "map, v.a, x.list, y"),
            ("$states ~> |input|{'a': 1}|", "states"),
            ("$states.input.a[]", "states.input.a"),
            ("($states := $x; $states.input)", "states, states.input, x"),
            ("$lookup($states, 'input')", "lookup, states"),
            ("1 + 1", ""),
        ] {
            let needs = Expr::parse(text).unwrap().needs;
            let mut found: Vec<String> = needs
                .iter()
                .flat_map(|(name, paths)| {
                    paths.iter().map(move |path| [&[name.to_owned()], &path[..]].concat().join("."))
                })
                .filter(|name| !name.is_empty() && !name.starts_with('.'))
                .collect();
            found.sort();
            assert_eq!(found.join(", "), expected, "{text}");
        }
    }
}
