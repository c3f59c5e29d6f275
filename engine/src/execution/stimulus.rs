use super::Execution;
use super::Status;
use super::history::EventId;
use super::thread::{Position, ThreadId};
use serde_json::Value;

/// One try of a task: the id of its `TaskScheduled` event. A late or doubled answer names an attempt that nobody waits
/// for, so it cannot be taken for another.
pub type AttemptId = EventId;

/// What can happen to an execution from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Stimulus {
    /// The call came back, and its task token is still to be answered.
    Submitted {
        /// Which attempt.
        attempt: AttemptId,
        /// What the call returned.
        output: Value,
    },
    /// The task ended well.
    Succeeded {
        /// Which attempt.
        attempt: AttemptId,
        /// What it returned.
        output: Value,
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
    /// The task says that it is still at work.
    Heartbeat {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// A time has come.
    Elapsed(Timer),
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
        let awaited = self.status == Status::Running
            && match stimulus {
                Stimulus::Stop { .. } => true,
                Stimulus::Elapsed(timer) => self.timers().any(|(_, armed)| armed == *timer),
                Stimulus::Submitted { attempt, .. } => {
                    self.running(*attempt).is_some_and(|run| run.waits_for_token && !run.submitted)
                }
                Stimulus::Succeeded { attempt, .. }
                | Stimulus::Failed { attempt, .. }
                | Stimulus::Heartbeat { attempt } => self.running(*attempt).is_some(),
            };
        if awaited { Ok(()) } else { Err(NotAwaited) }
    }

    fn running(&self, attempt: AttemptId) -> Option<&super::thread::Running> {
        self.threads.values().find_map(|thread| match &thread.position {
            Position::Task(run) if run.attempt == attempt => Some(run),
            _ => None,
        })
    }

    /// The thread whose task this attempt is.
    pub(super) fn thread_of(&self, attempt: AttemptId) -> Option<ThreadId> {
        let mut threads = self.threads.iter();
        threads
            .find(|(_, thread)| matches!(&thread.position, Position::Task(run) if run.attempt == attempt))
            .map(|(id, _)| *id)
    }
}
