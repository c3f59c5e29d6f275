//! JSONata, behind one function: `Evaluation::of`. Nothing else in the engine knows which library evaluates it.
//!
//! The library's values are not `Send` and stay inside one call. Its clock and its randomness are replaced by the
//! execution's, so that an evaluation can be repeated. Its limits are AWS's, as far as they were measured and
//! published: depth 100, and just under seven megabytes in a value. How long AWS lets an expression run is not known.
//!
//! Sources: Step Functions developer guide, "Transforming data with JSONata in Step Functions"; recordings of AWS;
//! jsonata.js 2.0.6, which the guide names.

mod chance;
mod convert;
mod functions;
mod guard;
mod needs;
mod reads;
mod refuse;
mod tree;
mod urls;
mod values;
mod variables;
mod view;
mod wording;

pub(crate) use chance::Chance;
pub(crate) use reads::Reads;
pub(crate) use variables::{Variables, bytes};
pub(crate) use view::View;

use convert::{Exact, Unfit};
use jiff::Timestamp;
use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorOptions};
use jsonata_core::value::JValue;
use needs::Needs;
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use thiserror::Error;
use view::Entered;

/// How long one expression may take. AWS does not publish its own limit.
const MILLISECONDS: u64 = 5_000;

/// How deep evaluation may be nested. AWS counts literals and names as well, the library does not: 100 there is 99 here.
const DEEPEST: usize = 99;

/// The same for expressions that make texts: `guard` puts up to two levels where there were three.
const DEEPEST_BOUNDED: usize = DEEPEST * 5 / 3;

/// The longest sequence: numbers of eight bytes, up to the limit of memory.
const LONGEST: usize = convert::MEMORY / convert::SCALAR;

/// What is said of an expression that makes the library panic.
const BROKEN: &str =
    "The engine cannot evaluate this expression, which is a defect of the engine: please report it";

/// An expression that has been parsed.
#[derive(Clone)]
pub struct Expr {
    source: String,
    ast: AstNode,
    needs: Needs,
    deepest: usize,
    /// The only built-in function in it, for errors that do not say which one they are about.
    function: Option<String>,
}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{% {} %}}", self.source)
    }
}

/// Why a text is no expression, in AWS's words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ExprError {
    /// AWS's `INVALID_JSONATA_EXPRESSION`: it cannot be parsed.
    #[error("{0}")]
    Invalid(String),
    /// AWS's `UNSUPPORTED_JSONATA_EXPRESSION`: it can be, and Step Functions does not have it.
    #[error("{0}")]
    Unsupported(String),
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EvaluationError {
    /// An error of the language, with its code in front: `T2001: ...`.
    Coded(String),
    /// A limit.
    Limit(&'static str),
}

impl std::fmt::Display for EvaluationError {
    /// How AWS goes on after `... threw an error during evaluation`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Coded(message) => write!(f, ". {message}"),
            Self::Limit(limit) => write!(f, ": {limit}"),
        }
    }
}

impl Expr {
    /// Parses an expression, without its `{% %}`.
    pub(crate) fn parse(source: &str) -> Result<Self, ExprError> {
        let ast = ast(source)?;
        match refuse::unsupported(&ast) {
            Some(why) => Err(ExprError::Unsupported(why)),
            None => Ok(Self::of(source, ast)),
        }
    }

    /// An expression of the language itself, which may begin at an item.
    #[cfg(test)]
    fn parse_all(source: &str) -> Result<Self, ExprError> {
        Ok(Self::of(source, ast(source)?))
    }

    fn of(source: &str, ast: AstNode) -> Self {
        let function = refuse::only_function(&ast);
        let ast = values::callable(ast);
        let bounded = guard::bounded(ast.clone());
        let deepest = if bounded == ast { DEEPEST } else { DEEPEST_BOUNDED };
        let needs = Needs::of(&bounded);
        Self { source: source.to_owned(), ast: bounded, needs, deepest, function }
    }

    /// The expression as it was written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

fn ast(source: &str) -> Result<AstNode, ExprError> {
    match unbroken(|| jsonata_core::parser::parse(source)) {
        Some(parsed) => {
            parsed.map_err(|error| ExprError::Invalid(wording::of_parsing(&error.display_message())))
        }
        None => Err(ExprError::Invalid(BROKEN.to_owned())),
    }
}

/// What the library does, unless it panics: it is young, and one expression must not take an execution's engine with it.
fn unbroken<T>(work: impl FnOnce() -> T) -> Option<T> {
    // Of what is shared with it nothing is left half done: each is changed by one call of a function of ours.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).ok()
}

/// What expressions can see: `$states`, the variables, and a clock and randomness of their own.
pub(crate) struct Evaluation {
    states: View,
    variables: Variables,
    entered: Entered,
    exact: Rc<RefCell<Exact>>,
    now: Timestamp,
    chance: Rc<RefCell<Chance>>,
}

impl Evaluation {
    /// Shows `$states` and the variables.
    pub(crate) fn new(states: View, variables: Variables, now: Timestamp, chance: Chance) -> Self {
        let (exact, chance) = (Rc::default(), Rc::new(RefCell::new(chance)));
        Self { states, variables, entered: Entered::default(), exact, now, chance }
    }

    /// Evaluates an expression. `None` is JSONata's undefined. What it assigns to variables is gone afterwards.
    pub(crate) fn of(&mut self, expr: &Expr) -> Result<Option<Value>, EvaluationError> {
        self.of_within(expr, MILLISECONDS)
    }

    /// The same, with a limit of time of its own.
    pub(crate) fn of_within(
        &mut self,
        expr: &Expr,
        milliseconds: u64,
    ) -> Result<Option<Value>, EvaluationError> {
        // Nothing is bound to `$` at the top: an expression says `$states.input`.
        self.from(expr, milliseconds, &JValue::Undefined)
    }

    /// Evaluates an expression that begins at an item.
    fn from(
        &mut self,
        expr: &Expr,
        milliseconds: u64,
        item: &JValue,
    ) -> Result<Option<Value>, EvaluationError> {
        let options = EvaluatorOptions {
            timeout_ms: Some(milliseconds),
            max_stack_depth: Some(expr.deepest),
            max_sequence_length: Some(LONGEST),
            cancel: None,
        };
        let mut context = Context::new();
        for (name, paths) in expr.needs.iter() {
            let view = match name {
                // No variable takes its place.
                "states" => self.states.clone(),
                name => match self.variables.get(name) {
                    Some(value) => View::from(Arc::clone(value)),
                    None => continue,
                },
            };
            context.bind(name.to_owned(), self.entered.of(name, &view, paths, &mut self.exact.borrow_mut()));
        }
        let mut evaluator = Evaluator::with_options(context, options);
        functions::register(&mut evaluator, &expr.needs, self.now, &self.chance, &self.exact);
        let result = unbroken(|| evaluator.evaluate(&expr.ast, item))
            .ok_or_else(|| EvaluationError::Coded(BROKEN.to_owned()))?
            .map_err(|error| wording::of_evaluation(error.message(), expr.function.as_deref()))?;
        self.exact.borrow().leave(&result).map_err(|unfit| match unfit {
            Unfit::Memory => wording::of_evaluation(functions::OUT_OF_MEMORY, None),
            Unfit::Depth => {
                EvaluationError::Coded("The result is nested more than 120 levels deep".to_owned())
            }
            Unfit::Function => {
                EvaluationError::Coded("The result is a function, which is not JSON".to_owned())
            }
        })
    }
}

#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;
