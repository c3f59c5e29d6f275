//! Recovering an execution from its history. The interpreter runs once more over what happened from outside, which the
//! history tells, and must come to the same events; only the words in which the engine put the cause of an error may be
//! others by now, and those of the history stay.

use super::history::{EventId, EventKind, HistoryEvent};
use super::stimulus::{Stimulus, Timer};
use super::thread::{Position, ThreadId};
use super::{About, Command, Execution};
use crate::asl::StateMachine;
use serde_json::Value;
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
        execution: about.arn.clone(),
        event: event.id.get(),
        recorded: event.type_name(),
        expected,
    };
    let Some(first) = history.first() else {
        return Err(Diverged {
            execution: about.arn.clone(),
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
        EventKind::ExecutionFailed(details) => Some((event.id, details.cause.clone())),
        _ => None,
    };
    history.iter().filter_map(cause).collect()
}

fn events(commands: Vec<Command>) -> VecDeque<HistoryEvent> {
    let events = commands.into_iter().filter_map(|command| match command {
        Command::Record(event) => Some(event),
        Command::Invoke(_) | Command::Abandon(_) => None,
    });
    events.collect()
}

impl Execution {
    /// What happened from outside so that this event came about.
    fn cause_of(&self, event: &HistoryEvent) -> Option<Stimulus> {
        let json = |text: &str| serde_json::from_str::<Value>(text).ok();
        match &event.kind {
            EventKind::ExecutionAborted(trouble) => {
                Some(Stimulus::Stop { error: trouble.error.clone(), cause: trouble.cause.clone() })
            }
            EventKind::ExecutionTimedOut(_) => Some(Stimulus::Elapsed(Timer::Execution)),
            EventKind::TaskSubmitted(details) => Some(Stimulus::Submitted {
                attempt: self.attempt_before(event.previous)?,
                output: json(&details.output)?,
            }),
            EventKind::TaskSucceeded(details) => Some(Stimulus::Succeeded {
                attempt: self.attempt_before(event.previous)?,
                output: json(&details.output)?,
            }),
            EventKind::TaskFailed(details) => Some(Stimulus::Failed {
                attempt: self.attempt_before(event.previous)?,
                error: details.error.clone(),
                cause: details.cause.clone(),
            }),
            EventKind::TaskTimedOut(details) => {
                let attempt = self.attempt_before(event.previous)?;
                Some(Stimulus::Elapsed(match details.error.as_deref() {
                    Some("States.HeartbeatTimeout") => Timer::Heartbeat(attempt),
                    _ => Timer::Timeout(attempt),
                }))
            }
            // Everything else comes about because a Wait or a wait before a retry is over.
            _ => self.waiting_after(event.previous).map(Stimulus::Elapsed),
        }
    }

    fn attempt_before(&self, event: EventId) -> Option<EventId> {
        self.threads.values().find_map(|thread| match &thread.position {
            Position::Task(run) if thread.last == event => Some(run.attempt),
            _ => None,
        })
    }

    /// The Wait or Backoff whose thread recorded that event last. A failed evaluation follows the event before.
    fn waiting_after(&self, event: EventId) -> Option<Timer> {
        let timer = |id: ThreadId, position: &Position| match position {
            Position::Wait { .. } => Some(Timer::Wait(id)),
            Position::Backoff { .. } => Some(Timer::Backoff(id)),
            Position::Moving | Position::Task(_) | Position::Children(_) => None,
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
