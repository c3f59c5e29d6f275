//! What an expression reads from outside: variables, functions, and fields of `$states`.

use super::Expr;
use super::tree::children;
use super::values::assigned;
use jsonata_core::ast::{AstNode, PathStep};
use std::collections::BTreeSet;

/// The functions of the language, and those that AWS adds. `$eval` is not there: AWS has taken it away.
const FUNCTIONS: &[&str] = &[
    "abs",
    "append",
    "assert",
    "average",
    "base64decode",
    "base64encode",
    "boolean",
    "ceil",
    "contains",
    "count",
    "decodeUrl",
    "decodeUrlComponent",
    "distinct",
    "each",
    "encodeUrl",
    "encodeUrlComponent",
    "error",
    "exists",
    "filter",
    "floor",
    "formatBase",
    "formatInteger",
    "formatNumber",
    "fromMillis",
    "hash",
    "join",
    "keys",
    "length",
    "lookup",
    "lowercase",
    "map",
    "match",
    "max",
    "merge",
    "millis",
    "min",
    "not",
    "now",
    "number",
    "pad",
    "parse",
    "parseInteger",
    "partition",
    "power",
    "random",
    "range",
    "reduce",
    "replace",
    "reverse",
    "round",
    "shuffle",
    "sift",
    "single",
    "sort",
    "split",
    "spread",
    "sqrt",
    "string",
    "substring",
    "substringAfter",
    "substringBefore",
    "sum",
    "toMillis",
    "trim",
    "type",
    "uppercase",
    "uuid",
    "zip",
];

/// What an expression reads from outside.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    /// The variables that it does not make itself, without `$`.
    pub(crate) variables: BTreeSet<String>,
    /// Those of which it asks whether they are there.
    pub(crate) asked_for: BTreeSet<String>,
    /// The functions that it calls, and that are neither its own nor anybody's.
    pub(crate) functions: BTreeSet<String>,
    /// The fields of `$states`, each as the names that lead to it; no names are the whole.
    pub(crate) states: BTreeSet<Vec<String>>,
}

impl Expr {
    /// What it reads. A name that it gives a meaning of its own somewhere counts as its own everywhere, and so does one of
    /// which it asks whether it is there, so that nothing is said of an expression that is merely unusual.
    pub(crate) fn reads(&self) -> Reads {
        let mut own = assigned(&self.ast);
        let asked_for = asked_for(&self.ast).into_iter().filter(|name| is_foreign(name, &own)).collect();
        let mut reads = Reads { asked_for, ..Reads::default() };
        own.extend(reads.asked_for.iter().cloned());
        let mut to_do = vec![&self.ast];
        while let Some(node) = to_do.pop() {
            match node {
                AstNode::Path { steps } if is_states(steps.first()) => {
                    reads.states.insert(names(steps));
                    // Its first step is `$states` itself, which is not all that is read.
                    to_do.extend(children(node).into_iter().skip(1));
                    continue;
                }
                AstNode::Variable(name) if name == "states" => {
                    reads.states.insert(Vec::new());
                }
                AstNode::Variable(name) if is_foreign(name, &own) && !FUNCTIONS.contains(&name.as_str()) => {
                    reads.variables.insert(name.clone());
                }
                AstNode::Function { name, is_builtin: true, .. }
                    if is_foreign(name, &own) && !FUNCTIONS.contains(&name.as_str()) =>
                {
                    reads.functions.insert(name.clone());
                }
                _ => {}
            }
            to_do.extend(children(node));
        }
        reads
    }
}

/// Whether a name comes from outside: `$` is the context item, and names with `!` are put there by ourselves.
fn is_foreign(name: &str, own: &std::collections::HashSet<String>) -> bool {
    !name.is_empty() && !name.contains('!') && !own.contains(name)
}

/// The names of which `$exists` is asked.
fn asked_for(node: &AstNode) -> Vec<String> {
    let (mut names, mut to_do) = (Vec::new(), vec![node]);
    while let Some(node) = to_do.pop() {
        match node {
            AstNode::Function { name, args, .. } if name == "exists" => {
                names.extend(args.iter().filter_map(variable).map(str::to_owned));
            }
            _ => {}
        }
        to_do.extend(children(node));
    }
    names
}

/// The variable that is read first, if one is.
fn variable(node: &AstNode) -> Option<&str> {
    match node {
        AstNode::Variable(name) if name != "states" => Some(name),
        AstNode::Path { steps } => variable(&steps.first()?.node),
        _ => None,
    }
}

fn is_states(step: Option<&PathStep>) -> bool {
    step.is_some_and(|step| matches!(&step.node, AstNode::Variable(name) if name == "states"))
}

/// The names that follow `$states`, up to the first step that is something else.
fn names(steps: &[PathStep]) -> Vec<String> {
    let names = steps.iter().skip(1).map_while(|step| match &step.node {
        AstNode::Name(name) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_comes_from_outside_is_known() {
        for (text, variables, functions, states) in [
            ("$x + $y.z[0]", &["x", "y"][..], &[][..], &[][..]),
            ("$states.input.a & $states.context.Task.Token", &[], &[], &["context.Task.Token", "input.a"]),
            ("$merge([$states, $states.input])", &[], &[], &["", "input"]),
            ("$states.input[$.a = $limit].b", &["limit"], &[], &["input.b"]),
            (
                "($local := 1; $map($list, function($v, $i) { $v + $local + $outer }))",
                &["list", "outer"],
                &[],
                &[],
            ),
            ("$states.input.items@$item#$n.{ 'a': $item, 'n': $n }", &[], &[], &["input.items"]),
            ("$map($states.input, $uppercase)", &[], &[], &["input"]),
            ("$states.input.$parse($)", &[], &[], &["input"]),
            ("$eval('1') + $size([])", &[], &["eval", "size"], &[]),
            ("($f := function($a) { $a }; $f(1))", &[], &[], &[]),
            ("$x ~> $string() ~> $trimm", &["trimm", "x"], &[], &[]),
            ("$sum($) & $uuid() & $hash('a', 'b')", &[], &[], &[]),
            ("'$no' & \"$no\"", &[], &[], &[]),
            ("$states.*", &[], &[], &[""]),
            ("$exists($x) and $exists($y.z) ? $x & $y.z & $w", &["w"], &[], &[]),
        ] {
            let reads = Expr::parse(text).unwrap().reads();
            let found: Vec<String> = reads.states.iter().map(|names| names.join(".")).collect();
            assert_eq!(reads.variables, set(variables), "{text}");
            assert_eq!(reads.functions, set(functions), "{text}");
            assert_eq!(found, states, "{text}");
        }
    }
}
