//! Trying one state on its own, as TestState does: with what it is to see, with a mock in the place of what it would call,
//! and with notes of what its data was on the way.
//!
//! Source: Step Functions developer guide, "Using TestState API to test a state", and API reference, `InspectionData`.

use super::data::Data;
use super::failure::Failure;
use super::history::EventKind;
use super::thread::{Position, ThreadId, Visit};
use super::turn::{Flow, Turn};
use super::{About, Command, Execution, Status};
use crate::asl::state::MapState;
use crate::asl::{Kind, QueryLanguage, StateId, StateMachine, States, Transition};
use crate::time::to_millisecond;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a state may be tried, in seconds. Source: API reference, `TestState`.
const MOST_SECONDS: u64 = 300;

/// What a state calls itself while it is tried.
pub const STATE_NAME: &str = "StateName";

/// What stands in the place of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Mock {
    /// It ends well, with this result.
    Result(Data),
    /// It fails.
    Failed(Failure),
}

/// What a state is tried with.
#[derive(Debug, Default)]
pub struct Plan {
    /// The states around it, the innermost first: their Retry and Catch see what it does not catch.
    pub parents: Vec<(Arc<States>, StateId)>,
    /// The variables that are there when it is entered.
    pub variables: BTreeMap<String, Value>,
    /// The context object, in the place of the one that TestState makes.
    pub context: Option<Value>,
    /// What stands in the place of its call.
    pub mock: Option<Mock>,
    /// How often the retrier that takes the error has been used.
    pub retries: u64,
    /// How many iterations of a Map have failed.
    pub failed_iterations: Option<u64>,
    /// What stands in the dataset of a distributed Map.
    pub dataset: Option<String>,
    /// Whether the role is known.
    pub has_role: bool,
}

/// What is known of a state that is being tried.
#[derive(Default)]
pub(super) struct Trial {
    plan: Plan,
    notes: RefCell<Map<String, Value>>,
    next: Option<String>,
    ending: Option<Ending>,
}

/// How a state ended whose error somebody took.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// It would be tried again.
    Retriable(Failure),
    /// A Catch took the error.
    Caught(Failure),
}

/// What came of trying a state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tried {
    /// The state that would be next.
    pub next: Option<String>,
    /// Where somebody took its error: who.
    pub ending: Option<Ending>,
    /// `inspectionData`: texts of JSON, and numbers.
    pub notes: Map<String, Value>,
}

impl Execution {
    /// Enters one state, and no other after it.
    pub fn try_state(
        about: About,
        (states, state): (Arc<States>, StateId),
        plan: Plan,
        now: Timestamp,
    ) -> (Self, Vec<Command>) {
        let now = to_millisecond(now);
        let machine = StateMachine { comment: None, timeout_seconds: Some(MOST_SECONDS), states };
        let mut execution = Self::new(about, Arc::new(machine), now, BTreeMap::new());
        execution.trial = Some(Box::new(Trial { plan, ..Trial::default() }));
        let commands = Turn::run(&mut execution, now, |turn| turn.begin_trial(state));
        (execution, commands)
    }

    /// What came of trying it.
    pub fn tried(&self) -> Option<Tried> {
        let trial = self.trial.as_ref()?;
        Some(Tried {
            next: trial.next.clone(),
            ending: trial.ending.clone(),
            notes: trial.notes.borrow().clone(),
        })
    }

    /// The context object of a state that is tried, if it is another than that of an execution.
    pub(super) fn context_of_trial(&self, context: Value, input: &Value) -> Value {
        let Some(trial) = &self.trial else { return context };
        if let Some(given) = &trial.plan.context {
            return given.clone();
        }
        let mut context = context;
        if let Some(execution) = context.pointer_mut("/Execution").and_then(Value::as_object_mut) {
            execution.remove("RedriveCount");
            if !trial.plan.has_role {
                execution.insert("RoleArn".to_owned(), Value::Null);
            }
        }
        if let Some(name) = context.pointer_mut("/State/Name") {
            *name = STATE_NAME.into();
        }
        let is_in_map = trial
            .plan
            .parents
            .iter()
            .any(|(states, parent)| matches!(states.get(*parent).kind, Kind::Map(_)));
        if let (true, Some(context)) = (is_in_map, context.as_object_mut()) {
            context.insert("Map".to_owned(), json!({ "Item": { "Index": 0, "Value": input } }));
        }
        context
    }
}

impl Turn<'_> {
    fn begin_trial(&mut self, state: StateId) {
        let (states, input) = (Arc::clone(&self.ex.machine.states), self.ex.input.clone());
        let root = self.spawn(None, states, None);
        let variables = self.ex.trial.as_mut().map(|trial| std::mem::take(&mut trial.plan.variables));
        if let (Some(thread), Some(variables)) = (self.ex.threads.get_mut(&root), variables) {
            thread.variables = variables.into_iter().collect::<serde_json::Map<_, _>>().into();
        }
        let started = EventKind::execution_started(&self.ex.about.input, &self.ex.about.role_arn);
        self.record(root, started);
        self.note("input", || input.text().to_owned().into());
        self.drive(root, Flow::Enter(state, input));
        self.note_variables();
    }

    /// Notes something of a state that is tried.
    pub(super) fn note(&self, name: &str, value: impl FnOnce() -> Value) {
        if let Some(trial) = &self.ex.trial {
            trial.notes.borrow_mut().insert(name.to_owned(), value());
        }
    }

    /// The same of data, in a state of this language.
    pub(super) fn note_data(&self, id: ThreadId, language: QueryLanguage, name: &str, data: &Data) {
        if self.visit(id).is_some_and(|visit| visit.of().language == language) {
            self.note(name, || data.text().to_owned().into());
        }
    }

    fn note_error(&self, name: &str, index: impl Into<Value>) {
        if let Some(trial) = &self.ex.trial {
            let mut notes = trial.notes.borrow_mut();
            let details = notes.entry("errorDetails").or_insert_with(|| json!({}));
            if let Some(details) = details.as_object_mut() {
                details.insert(name.to_owned(), index.into());
            }
        }
    }

    fn note_variables(&self) {
        if let Some(thread) = self.ex.threads.get(&ThreadId::ROOT)
            && !thread.variables.is_empty()
        {
            self.note("variables", || {
                json!(thread.variables.iter().collect::<BTreeMap<_, _>>()).to_string().into()
            });
        }
    }

    /// How often a retrier has been used before the state was entered.
    pub(super) fn retries_before(&self) -> u64 {
        self.ex.trial.as_ref().map_or(0, |trial| trial.plan.retries)
    }

    /// A retrier takes the error: it says how long it waits, or that it has been used too often.
    pub(super) fn note_retrier(&mut self, index: usize, wait: Option<u64>, failure: &Failure) {
        self.note_error("retryIndex", index);
        if let Some(milliseconds) = wait {
            self.note_error("retryBackoffIntervalSeconds", milliseconds / 1000);
            self.note_ending(Ending::Retriable(failure.clone()));
        }
    }

    /// A Catch takes the error.
    pub(super) fn note_catcher(&mut self, index: usize, failure: &Failure) {
        self.note_error("catchIndex", index);
        self.note_ending(Ending::Caught(failure.clone()));
    }

    fn note_ending(&mut self, ending: Ending) {
        if let Some(trial) = &mut self.ex.trial {
            trial.ending = Some(ending);
        }
    }

    /// Where a state that is tried would lead. It is the end of the trial.
    pub(super) fn left(&mut self, states: &States, then: Transition, output: &Data) -> bool {
        if self.ex.trial.is_none() {
            return false;
        }
        self.note_variables();
        if let (Some(trial), Transition::Next(next)) = (&mut self.ex.trial, then) {
            trial.next = Some(states.get(next).name.clone());
        }
        self.end(Status::Succeeded(output.clone()));
        true
    }

    /// The failure of a state that is tried goes up to the state around it, if there is one.
    pub(super) fn failed_in_trial(&mut self, id: ThreadId, failure: &Failure) -> Option<Flow> {
        let parents = &mut self.ex.trial.as_mut()?.plan.parents;
        if parents.is_empty() {
            return None;
        }
        let (states, parent) = parents.remove(0);
        let (input, place, now) = (self.input(id), (self.last(id), self.last(id)), self.now);
        let thread = self.ex.threads.get_mut(&id)?;
        thread.states = Arc::clone(&states);
        thread.visit = Some(Visit::new(states, parent, input, place, now));
        thread.position = Position::Moving;
        Some(self.fail_state(id, failure.clone()))
    }

    pub(super) fn is_trial(&self) -> bool {
        self.ex.trial.is_some()
    }

    /// The mock, for whoever would make the call. It is there once.
    pub(super) fn mock(&mut self) -> Option<Mock> {
        self.ex.trial.as_mut()?.plan.mock.take()
    }

    /// What the reader of a distributed Map is to read.
    pub(super) fn dataset(&self) -> Option<&str> {
        self.ex.trial.as_ref()?.plan.dataset.as_deref()
    }

    /// The error of a Map of which more iterations have failed than may.
    pub(super) fn too_many_failed(
        &self,
        map: &MapState,
        items: usize,
        (count, percentage): (Option<u64>, Option<f64>),
    ) -> Option<Failure> {
        let failed = self.ex.trial.as_ref()?.plan.failed_iterations?;
        let share = failed as f64 * 100.0 / items.max(1) as f64;
        let is_too_many = map.tolerated_count.is_some() && count.is_some_and(|most| failed > most)
            || map.tolerated_percentage.is_some() && percentage.is_some_and(|most| share > most);
        is_too_many.then(|| {
            let cause = "The specified tolerated failure threshold was exceeded";
            Failure::new("States.ExceedToleratedFailureThreshold", cause)
        })
    }
}
