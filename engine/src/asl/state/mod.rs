//! One file per state type: what it is made of, and how it is read.

#![expect(missing_docs, reason = "each module is named for the state type that it holds")]

pub mod choice;
pub mod condition;
pub mod distributed;
pub mod fail;
pub mod item_reader;
pub(crate) mod label;
pub mod map;
pub mod outcome;
pub mod parallel;
mod parameters;
pub mod pass;
pub mod ranges;
pub mod resource;
pub mod succeed;
pub mod task;
pub mod wait;

use super::fields::{Fields, Problems};
use super::machine::{Scope, StateId, query_language};
use super::problem::{Problem, Rule};
use super::query::QueryLanguage;
use super::source::Select;
use super::template::Template;
use serde_json::Value;

pub use choice::Choice;
pub use distributed::Distributed;
pub use fail::Fail;
pub use map::MapState;
pub use outcome::{Outcome, Output, Selection};
pub use parallel::Parallel;
pub use pass::Pass;
pub use resource::{Integration, Pattern, Resource};
pub use succeed::Succeed;
pub use task::Task;
pub use wait::Wait;

/// A state.
#[derive(Debug)]
pub struct State {
    /// Its name, which no other state of the machine has.
    pub name: String,
    /// Its comment.
    pub comment: Option<String>,
    /// The language of its data.
    pub language: QueryLanguage,
    /// What it takes from its input (`InputPath`). In JSONata it takes the whole.
    pub input_path: Select,
    /// What it does.
    pub kind: Kind,
}

/// What a state does.
#[derive(Debug)]
pub enum Kind {
    /// Calls something and waits for its answer.
    Task(Box<Task>),
    /// Passes on, or makes, data.
    Pass(Pass),
    /// Chooses where to go.
    Choice(Choice),
    /// Waits for a time.
    Wait(Wait),
    /// Runs branches at the same time.
    Parallel(Box<Parallel>),
    /// Runs its processor for each item.
    Map(Box<MapState>),
    /// Ends well.
    Succeed(Succeed),
    /// Ends badly.
    Fail(Fail),
}

impl Kind {
    /// The type as the language writes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Task(_) => "Task",
            Self::Pass(_) => "Pass",
            Self::Choice(_) => "Choice",
            Self::Wait(_) => "Wait",
            Self::Parallel(_) => "Parallel",
            Self::Map(_) => "Map",
            Self::Succeed(_) => "Succeed",
            Self::Fail(_) => "Fail",
        }
    }
}

/// Where a state leads. Both at once, or neither, is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// To another state.
    Next(StateId),
    /// To the end of the machine, the branch or the iteration.
    End,
}

pub(super) fn read(
    name: &str,
    value: &Value,
    pointer: &str,
    problems: &Problems,
    scope: &Scope,
) -> Option<State> {
    let language = QueryLanguage::read(value.get("QueryLanguage")).unwrap_or(scope.language);
    let fields = Fields::of(value, pointer, problems, language)?;
    let comment = fields.string("Comment").map(str::to_owned);
    if (language, scope.language) == (QueryLanguage::Jsonpath, QueryLanguage::Jsonata) {
        // AWS says no more of the fields of such a state that are not its language's.
        fields.ignore_language();
        problems.add(
            Rule::QueryLanguage,
            pointer,
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        );
    } else {
        fields.check_language();
    }
    query_language(&fields);
    let kind = match fields.require("Type")?.as_str() {
        Some("Task") => Task::read(&fields, scope).map(|task| Kind::Task(Box::new(task))),
        Some("Pass") => Pass::read(&fields, scope).map(Kind::Pass),
        Some("Choice") => Choice::read(&fields, scope).map(Kind::Choice),
        Some("Wait") => Wait::read(&fields, scope).map(Kind::Wait),
        Some("Parallel") => Parallel::read(&fields, scope).map(|parallel| Kind::Parallel(Box::new(parallel))),
        Some("Map") => MapState::read(&fields, scope).map(|map| Kind::Map(Box::new(map))),
        Some("Succeed") => Some(Kind::Succeed(Succeed::read(&fields))),
        Some("Fail") => Some(Kind::Fail(Fail::read(&fields))),
        _ => {
            problems.add(
                Rule::Value,
                fields.at("Type"),
                "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
            );
            // What belongs to a state of unknown type cannot be said.
            return None;
        }
    };
    let input_path = match (language, value.get("Type").and_then(Value::as_str)) {
        (QueryLanguage::Jsonata, _) | (_, Some("Fail")) => Select::Whole,
        (QueryLanguage::Jsonpath, _) => Select::read(&fields, "InputPath"),
    };
    fields.finish();
    Some(State { name: name.to_owned(), comment, language, input_path, kind: kind? })
}

/// What something is called with: `Arguments` in JSONata, `Parameters` in JSONPath.
fn arguments(fields: &Fields) -> Option<Template> {
    match fields.language {
        QueryLanguage::Jsonata => Template::field(fields, "Arguments"),
        QueryLanguage::Jsonpath => Template::field(fields, "Parameters"),
    }
}

/// `Next` or `End`, exactly one of them.
fn transition(fields: &Fields, scope: &Scope) -> Option<Transition> {
    let end = fields.flag("End");
    let next = fields.get("Next").is_some();
    match (next, end) {
        (true, false) => scope.target(fields, "Next").map(Transition::Next),
        (false, true) => Some(Transition::End),
        (true, true) => {
            fields.exactly_one(&["Next", "End"]);
            scope.target(fields, "Next");
            None
        }
        (false, false) => {
            // `"End": false` is as good as none.
            let message = "This object should have only one of the following fields: [Next, End]";
            let problem = Problem::error(Rule::MissingField, fields.pointer.clone(), message);
            fields.problems.push(problem.hint("a state needs `Next` or `\"End\": true`"));
            None
        }
    }
}
