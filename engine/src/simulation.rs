//! An execution on virtual time, in a world that says how calls end and how people answer.
//!
//! Scenarios, the laws of the workflows and the engine's own tests all run on it. Nothing waits: the clock jumps to the
//! next thing that happens.

mod map_runs;

use crate::asl::state::{Pattern, Resource};
use crate::execution::history::HistoryEvent;
use crate::execution::{About, AttemptId, Command, Diverged, Execution, Invocation, Stimulus, replay};
use crate::time::after;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A call that a state makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The state.
    pub state: String,
    /// What it calls with.
    pub arguments: Value,
    /// What it calls.
    pub resource: Resource,
    /// Whether the state goes on waiting after the call: for somebody who answers its task token, or for the end of
    /// what it started.
    pub waits_for_token: bool,
}

/// How a call ends, or how a person answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Ends {
    /// After how many milliseconds.
    pub after: u64,
    /// With what it returns, or with an error and its cause.
    pub with: Result<Value, (String, String)>,
}

/// What surrounds an execution.
pub trait World {
    /// Why the world cannot say how something ends.
    type Error;

    /// How a call ends. `None` never ends.
    fn call(&mut self, call: &Call) -> Result<Option<Ends>, Self::Error>;

    /// How the task token of a call is answered, once the call has come back. `None` is never answered.
    fn answer(&mut self, call: &Call) -> Result<Option<Ends>, Self::Error>;
}

impl<E> World for &mut dyn World<Error = E> {
    type Error = E;

    fn call(&mut self, call: &Call) -> Result<Option<Ends>, E> {
        (**self).call(call)
    }

    fn answer(&mut self, call: &Call) -> Result<Option<Ends>, E> {
        (**self).answer(call)
    }
}

/// An execution in its world.
pub struct Simulation<W> {
    /// The world.
    pub world: W,
    execution: Execution,
    history: Vec<HistoryEvent>,
    now: Timestamp,
    /// What is going to happen, by time and then by the order in which it was decided.
    due: BTreeMap<(Timestamp, u64), Stimulus>,
    sequence: u64,
}

impl<W: World> Simulation<W> {
    /// Starts an execution.
    pub fn start(
        about: About,
        machine: Arc<crate::asl::StateMachine>,
        now: Timestamp,
        world: W,
    ) -> Result<Self, W::Error> {
        let (execution, commands) = Execution::start(about, machine, now);
        let mut simulation =
            Self { world, execution, history: Vec::new(), now, due: BTreeMap::new(), sequence: 0 };
        simulation.carry_out(commands)?;
        Ok(simulation)
    }

    /// The execution.
    pub fn execution(&self) -> &Execution {
        &self.execution
    }

    /// The execution, for somebody who does something to it.
    pub fn execution_mut(&mut self) -> &mut Execution {
        &mut self.execution
    }

    /// Its history.
    pub fn history(&self) -> &[HistoryEvent] {
        &self.history
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets the next thing happen. False when nothing ever will.
    pub fn step(&mut self) -> Result<bool, W::Error> {
        let next = self.due.first_key_value().map(|((at, _), _)| *at);
        let timer = self.execution.next_timer();
        let stimulus = match (next, timer) {
            (Some(at), Some((when, timer))) if when < at => Some((when, Stimulus::Elapsed(timer))),
            (Some(_), _) => self.due.pop_first().map(|((at, _), stimulus)| (at, stimulus)),
            (None, Some((when, timer))) => Some((when, Stimulus::Elapsed(timer))),
            (None, None) => None,
        };
        let Some((at, stimulus)) = stimulus else { return Ok(false) };
        self.now = self.now.max(at);
        // What nobody waits for any more has no effect, here as anywhere.
        if let Ok(commands) = self.execution.advance(self.now, stimulus) {
            self.carry_out(commands)?;
        }
        Ok(true)
    }

    /// Forgets the execution and recovers it from its history.
    pub fn recover(&mut self) -> Result<(), Diverged> {
        let (about, machine) = (self.execution.about().clone(), Arc::clone(self.execution.machine()));
        self.execution = replay(about, machine, &self.history)?;
        Ok(())
    }

    fn carry_out(&mut self, commands: Vec<Command>) -> Result<(), W::Error> {
        for command in commands {
            match command {
                Command::Record(event) => self.history.push(event),
                Command::Invoke(invocation) => self.invoke(invocation)?,
                Command::Find { thread, .. } => {
                    self.at(self.now, Stimulus::Found { thread, there: true });
                }
                Command::RunMap(run) => map_runs::run(self, &run)?,
                Command::RedriveMap { .. } | Command::Abandon(_) | Command::Report(_) => {}
            }
        }
        Ok(())
    }

    fn invoke(&mut self, invocation: Invocation) -> Result<(), W::Error> {
        let Invocation { attempt, state, resource, arguments, .. } = invocation;
        let call =
            Call { state, arguments, waits_for_token: resource.has_token() || submits(&resource), resource };
        let Some(Ends { after: delay, with }) = self.world.call(&call)? else { return Ok(()) };
        let at = after(self.now, delay);
        match with {
            Err((error, cause)) => {
                self.at(at, Stimulus::Failed { attempt, error: Some(error), cause: Some(cause) })
            }
            Ok(output) if !call.waits_for_token => {
                self.at(at, Stimulus::Succeeded { attempt, output: output.into() })
            }
            Ok(output) => {
                self.at(at, began(&call.resource, attempt, output));
                let Some(Ends { after: delay, with }) = self.world.answer(&call)? else { return Ok(()) };
                let stimulus = match with {
                    Ok(output) => Stimulus::Succeeded { attempt, output: output.into() },
                    Err((error, cause)) => {
                        Stimulus::Failed { attempt, error: Some(error), cause: Some(cause) }
                    }
                };
                self.at(after(at, delay), stimulus);
            }
        }
        Ok(())
    }

    fn at(&mut self, at: Timestamp, stimulus: Stimulus) {
        self.sequence += 1;
        self.due.insert((at, self.sequence), stimulus);
    }
}

/// Whether the call is answered before what it started is over.
fn submits(resource: &Resource) -> bool {
    resource.pattern() != Pattern::RequestResponse
}

/// The call came back, or a worker has the task.
fn began(resource: &Resource, attempt: AttemptId, output: Value) -> Stimulus {
    match resource {
        Resource::Activity(_) => Stimulus::Started { attempt, worker: None },
        Resource::Integration(_) | Resource::Function(_) => {
            Stimulus::Submitted { attempt, output: output.into() }
        }
    }
}
