//! Recovering an execution from its history. The interpreter runs once more over what happened from outside, which the
//! history tells, and must come to the same events; only the words in which the engine put the cause of an error may be
//! others by now, and those of the history stay.

use super::data::Data;
use super::history::{EventId, EventKind, HistoryEvent, TaskTrouble, Trouble};
use super::stimulus::{AttemptId, Stimulus, Timer};
use super::thread::{Position, Thread, ThreadId};
use super::{About, Command, Execution};
use crate::asl::StateMachine;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The history and the interpreter disagree: the history was changed, or it was written by an engine that decided
/// otherwise. The execution is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the history of `{execution}` cannot be replayed: event {event} is `{recorded}`, and this engine would record {expected}"
)]
pub struct Diverged {
    /// The execution's ARN.
    pub execution: String,
    /// The number of the event.
    pub event: u64,
    /// What the history has there.
    pub recorded: String,
    /// What the interpreter comes to.
    pub expected: String,
}

/// Gives the execution whose history this is, at the point where the history ends.
pub fn replay(
    about: About,
    machine: Arc<StateMachine>,
    history: &[HistoryEvent],
) -> Result<Execution, Diverged> {
    let diverged = |event: &HistoryEvent, expected: String| Diverged {
        execution: about.arn.to_string(),
        event: event.id.get(),
        recorded: event.type_name(),
        expected,
    };
    let Some(first) = history.first() else {
        return Err(Diverged {
            execution: about.arn.to_string(),
            event: 1,
            recorded: "missing".to_owned(),
            expected: "`ExecutionStarted`".to_owned(),
        });
    };
    let (mut execution, commands) = Execution::start_with(about.clone(), machine, first.at, causes(history));
    let mut produced: VecDeque<HistoryEvent> = events(commands);
    for recorded in history {
        while produced.is_empty() {
            let stimulus = execution
                .cause_of(recorded)
                .ok_or_else(|| diverged(recorded, "nothing: it waits for something else".to_owned()))?;
            let commands = execution
                .advance(recorded.at, stimulus)
                .map_err(|_| diverged(recorded, "nothing: it waits for nobody".to_owned()))?;
            produced = events(commands);
        }
        match produced.pop_front() {
            Some(event) if event == *recorded => {}
            Some(event) if event.type_name() == recorded.type_name() => {
                return Err(diverged(
                    recorded,
                    format!("the same with other details: {:?}, not {:?}", event, recorded),
                ));
            }
            Some(event) => return Err(diverged(recorded, format!("`{}`", event.type_name()))),
            None => return Err(diverged(recorded, "nothing".to_owned())),
        }
    }
    match (produced.pop_front(), history.last()) {
        // A turn is written as a whole, so a history cannot end inside one.
        (Some(event), Some(last)) => Err(diverged(last, format!("`{}` after it", event.type_name()))),
        _ => {
            execution.causes.clear();
            Ok(execution)
        }
    }
}

/// The causes that the engine itself gave, by their events.
fn causes(history: &[HistoryEvent]) -> BTreeMap<EventId, Option<String>> {
    let cause = |event: &HistoryEvent| match &event.kind {
        EventKind::EvaluationFailed(details) => Some((event.id, Some(details.cause.clone()))),
        EventKind::TaskTimedOut(details) => Some((event.id, details.cause.clone())),
        EventKind::LambdaFunctionTimedOut(details) | EventKind::ActivityTimedOut(details) => {
            Some((event.id, details.cause.clone()))
        }
        EventKind::ExecutionFailed(details) => Some((event.id, details.cause.clone())),
        _ => None,
    };
    history.iter().filter_map(cause).collect()
}

fn events(commands: Vec<Command>) -> VecDeque<HistoryEvent> {
    let events = commands.into_iter().filter_map(|command| match command {
        Command::Record(event) => Some(event),
        Command::Invoke(_)
        | Command::Find { .. }
        | Command::RunMap(_)
        | Command::RedriveMap { .. }
        | Command::Abandon(_)
        | Command::Report(_) => None,
    });
    events.collect()
}

impl Execution {
    /// What happened from outside so that this event came about.
    fn cause_of(&self, event: &HistoryEvent) -> Option<Stimulus> {
        let json = Data::parse;
        match &event.kind {
            EventKind::ExecutionAborted(trouble) => {
                Some(Stimulus::Stop { error: trouble.error.clone(), cause: trouble.cause.clone() })
            }
            EventKind::ExecutionRedriven(_) => Some(Stimulus::Redrive),
            EventKind::ExecutionTimedOut(_) => Some(Stimulus::Elapsed(Timer::Execution)),
            EventKind::TaskSubmitted(details) => Some(Stimulus::Submitted {
                attempt: self.attempt_before(event.previous)?,
                output: json(&details.output)?,
            }),
            EventKind::TaskSucceeded(details) => Some(Stimulus::Succeeded {
                attempt: self.attempt_before(event.previous)?,
                output: json(&details.output)?,
            }),
            EventKind::LambdaFunctionSucceeded(details) | EventKind::ActivitySucceeded(details) => {
                Some(Stimulus::Succeeded {
                    attempt: self.attempt_before(event.previous)?,
                    output: json(&details.output)?,
                })
            }
            EventKind::MapRunSucceeded(details) => Some(Stimulus::Succeeded {
                attempt: self.attempt_before(event.previous)?,
                output: json(&details.output)?,
            }),
            EventKind::TaskFailed(TaskTrouble { error, cause, .. })
            | EventKind::LambdaFunctionFailed(Trouble { error, cause })
            | EventKind::ActivityFailed(Trouble { error, cause })
            | EventKind::MapRunFailed(Trouble { error, cause }) => Some(Stimulus::Failed {
                attempt: self.attempt_before(event.previous)?,
                error: error.clone(),
                cause: cause.clone(),
            }),
            EventKind::TaskTimedOut(TaskTrouble { error, .. })
            | EventKind::LambdaFunctionTimedOut(Trouble { error, .. })
            | EventKind::ActivityTimedOut(Trouble { error, .. }) => {
                let attempt = self.attempt_before(event.previous)?;
                Some(Stimulus::Elapsed(match error.as_deref() {
                    Some("States.HeartbeatTimeout") => Timer::Heartbeat(attempt),
                    _ => Timer::Timeout(attempt),
                }))
            }
            EventKind::ActivityStarted(worker) => Some(Stimulus::Started {
                attempt: self.attempt_before(event.previous)?,
                worker: worker.worker_name.clone(),
            }),
            // Everything else comes about because an activity was looked for, or because a Wait or a wait before a
            // retry is over.
            kind => match self.finding_after(event.previous) {
                Some(thread) => {
                    Some(Stimulus::Found { thread, there: matches!(kind, EventKind::ActivityScheduled(_)) })
                }
                None => self.waiting_after(event.previous).map(Stimulus::Elapsed),
            },
        }
    }

    fn attempt_before(&self, event: EventId) -> Option<AttemptId> {
        self.threads.values().find_map(|thread| match &thread.position {
            Position::Task(run) if thread.last == event => Some(run.attempt),
            Position::MapRun(attempt) if thread.last == event => Some(*attempt),
            _ => None,
        })
    }

    /// The thread that recorded that event last and looks for an activity.
    fn finding_after(&self, event: EventId) -> Option<ThreadId> {
        let mut threads = self.threads.iter();
        let finding = |thread: &Thread| matches!(thread.position, Position::Finding) && thread.last == event;
        threads.find(|(_, thread)| finding(thread)).map(|(id, _)| *id)
    }

    /// The Wait or Backoff whose thread recorded that event last. A failed evaluation follows the event before.
    fn waiting_after(&self, event: EventId) -> Option<Timer> {
        let timer = |id: ThreadId, position: &Position| match position {
            Position::Wait { .. } => Some(Timer::Wait(id)),
            Position::Backoff { .. } => Some(Timer::Backoff(id)),
            Position::Moving
            | Position::Finding
            | Position::Task(_)
            | Position::MapRun(_)
            | Position::Children(_) => None,
        };
        let follows = |exactly: bool| {
            self.threads.iter().find_map(|(id, thread)| {
                let before = thread
                    .visit
                    .as_ref()
                    .is_some_and(|visit| visit.before == event && visit.entered == thread.last);
                let follows = if exactly { thread.last == event } else { before };
                timer(*id, &thread.position).filter(|_| follows)
            })
        };
        follows(true).or_else(|| follows(false))
    }
}
