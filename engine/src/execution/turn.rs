//! One turn of the interpreter: from one stimulus to the point where every thread waits again.

use super::command::Command;
use super::data::Data;
use super::evaluate::Evaluated;
use super::events_of_calls::trouble;
use super::failure::{BadEvaluation, Failure, RUNTIME};
use super::history::{EventId, EventKind, HistoryEvent, Trouble};
use super::impossible::Impossible;
use super::stimulus::{AttemptId, Stimulus, Timer};
use super::thread::{Position, Thread, ThreadId, Visit};
use super::{Execution, Status, state};
use crate::asl::{ErrorName, Kind, StateId, States, Transition};
use crate::jsonata::{self, Variables};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::sync::Arc;

/// How many events a history may have. Source: Step Functions quotas.
const MOST_EVENTS: u64 = 25_000;

/// How many bytes an input or an output may have. Source: Step Functions quotas.
pub(super) const MOST_BYTES: usize = 262_144;

/// How many bytes all variables of an execution may have. Source: Step Functions quotas.
const MOST_VARIABLES: usize = 10 * 1024 * 1024;

/// What a thread does next.
pub(super) enum Flow {
    /// Enters a state.
    Enter(StateId, Data),
    /// Is at the end of its states.
    End(Data),
    /// Fails, and nothing in it catches that.
    Fail(Failure),
    /// Waits.
    Blocked,
    /// Begins the next of its branches or iterations, or goes on if no more of them can begin.
    Begin,
    /// Does once more what it was at when the execution ended.
    Resume,
    /// Cannot go on: the interpreter is at fault.
    Impossible(Impossible),
}

pub(super) struct Turn<'e> {
    pub(super) ex: &'e mut Execution,
    pub(super) now: Timestamp,
    pub(super) commands: Vec<Command>,
    /// What is still to be done in this turn, the last first: a branch is driven until it waits, and then the state that
    /// began it goes on. It is a list and no recursion, so the depth of a definition costs no stack.
    work: Vec<(ThreadId, Flow)>,
}

impl<'e> Turn<'e> {
    /// A turn in which nothing has happened.
    pub(super) fn new(ex: &'e mut Execution, now: Timestamp) -> Self {
        Self { ex, now, commands: Vec::new(), work: Vec::new() }
    }

    /// Runs one turn and returns what there is to do.
    pub(super) fn run(ex: &'e mut Execution, now: Timestamp, step: impl FnOnce(&mut Self)) -> Vec<Command> {
        let mut turn = Self::new(ex, now);
        step(&mut turn);
        turn.commands
    }

    /// The first turn.
    pub(super) fn begin(&mut self) {
        let states = Arc::clone(&self.ex.machine.states);
        let (start, input) = (states.start(), self.ex.input.clone());
        let root = self.spawn(None, states, None);
        let started = EventKind::execution_started(&self.ex.about.input, &self.ex.about.role_arn);
        self.record(root, started);
        // AWS lets the first state follow nothing, not the start.
        self.set_last(root, EventId::NONE);
        self.drive(root, Flow::Enter(start, input));
    }

    /// Takes in what happened. `Execution::check` has made sure that somebody waits for it.
    pub(super) fn take(&mut self, stimulus: Stimulus) {
        let (id, flow) = match stimulus {
            Stimulus::Stop { error, cause } => {
                let trouble = Trouble { error: error.clone(), cause: cause.clone() };
                return self
                    .end_from_outside(EventKind::ExecutionAborted(trouble), Status::Aborted(error, cause));
            }
            Stimulus::Elapsed(Timer::Execution) => {
                let trouble = trouble(&Failure::timeout());
                return self.end_from_outside(EventKind::ExecutionTimedOut(trouble), Status::TimedOut);
            }
            Stimulus::Elapsed(Timer::Wait(id)) => (id, state::wait::elapsed(self, id)),
            Stimulus::Elapsed(Timer::Backoff(id)) => (id, self.execute(id)),
            Stimulus::Elapsed(Timer::Timeout(attempt)) => {
                let Some(id) = self.ex.thread_of(attempt) else { return self.lost(attempt) };
                (id, state::task::timed_out(self, id, ErrorName::Timeout))
            }
            Stimulus::Elapsed(Timer::Heartbeat(attempt)) => {
                let Some(id) = self.ex.thread_of(attempt) else { return self.lost(attempt) };
                (id, state::task::timed_out(self, id, ErrorName::HeartbeatTimeout))
            }
            Stimulus::Heartbeat { attempt } => {
                let Some(id) = self.ex.thread_of(attempt) else { return self.lost(attempt) };
                (id, state::task::heartbeat(self, id))
            }
            Stimulus::Submitted { attempt, output } => {
                let Some(id) = self.ex.thread_of(attempt) else { return self.lost(attempt) };
                (id, state::task::submitted(self, id, &output))
            }
            Stimulus::Redrive => return self.redrive(),
            Stimulus::Found { thread, there } => (thread, state::task::found(self, thread, there)),
            Stimulus::Started { attempt, worker } => {
                let Some(id) = self.ex.thread_of(attempt) else { return self.lost(attempt) };
                (id, state::task::started(self, id, worker))
            }
            Stimulus::Succeeded { attempt, output } => {
                let Some(id) = self.ex.thread_of(attempt) else { return self.lost(attempt) };
                (
                    id,
                    if self.runs_map(id) {
                        state::map_run::succeeded(self, id, output)
                    } else {
                        state::task::succeeded(self, id, output)
                    },
                )
            }
            Stimulus::Failed { attempt, error, cause } => {
                let Some(id) = self.ex.thread_of(attempt) else { return self.lost(attempt) };
                (
                    id,
                    if self.runs_map(id) {
                        state::map_run::failed(self, id, error, cause)
                    } else {
                        state::task::failed(self, id, error, cause)
                    },
                )
            }
        };
        self.drive(id, flow);
    }

    /// Something happened to an attempt that no thread has.
    fn lost(&mut self, attempt: AttemptId) {
        self.drive(ThreadId::ROOT, Flow::Impossible(Impossible::NoAttempt(attempt)));
    }

    /// Ends the execution for a reason that is in no state. AWS lets that follow what came before the state that it is
    /// in, unless the state has recorded something since.
    fn end_from_outside(&mut self, event: EventKind, status: Status) {
        let previous = self.ex.threads.get(&ThreadId::ROOT).map_or(EventId::NONE, |root| {
            root.visit
                .as_ref()
                .filter(|visit| visit.entered == root.last)
                .map_or(root.last, |visit| visit.before)
        });
        self.record_after(previous, event);
        self.end(status);
    }

    /// Lets a thread run until it waits, and whoever waits for it after it.
    pub(super) fn drive(&mut self, id: ThreadId, flow: Flow) {
        self.later(id, flow);
        while self.ex.status == Status::Running
            && let Some((id, flow)) = self.work.pop()
        {
            // Beginning others is no step of its own: the history is full for the one that begins.
            if self.is_full() && !matches!(flow, Flow::Begin | Flow::Resume) {
                // What was to be called is not called any more.
                self.commands.retain(|command| matches!(command, Command::Record(_)));
                let cause =
                    format!("The execution reached the maximum number of history events ({MOST_EVENTS}).");
                return self.fail_execution(id, Failure::new(RUNTIME, cause));
            }
            self.step(id, flow);
        }
    }

    /// Does this next, unless more is put before it.
    pub(super) fn later(&mut self, id: ThreadId, flow: Flow) {
        self.work.push((id, flow));
    }

    fn step(&mut self, id: ThreadId, flow: Flow) {
        let (id, flow) = match flow {
            Flow::Blocked => return,
            Flow::Impossible(fault) => {
                self.commands.retain(|command| matches!(command, Command::Record(_)));
                self.commands.push(Command::Report(fault));
                let cause = format!("The engine is at fault: {fault}.");
                return self.fail_execution(id, Failure::new(RUNTIME, cause));
            }
            Flow::Enter(state, input) => (id, self.enter(id, state, input)),
            Flow::Begin => state::children::begin(self, id),
            Flow::Resume => match self.resume(id) {
                Some(flow) => (id, flow),
                None => return,
            },
            Flow::End(output) => match self.parent(id) {
                Some(parent) => state::children::ended(self, id, parent, output),
                None => {
                    self.record(id, EventKind::execution_succeeded(&output));
                    return self.end(Status::Succeeded(output));
                }
            },
            Flow::Fail(failure) => match self.parent(id) {
                // What nothing catches goes past the states around it, which record nothing of it.
                Some(_) if failure.error == Some(ErrorName::Runtime) && !self.takes_runtime(id) => {
                    return self.fail_execution(id, failure);
                }
                Some(parent) => state::children::failed(self, id, parent, failure),
                None => match self.failed_in_trial(id, &failure) {
                    Some(flow) => (id, flow),
                    None => return self.fail_execution(id, failure),
                },
            },
        };
        self.later(id, flow);
    }

    fn enter(&mut self, id: ThreadId, state: StateId, input: Data) -> Flow {
        let Some(thread) = self.ex.threads.get(&id) else { return Flow::Impossible(Impossible::NoState(id)) };
        let (states, before) = (Arc::clone(&thread.states), thread.last);
        let entering = states.get(state);
        let event = EventKind::entered(&entering.kind, &entering.name, &input);
        let entered = self.record(id, event);
        let visit = Visit::new(Arc::clone(&states), state, input, (before, entered), self.now);
        if let Some(thread) = self.ex.threads.get_mut(&id) {
            thread.visit = Some(visit);
        }
        self.execute(id)
    }

    /// Does what the thread's state does: for the first time, or once more.
    pub(super) fn execute(&mut self, id: ThreadId) -> Flow {
        self.set_position(id, Position::Moving);
        let Some(visit) = self.visit_mut(id) else { return Flow::Impossible(Impossible::NoState(id)) };
        (visit.wreck, visit.map_run) = (None, None);
        let (states, state) = (visit.states(), visit.state);
        match &states.get(state).kind {
            Kind::Task(task) => state::task::execute(self, id, task),
            Kind::Pass(pass) => state::pass::execute(self, id, pass),
            Kind::Choice(choice) => state::choice::execute(self, id, choice),
            Kind::Wait(wait) => state::wait::execute(self, id, wait),
            Kind::Parallel(parallel) => state::parallel::execute(self, id, parallel),
            Kind::Map(map) => state::map::execute(self, id, map),
            Kind::Succeed(succeed) => state::succeed::execute(self, id, succeed),
            Kind::Fail(fail) => state::fail::execute(self, id, fail),
        }
    }

    /// Leaves a state that has done its work.
    pub(super) fn leave(
        &mut self,
        id: ThreadId,
        assigned: Map<String, Value>,
        output: Data,
        then: Transition,
    ) -> Flow {
        let Some(visit) = self.visit(id) else { return Flow::Impossible(Impossible::NoState(id)) };
        let (states, state) = (visit.states(), visit.state);
        let leaving = states.get(state);
        if let Some(failure) =
            too_large(&leaving.name, &output).or_else(|| self.too_much_assigned(id, &leaving.name, &assigned))
        {
            return Flow::Fail(failure);
        }
        if let Some(event) = EventKind::exited(&leaving.kind, &leaving.name, &output, &assigned) {
            self.record(id, event);
        }
        if let Some(thread) = self.ex.threads.get_mut(&id) {
            thread.variables.assign(assigned);
            thread.visit = None;
            thread.position = Position::Moving;
        }
        if self.left(&states, then, &output) {
            return Flow::Blocked;
        }
        match then {
            Transition::Next(next) => Flow::Enter(next, output),
            Transition::End => Flow::End(output),
        }
    }

    /// What a state assigns has a limit, and so has what all variables hold together.
    fn too_much_assigned(&self, id: ThreadId, name: &str, assigned: &Map<String, Value>) -> Option<Failure> {
        if assigned.is_empty() {
            return None;
        }
        let now: usize = assigned.values().map(jsonata::bytes).sum();
        let thread = self.ex.threads.get(&id);
        let kept = thread.map_or(0, |thread| thread.variables.bytes_beside(assigned.keys()));
        let most = if now > MOST_BYTES {
            MOST_BYTES
        } else if now + kept > MOST_VARIABLES {
            MOST_VARIABLES
        } else {
            return None;
        };
        let cause = format!("The state '{name}' assigned variables with a size exceeding {most} bytes.");
        Some(Failure::new("States.DataLimitExceeded", cause))
    }

    /// The cause of the event that is recorded next: where a history is replayed the one that it has there. The words
    /// of an engine may change; what a workflow has made of them has happened.
    pub(super) fn cause(&self, cause: Option<String>) -> Option<String> {
        self.ex.causes.get(&self.ex.next_event()).cloned().unwrap_or(cause)
    }

    fn fail_execution(&mut self, id: ThreadId, failure: Failure) {
        let failure = Failure { cause: self.cause(failure.cause), ..failure };
        let error = failure.error.as_ref().map(|error| error.as_str().to_owned());
        let event = EventKind::ExecutionFailed(Trouble { error, cause: failure.cause.clone() });
        // A branch that goes on after a redrive follows what it did itself.
        self.record_after(self.last(id), event);
        self.end(Status::Failed(failure));
    }

    pub(super) fn end(&mut self, status: Status) {
        let root = self.halt(ThreadId::ROOT);
        self.ex.wreck = root.filter(|_| !matches!(status, Status::Succeeded(_))).map(Box::new);
        self.ex.status = status;
    }

    /// Begins a thread.
    pub(super) fn spawn(
        &mut self,
        parent: Option<(ThreadId, usize)>,
        states: Arc<States>,
        item: Option<(usize, Data)>,
    ) -> ThreadId {
        let id = ThreadId(self.ex.next_thread);
        self.ex.next_thread += 1;
        let of_parent = parent.and_then(|(id, _)| self.ex.threads.get(&id));
        let thread = Thread {
            last: of_parent.map_or(EventId::NONE, |thread| thread.last),
            variables: of_parent.map_or_else(Variables::default, |thread| thread.variables.clone()),
            item: item.or_else(|| of_parent.and_then(|thread| thread.item.clone())),
            visit: None,
            position: Position::Moving,
            parent,
            states,
        };
        self.ex.threads.insert(id, thread);
        id
    }

    fn runs_map(&self, id: ThreadId) -> bool {
        self.ex.threads.get(&id).is_some_and(|thread| matches!(thread.position, Position::MapRun(_)))
    }

    /// Records an event that follows the thread's last one, and becomes it.
    pub(super) fn record(&mut self, id: ThreadId, kind: EventKind) -> EventId {
        let previous = self.last(id);
        let event = self.record_after(previous, kind);
        self.set_last(id, event);
        event
    }

    /// Records an event that follows another, and that no other follows.
    pub(super) fn record_after(&mut self, previous: EventId, kind: EventKind) -> EventId {
        // The last event that a history has room for says how the execution ended.
        if self.is_full() && !kind.ends_execution() {
            return previous;
        }
        self.ex.last_event += 1;
        let id = EventId::new(self.ex.last_event);
        self.commands.push(Command::Record(HistoryEvent { id, previous, at: self.now, kind }));
        id
    }

    /// Whether the history has room for the end of the execution only.
    fn is_full(&self) -> bool {
        self.ex.last_event >= MOST_EVENTS - 1
    }

    pub(super) fn last(&self, id: ThreadId) -> EventId {
        self.ex.threads.get(&id).map_or(EventId::NONE, |thread| thread.last)
    }

    pub(super) fn set_last(&mut self, id: ThreadId, event: EventId) {
        if let Some(thread) = self.ex.threads.get_mut(&id) {
            thread.last = event;
        }
    }

    pub(super) fn visit(&self, id: ThreadId) -> Option<&Visit> {
        self.ex.threads.get(&id)?.visit.as_ref()
    }

    pub(super) fn visit_mut(&mut self, id: ThreadId) -> Option<&mut Visit> {
        self.ex.threads.get_mut(&id)?.visit.as_mut()
    }

    pub(super) fn position_mut(&mut self, id: ThreadId) -> Option<&mut Position> {
        self.ex.threads.get_mut(&id).map(|thread| &mut thread.position)
    }

    pub(super) fn set_position(&mut self, id: ThreadId, position: Position) {
        if let Some(thread) = self.ex.threads.get_mut(&id) {
            thread.position = position;
        }
    }

    pub(super) fn parent(&self, id: ThreadId) -> Option<(ThreadId, usize)> {
        self.ex.threads.get(&id)?.parent
    }
}

/// An output that no state may have. `name` is the state's, or what its task calls.
pub(super) fn too_large(name: &str, output: &Data) -> Option<Failure> {
    (output.text().len() > MOST_BYTES).then(|| exceeded(name))
}

/// What a state fails with that has data which no state may have.
pub(crate) fn exceeded(name: &str) -> Failure {
    Failure::new("States.DataLimitExceeded", size_exceeded(name))
}

/// Data, if it is no larger than what a state may be given.
pub(super) fn fitting(name: &str, data: Data) -> Evaluated<Data> {
    if data.text().len() > MOST_BYTES {
        return Err(BadEvaluation::named("States.DataLimitExceeded", size_exceeded(name)));
    }
    Ok(data)
}

fn size_exceeded(name: &str) -> String {
    format!(
        "The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."
    )
}
