//! JSONata, behind one function: `Evaluation::of`. Nothing else in the engine knows which library evaluates it.
//!
//! The library's values are not `Send` and stay inside one call. Its clock and its randomness are replaced by the
//! execution's, so that an evaluation can be repeated.

mod convert;
mod functions;

pub(crate) use functions::Chance;

use jiff::Timestamp;
use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorOptions};
use serde_json::Value;

/// The limits of one evaluation. AWS does not publish its own.
const MILLISECONDS: u64 = 5_000;
const DEPTH: usize = 500;
const SEQUENCE: usize = 200_000;

/// An expression that has been parsed.
#[derive(Clone)]
pub struct Expr {
    source: String,
    ast: AstNode,
}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{% {} %}}", self.source)
    }
}

impl Expr {
    /// Parses an expression, without its `{% %}`.
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        let ast = jsonata_core::parser::parse(source).map_err(|error| error.display_message())?;
        Ok(Self { source: source.to_owned(), ast })
    }

    /// The expression as it was written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

/// What expressions can see: `$states`, the variables, and a clock and randomness of their own.
pub(crate) struct Evaluation {
    evaluator: Evaluator,
}

impl Evaluation {
    /// Binds `$states` and the variables.
    pub(crate) fn new<'v>(
        states: Value,
        variables: impl Iterator<Item = (&'v str, &'v Value)>,
        now: Timestamp,
        chance: Chance,
    ) -> Self {
        let mut context = Context::new();
        context.bind("states".to_owned(), convert::to_jsonata(states));
        for (name, value) in variables {
            context.bind(name.to_owned(), convert::to_jsonata(value.clone()));
        }
        let options = EvaluatorOptions {
            timeout_ms: Some(MILLISECONDS),
            max_stack_depth: Some(DEPTH),
            max_sequence_length: Some(SEQUENCE),
            cancel: None,
        };
        let mut evaluator = Evaluator::with_options(context, options);
        functions::register(&mut evaluator, now, chance);
        Self { evaluator }
    }

    /// Evaluates an expression. `None` is JSONata's undefined.
    pub(crate) fn of(&mut self, expr: &Expr) -> Result<Option<Value>, String> {
        // Nothing is bound to `$` at the top: an expression says `$states.input`.
        let nothing = jsonata_core::value::JValue::Undefined;
        let result =
            self.evaluator.evaluate(&expr.ast, &nothing).map_err(|error| error.message().to_owned())?;
        convert::from_jsonata(&result)
    }
}

#[cfg(test)]
mod tests;
