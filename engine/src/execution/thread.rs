use super::data::Data;
use super::history::EventId;
use super::results::Results;
use super::stimulus::AttemptId;
use crate::arn::MapRunArn;
use crate::asl::state::{Pattern, Resource};
use crate::asl::{StateId, States};
use crate::jsonata::Variables;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which line of control it is. The execution itself is 0; each branch and each iteration is one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThreadId(pub(super) u32);

impl ThreadId {
    pub(super) const ROOT: Self = Self(0);
}

/// A line of control: it is in one state at a time.
#[derive(Clone)]
pub(super) struct Thread {
    /// The state that waits for it, and which of its branches or iterations it is.
    pub(super) parent: Option<(ThreadId, usize)>,
    pub(super) states: Arc<States>,
    /// The event that its next event follows.
    pub(super) last: EventId,
    /// What it can see: its own variables, and those that its parent had when it began.
    pub(super) variables: Variables,
    /// The index and the value of the iteration that it belongs to.
    pub(super) item: Option<(usize, Data)>,
    pub(super) visit: Option<Visit>,
    pub(super) position: Position,
}

/// A stay in a state.
#[derive(Clone)]
pub(super) struct Visit {
    states: Arc<States>,
    pub(super) state: StateId,
    pub(super) input: Data,
    /// Its `StateEntered` event, and the event before that.
    pub(super) entered: EventId,
    pub(super) before: EventId,
    pub(super) entered_at: Timestamp,
    /// How often each retrier has been used.
    pub(super) tries: BTreeMap<usize, u64>,
    /// How often the state has been tried again in all.
    pub(super) retries: u64,
    /// What its branches or iterations left when they last failed.
    pub(super) wreck: Option<Box<Wreck>>,
    /// The map run that the state has begun, and how often it was redriven.
    pub(super) map_run: Option<(MapRunArn, u64)>,
}

impl Visit {
    pub(super) fn new(
        states: Arc<States>,
        state: StateId,
        input: Data,
        (before, entered): (EventId, EventId),
        entered_at: Timestamp,
    ) -> Self {
        Self {
            states,
            state,
            input,
            entered,
            before,
            entered_at,
            tries: BTreeMap::new(),
            retries: 0,
            wreck: None,
            map_run: None,
        }
    }

    pub(super) fn states(&self) -> Arc<States> {
        Arc::clone(&self.states)
    }

    /// The state that it is a stay in.
    pub(super) fn of(&self) -> &crate::asl::State {
        self.states.get(self.state)
    }

    pub(super) fn name(&self) -> &str {
        &self.states.get(self.state).name
    }
}

/// What branches or iterations leave of which one has failed.
#[derive(Clone)]
pub(super) struct Wreck {
    pub(super) results: Results,
    pub(super) waiting: Vec<(usize, Data)>,
    pub(super) began: EventId,
    pub(super) concurrency: usize,
    /// Those that did not end well.
    pub(super) broken: Vec<(ThreadId, Thread)>,
}

/// What a line of control is doing.
#[derive(Clone)]
pub(super) enum Position {
    /// It is between two steps of one turn.
    Moving,
    /// It has to be found out whether the activity that its Task names is there.
    Finding,
    /// An attempt of a Task is out.
    Task(Running),
    /// A map run goes on: the attempt is the id of its `MapRunStarted` event.
    MapRun(AttemptId),
    /// A Wait goes on.
    Wait { until: Timestamp },
    /// A state failed and is to be tried again.
    Backoff { until: Timestamp },
    /// Branches of a Parallel or iterations of a Map go on.
    Children(Children),
}

/// An attempt of a Task that is out.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) attempt: AttemptId,
    pub(super) stage: Stage,
    pub(super) times_out: Option<Timestamp>,
    /// How long it may be silent, in seconds, and since when it is.
    pub(super) heartbeat: Option<(u64, Timestamp)>,
}

/// How far an attempt of a Task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// A call is out, and its answer is the result.
    Calling,
    /// A call is out that begins something. The result comes from what it begins.
    Submitting(Source),
    /// That call has come back.
    Submitted(Source),
    /// The task of an activity is waiting for a worker.
    Queued,
    /// A worker has the task of an activity.
    Taken,
}

/// Where the result of a call comes from that only begins something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// From the end of the job (`.sync`, `.sync:2`).
    Job,
    /// From whoever answers the task token (`.waitForTaskToken`).
    Token,
}

impl Stage {
    /// Where an attempt at this resource begins.
    pub(super) fn first(resource: &Resource) -> Self {
        match resource {
            Resource::Activity(_) => Self::Queued,
            Resource::Function(_) => Self::Calling,
            Resource::Integration(integration) => match integration.pattern {
                Pattern::RequestResponse => Self::Calling,
                Pattern::Sync | Pattern::Sync2 => Self::Submitting(Source::Job),
                Pattern::WaitForTaskToken => Self::Submitting(Source::Token),
            },
        }
    }

    /// Whether a call is out.
    fn is_call(self) -> bool {
        matches!(self, Self::Calling | Self::Submitting(_))
    }

    /// Whether its task token can be answered.
    pub(super) fn has_token(self) -> bool {
        match self {
            Self::Submitting(source) | Self::Submitted(source) => source == Source::Token,
            Self::Queued | Self::Taken => true,
            Self::Calling => false,
        }
    }
}

/// Branches or iterations, and what they have returned so far.
#[derive(Clone)]
pub(super) struct Children {
    pub(super) results: Results,
    /// What is still to be started, the last first: each with its input.
    pub(super) waiting: Vec<(usize, Data)>,
    pub(super) running: Vec<ThreadId>,
    /// The event that began them: each branch of a Parallel follows it, whenever it begins.
    pub(super) began: EventId,
    /// How many may run at the same time.
    pub(super) concurrency: usize,
    /// The first failure, which ends them all.
    pub(super) failed: Option<super::Failure>,
    /// Whether they are just being started: then the end of the state is looked at after the last of them.
    pub(super) starting: bool,
    /// Those that did not end well.
    pub(super) broken: Vec<(ThreadId, Thread)>,
}

impl Thread {
    pub(super) fn in_flight(&self) -> Option<AttemptId> {
        match &self.position {
            Position::Task(run) if run.stage.is_call() => Some(run.attempt),
            _ => None,
        }
    }

    pub(super) fn awaiting_token(&self) -> Option<AttemptId> {
        match &self.position {
            Position::Task(run) if run.stage.has_token() => Some(run.attempt),
            _ => None,
        }
    }
}
