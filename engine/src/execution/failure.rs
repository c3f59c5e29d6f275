use super::data::Data;
use super::history::EventKind;
use super::impossible::Impossible;
use super::thread::ThreadId;
use super::turn::{Flow, Turn};
use crate::asl::{Catcher, ErrorName, ErrorPattern, Kind, Retrier, State};
use crate::execution::thread::Position;
use crate::time::after;
use serde_json::{Value, json};

/// An error that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its name. A Fail state may leave it out.
    pub error: Option<ErrorName>,
    /// What caused it.
    pub cause: Option<String>,
}

impl Failure {
    pub(crate) fn new(error: &str, cause: impl Into<String>) -> Self {
        Self { error: Some(ErrorName::new(error)), cause: Some(cause.into()) }
    }

    /// An execution or a task that took longer than it may.
    pub(crate) fn timeout() -> Self {
        Self { error: Some(ErrorName::Timeout), cause: None }
    }

    /// Whether a Retry or a Catch for these errors takes it. One without a name is taken by the wildcards.
    fn is_among(&self, errors: &[ErrorPattern]) -> bool {
        errors.iter().any(|pattern| match &self.error {
            Some(error) => pattern.matches(error),
            None => pattern.is_wildcard(),
        })
    }

    /// What a Catch sees as `$states.errorOutput`.
    fn output(&self) -> Value {
        let error = self.error.as_ref().map_or("", ErrorName::as_str);
        json!({ "Error": error, "Cause": self.cause.as_deref().unwrap_or_default() })
    }
}

/// A field of a state that could not be evaluated, or that gave the wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BadEvaluation {
    /// An expression of JSONata, which has an event of its own.
    Query {
        /// The field, such as `Output/result`.
        location: Option<String>,
        /// What is wrong with it, without where.
        message: String,
    },
    /// A path, a function, or a value that makes no sense.
    Named {
        /// The error's name.
        error: &'static str,
        /// What is wrong, without where.
        message: String,
    },
}

impl BadEvaluation {
    /// The execution cannot go on.
    pub(super) fn runtime(message: String) -> Self {
        Self::named(RUNTIME, message)
    }

    /// The error's name.
    pub(super) fn error(&self) -> &'static str {
        match self {
            Self::Query { .. } => QUERY_EVALUATION_ERROR,
            Self::Named { error, .. } => error,
        }
    }

    /// What is wrong, without where.
    pub(super) fn message(&self) -> &str {
        match self {
            Self::Query { message, .. } | Self::Named { message, .. } => message,
        }
    }

    /// One of AWS's other errors.
    pub(super) fn named(error: &'static str, message: String) -> Self {
        Self::Named { error, message }
    }

    /// An expression at this place.
    pub(super) fn query(location: &str, message: String) -> Self {
        Self::Query { location: Some(location.to_owned()), message }
    }
}

/// The error of what nothing catches.
pub(super) const RUNTIME: &str = "States.Runtime";

/// The error that an expression becomes.
pub(super) const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";

/// What a state says of its errors. Only three types can say anything.
fn handlers(state: &State) -> (&[Retrier], &[Catcher]) {
    match &state.kind {
        Kind::Task(task) => (&task.retry, &task.catch),
        Kind::Parallel(parallel) => (&parallel.retry, &parallel.catch),
        Kind::Map(map) => (&map.retry, &map.catch),
        Kind::Pass(_) | Kind::Choice(_) | Kind::Wait(_) | Kind::Succeed(_) | Kind::Fail(_) => (&[], &[]),
    }
}

impl Turn<'_> {
    /// Whether a state around a thread takes `States.Runtime` by its name. `States.ALL` does not.
    pub(super) fn takes_runtime(&self, mut id: ThreadId) -> bool {
        let takes = |errors: &[ErrorPattern]| errors.iter().any(|it| it.matches(&ErrorName::Runtime));
        while let Some((parent, _)) = self.parent(id) {
            let (retry, catch) = self.visit(parent).map_or((&[][..], &[][..]), |visit| handlers(visit.of()));
            if retry.iter().any(|it| takes(&it.errors)) || catch.iter().any(|it| takes(&it.errors)) {
                return true;
            }
            id = parent;
        }
        false
    }

    /// A state failed: it is tried again, or its Catch leads on, or the failure goes up.
    pub(super) fn fail_state(&mut self, id: ThreadId, failure: Failure) -> Flow {
        self.fail_state_with(id, failure, None)
    }

    /// The same, with an event for the failure. A state that is tried again has not failed.
    pub(super) fn fail_state_with(
        &mut self,
        id: ThreadId,
        failure: Failure,
        event: Option<EventKind>,
    ) -> Flow {
        let Some(visit) = self.visit(id) else { return Flow::Impossible(Impossible::NoState(id)) };
        let (states, state) = (visit.states(), visit.state);
        let (retry, catch) = handlers(states.get(state));
        if let Some(delay) = self.next_try(id, retry, &failure) {
            let until = after(self.now, delay);
            self.set_position(id, Position::Backoff { until });
            return Flow::Blocked;
        }
        if let Some(event) = event {
            self.record(id, event);
        }
        let takes = |catcher: &Catcher| failure.is_among(&catcher.errors);
        let Some(index) = catch.iter().position(takes) else { return Flow::Fail(failure) };
        let Some(catcher) = catch.get(index) else { return Flow::Fail(failure) };
        self.note_catcher(index, &failure);
        self.caught(id, catcher, &failure)
    }

    /// The wait before the next try in milliseconds, if there is one. The first retrier that takes the error decides.
    fn next_try(&mut self, id: ThreadId, retry: &[Retrier], failure: &Failure) -> Option<u64> {
        let (n, retrier) = retry.iter().enumerate().find(|(_, retrier)| failure.is_among(&retrier.errors))?;
        let event = self.ex.next_event();
        let mut chance = self.ex.chance(event, "jitter");
        let before = self.retries_before();
        let visit = self.visit_mut(id)?;
        let tries = visit.tries.entry(n).or_insert(before);
        if *tries >= retrier.max_attempts {
            self.note_retrier(n, None, failure);
            return None;
        }
        let grown = retrier.interval_seconds as f64 * retrier.backoff_rate.powf(*tries as f64);
        let seconds = retrier.max_delay_seconds.map_or(grown, |most| grown.min(most as f64));
        *tries += 1;
        visit.retries += 1;
        let share = if retrier.full_jitter { chance.fraction() } else { 1.0 };
        // Whatever is longer than a year ends with the execution anyway.
        let wait = (seconds * share * 1000.0).min(31_622_400_000.0) as u64;
        self.note_retrier(n, Some(wait), failure);
        Some(wait)
    }

    fn caught(&mut self, id: ThreadId, catcher: &Catcher, failure: &Failure) -> Flow {
        let then = crate::asl::Transition::Next(catcher.next);
        let output = Data::from(failure.output());
        match self.outcome(id, &catcher.outcome, ("errorOutput", output)) {
            Ok((assigned, output)) => self.leave(id, assigned, output, then),
            Err(bad) => Flow::Fail(self.evaluation_failed(id, &bad)),
        }
    }
}
