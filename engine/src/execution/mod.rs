//! The interpreter: pure, without clock, I/O or await. `advance(now, stimulus)` says what there is to do.
//!
//! The history is the state. Everything that the interpreter decides it records as AWS's history events, and replaying
//! them gives the same execution again (`replay`). Randomness comes from a seed that never leaves the engine.

mod command;
mod context;
mod data;
mod evaluate;
mod events_of_calls;
mod failure;
pub mod history;
mod impossible;
mod paths;
mod redrive;
mod refused;
mod replay;
mod results;
mod state;
mod stimulus;
mod thread;
mod timers;
mod trial;
mod turn;

use crate::status::ExecutionStatus;
pub use command::{Command, Invocation, MapItems, MapRun, MapWriter, TaskToken, Tolerated};
pub use data::{Data, Text};
pub use failure::Failure;
pub use impossible::Impossible;
pub(crate) use refused::refused_with;
pub use replay::{Diverged, replay};
pub use stimulus::{AttemptId, NotAwaited, Stimulus, Timer};
pub use thread::ThreadId;
pub use trial::{Ending, Mock, Plan, STATE_NAME, Tried};
pub(crate) use turn::exceeded;

use crate::arn::{ActivityArn, ExecutionArn, MapRunArn, StateMachineArn};
use crate::asl::state::Resource;
use crate::asl::{Kind, StateMachine};
use crate::jsonata::Chance;
use crate::time::to_millisecond;
use history::EventId;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use thread::Thread;
use turn::Turn;

/// What an execution is, apart from where it stands. All of it is known when it starts, and none of it changes.
#[derive(Clone)]
pub struct About {
    /// Its ARN.
    pub arn: ExecutionArn,
    /// Its name.
    pub name: String,
    /// The ARN of its state machine.
    pub machine_arn: StateMachineArn,
    /// The name of its state machine.
    pub machine_name: String,
    /// The role that the state machine has.
    pub role_arn: String,
    /// The region, which stands in the events of tasks.
    pub region: String,
    /// The input, as it was given.
    pub input: Arc<str>,
    /// What task tokens and random numbers are made from. It is a secret.
    pub seed: [u8; 32],
}

/// Where an execution stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It is not at its end.
    Running,
    /// It ended well, with this output.
    Succeeded(Data),
    /// It ended with an error.
    Failed(Failure),
    /// It took longer than the state machine allows.
    TimedOut,
    /// Somebody stopped it.
    Aborted(Option<String>, Option<String>),
}

impl Status {
    /// What AWS calls it.
    pub fn name(&self) -> ExecutionStatus {
        match self {
            Self::Running => ExecutionStatus::Running,
            Self::Succeeded(_) => ExecutionStatus::Succeeded,
            Self::Failed(_) => ExecutionStatus::Failed,
            Self::TimedOut => ExecutionStatus::TimedOut,
            Self::Aborted(..) => ExecutionStatus::Aborted,
        }
    }
}

/// An execution.
pub struct Execution {
    about: About,
    machine: Arc<StateMachine>,
    input: Data,
    started: Timestamp,
    status: Status,
    threads: BTreeMap<ThreadId, Thread>,
    next_thread: u32,
    last_event: u64,
    /// While it is replayed: the causes that the history has, by their events.
    causes: BTreeMap<EventId, Option<String>>,
    /// What it has left where it has ended badly: the thread of the execution.
    wreck: Option<Box<Thread>>,
    /// How often it was redriven, and when last.
    redriven: Option<(u64, Timestamp)>,
    /// Where it is no execution, but one state that is tried.
    trial: Option<Box<trial::Trial>>,
}

impl Execution {
    /// Starts an execution. The input is JSON: whoever starts it has checked that.
    pub fn start(about: About, machine: Arc<StateMachine>, now: Timestamp) -> (Self, Vec<Command>) {
        Self::start_with(about, machine, now, BTreeMap::new())
    }

    fn start_with(
        about: About,
        machine: Arc<StateMachine>,
        now: Timestamp,
        causes: BTreeMap<EventId, Option<String>>,
    ) -> (Self, Vec<Command>) {
        let now = to_millisecond(now);
        let mut execution = Self::new(about, machine, now, causes);
        let commands = Turn::run(&mut execution, now, Turn::begin);
        (execution, commands)
    }

    fn new(
        about: About,
        machine: Arc<StateMachine>,
        now: Timestamp,
        causes: BTreeMap<EventId, Option<String>>,
    ) -> Self {
        let input = Data::parse(&about.input).unwrap_or_else(|| serde_json::Value::Null.into());
        Self {
            about,
            machine,
            input,
            started: now,
            status: Status::Running,
            threads: BTreeMap::new(),
            next_thread: 0,
            last_event: 0,
            causes,
            wreck: None,
            redriven: None,
            trial: None,
        }
    }

    /// Takes in what happened, and says what there is to do. Whatever nobody waits for any more is refused and changes
    /// nothing: a late answer, a second answer, a timer of a state that was left.
    pub fn advance(&mut self, now: Timestamp, stimulus: Stimulus) -> Result<Vec<Command>, NotAwaited> {
        self.check(&stimulus)?;
        Ok(Turn::run(self, to_millisecond(now), |turn| turn.take(stimulus)))
    }

    /// What it is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The machine that it runs.
    pub fn machine(&self) -> &Arc<StateMachine> {
        &self.machine
    }

    /// Where it stands.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// When it started.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// The attempts whose call has not come back. After a restart of the engine nobody knows how they ended.
    pub fn in_flight(&self) -> Vec<AttemptId> {
        self.threads.values().filter_map(Thread::in_flight).collect()
    }

    /// The activities that somebody has to look for.
    pub fn to_find(&self) -> Vec<(ThreadId, ActivityArn)> {
        let finding =
            self.threads.iter().filter(|(_, thread)| matches!(thread.position, thread::Position::Finding));
        finding
            .filter_map(|(id, thread)| match &thread.visit.as_ref()?.of().kind {
                Kind::Task(task) => match &task.resource {
                    Resource::Activity(arn) => Some((*id, arn.clone())),
                    Resource::Integration(_) | Resource::Function(_) => None,
                },
                _ => None,
            })
            .collect()
    }

    /// Every attempt that is out: calls, jobs, tasks of workers, task tokens and map runs.
    pub fn attempts(&self) -> Vec<AttemptId> {
        let attempt = |thread: &Thread| match &thread.position {
            thread::Position::MapRun(attempt) => Some(*attempt),
            thread::Position::Task(run) => Some(run.attempt),
            _ => None,
        };
        self.threads.values().filter_map(attempt).collect()
    }

    /// The attempts that wait for their task token to be answered.
    pub fn awaiting_token(&self) -> Vec<AttemptId> {
        self.threads.values().filter_map(Thread::awaiting_token).collect()
    }

    /// The number of the event that is recorded next.
    fn next_event(&self) -> EventId {
        EventId::new(self.last_event + 1)
    }

    /// The attempt that begins with the event that is recorded next.
    fn next_attempt(&self) -> AttemptId {
        AttemptId::of(self.next_event())
    }

    /// The token of an attempt: always the same for the same attempt, and known to nobody without the seed.
    fn token(&self, attempt: AttemptId) -> TaskToken {
        TaskToken::new(hex::encode(self.chance(attempt.event(), "task token").bytes()))
    }

    /// The token of a task that waits for a worker: it is handed out when one asks.
    pub(crate) fn task_token(&self, attempt: AttemptId) -> TaskToken {
        self.token(attempt)
    }

    /// The ARN of a map run. Without a label AWS makes one.
    fn map_run_arn(&self, attempt: AttemptId, label: Option<&str>) -> MapRunArn {
        let mut chance = self.chance(attempt.event(), "map run");
        let label = label.map_or_else(|| chance.uuid(), str::to_owned);
        self.about.machine_arn.map_run(&label, &chance.uuid())
    }

    fn chance(&self, event: EventId, purpose: &'static str) -> Chance {
        Chance::new(self.about.seed, event.get(), purpose)
    }
}

#[cfg(test)]
mod tests;
