use super::Execution;
use super::Status;
use super::data::Data;
use super::history::EventId;
use super::thread::{Position, Stage, ThreadId};

/// One try of a Task or of a map run, named for the event that begins it: `TaskScheduled`, `MapRunStarted` or
/// `MapRunRedriven`. A late or doubled answer names an attempt that nobody waits for, so it cannot be taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId(EventId);

impl AttemptId {
    /// The attempt that the event of this number begins.
    pub fn new(event: u64) -> Self {
        Self(EventId::new(event))
    }

    /// The number of that event.
    pub fn get(self) -> u64 {
        self.0.get()
    }

    /// The attempt that this event begins.
    pub(super) fn of(event: EventId) -> Self {
        Self(event)
    }

    /// The event that begins it.
    pub(super) fn event(self) -> EventId {
        self.0
    }
}

/// What can happen to an execution from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Stimulus {
    /// The call came back, and its task token is still to be answered.
    Submitted {
        /// Which attempt.
        attempt: AttemptId,
        /// What the call returned.
        output: Data,
    },
    /// The task ended well.
    Succeeded {
        /// Which attempt.
        attempt: AttemptId,
        /// What it returned.
        output: Data,
    },
    /// The task failed.
    Failed {
        /// Which attempt.
        attempt: AttemptId,
        /// The error's name.
        error: Option<String>,
        /// What caused it.
        cause: Option<String>,
    },
    /// The activity that a state names is there, or it is not.
    Found {
        /// Whose state it is.
        thread: ThreadId,
        /// Whether it is there.
        there: bool,
    },
    /// A worker has taken on the task of an activity.
    Started {
        /// Which attempt.
        attempt: AttemptId,
        /// The name that the worker gives.
        worker: Option<String>,
    },
    /// The task says that it is still at work.
    Heartbeat {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// A time has come.
    Elapsed(Timer),
    /// Somebody lets an execution that ended badly go on.
    Redrive,
    /// Somebody stops the execution.
    Stop {
        /// The error's name.
        error: Option<String>,
        /// What caused it.
        cause: Option<String>,
    },
}

/// A time for which an execution waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// The whole execution has taken too long.
    Execution,
    /// A Wait state is over.
    Wait(ThreadId),
    /// A state is to be tried again.
    Backoff(ThreadId),
    /// An attempt has taken too long.
    Timeout(AttemptId),
    /// An attempt has been silent for too long.
    Heartbeat(AttemptId),
}

/// Nobody waits for what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the execution does not wait for this any more")]
pub struct NotAwaited;

impl Execution {
    /// Whether somebody waits for it.
    pub(super) fn check(&self, stimulus: &Stimulus) -> Result<(), NotAwaited> {
        if matches!(stimulus, Stimulus::Redrive) {
            return if self.can_be_redriven() { Ok(()) } else { Err(NotAwaited) };
        }
        let awaited = self.status == Status::Running
            && match stimulus {
                Stimulus::Redrive => false,
                Stimulus::Stop { .. } => true,
                Stimulus::Elapsed(timer) => self.timers().any(|(_, armed)| armed == *timer),
                Stimulus::Submitted { attempt, .. } => {
                    self.running(*attempt).is_some_and(|run| matches!(run.stage, Stage::Submitting(_)))
                }
                Stimulus::Started { attempt, .. } => {
                    self.running(*attempt).is_some_and(|run| run.stage == Stage::Queued)
                }
                Stimulus::Found { thread, .. } => self
                    .threads
                    .get(thread)
                    .is_some_and(|thread| matches!(thread.position, Position::Finding)),
                Stimulus::Succeeded { attempt, .. } | Stimulus::Failed { attempt, .. } => {
                    self.thread_of(*attempt).is_some()
                }
                Stimulus::Heartbeat { attempt } => self.running(*attempt).is_some(),
            };
        if awaited { Ok(()) } else { Err(NotAwaited) }
    }

    fn running(&self, attempt: AttemptId) -> Option<&super::thread::Running> {
        self.threads.values().find_map(|thread| match &thread.position {
            Position::Task(run) if run.attempt == attempt => Some(run),
            _ => None,
        })
    }

    /// The thread whose task, or whose map run, this attempt is.
    pub(super) fn thread_of(&self, attempt: AttemptId) -> Option<ThreadId> {
        let is_it = |position: &Position| match position {
            Position::Task(run) => run.attempt == attempt,
            Position::MapRun(run) => *run == attempt,
            _ => false,
        };
        self.threads.iter().find(|(_, thread)| is_it(&thread.position)).map(|(id, _)| *id)
    }
}
