//! Redriving: an execution that ended badly goes on from the states that did not end well.
//!
//! What such an execution leaves is kept as it was: a state that has no branches or iterations is done once more, and of
//! a Parallel or an inline Map only what did not end well. A state is not entered again, and its retriers begin anew.
//! Source: Step Functions developer guide, "Redriving executions".

use super::history::{EventId, EventKind, Redriven};
use super::impossible::Impossible;
use super::state::map_run;
use super::thread::{Children, Position, Thread, ThreadId, Wreck};
use super::turn::{Flow, Turn};
use super::{Command, Execution, Status};
use crate::asl::Kind;
use jiff::Timestamp;

impl Execution {
    /// Whether there is something to go on from.
    pub(super) fn can_be_redriven(&self) -> bool {
        let ended_badly = matches!(self.status, Status::Failed(_) | Status::TimedOut | Status::Aborted(..));
        ended_badly && self.wreck.is_some()
    }

    /// How often it was redriven, and when last.
    pub fn redrives(&self) -> Option<(u64, Timestamp)> {
        self.redriven
    }

    /// Since when its time is counted.
    pub(super) fn counted_from(&self) -> Timestamp {
        self.redriven.map_or(self.started, |(_, at)| at)
    }
}

impl Turn<'_> {
    /// Goes on from what an execution has left.
    pub(super) fn redrive(&mut self) {
        let Some(root) = self.ex.wreck.take() else { return };
        let count = self.ex.redriven.map_or(1, |(count, _)| count + 1);
        self.ex.redriven = Some((count, self.now));
        self.ex.status = Status::Running;
        self.ex.threads.insert(ThreadId::ROOT, *root);
        let last = EventId::new(self.ex.last_event);
        let event = self.record_after(last, EventKind::ExecutionRedriven(Redriven { redrive_count: count }));
        // Only the execution itself follows its redrive. Branches follow what they did last: a history tells them apart by
        // that.
        self.set_last(ThreadId::ROOT, event);
        self.drive(ThreadId::ROOT, Flow::Resume);
    }

    /// Does once more what a thread was at. There is no flow of its own if its branches or iterations go on first.
    pub(super) fn resume(&mut self, id: ThreadId) -> Option<Flow> {
        self.set_position(id, Position::Moving);
        let Some(visit) = self.visit_mut(id) else {
            return Some(Flow::Impossible(Impossible::NoState(id)));
        };
        visit.tries.clear();
        visit.retries = 0;
        let (states, state, input) = (visit.states(), visit.state, visit.input.clone());
        if let Some(wreck) = visit.wreck.take() {
            self.resume_children(id, *wreck);
            return None;
        }
        if let Some((arn, count)) = visit.map_run.clone() {
            return Some(map_run::redrive(self, id, arn, count + 1));
        }
        Some(match states.get(state).kind {
            // It fails again, and is seen to be entered again.
            Kind::Fail(_) => Flow::Enter(state, input),
            _ => self.execute(id),
        })
    }

    fn resume_children(&mut self, id: ThreadId, wreck: Wreck) {
        let Wreck { results, mut waiting, began, concurrency, broken } = wreck;
        let mut running = Vec::new();
        for (child, thread) in broken {
            match (&thread.visit, thread.parent, &thread.item) {
                // It had not begun.
                (None, Some((_, n)), Some((_, item))) => waiting.push((n, item.clone())),
                _ => {
                    running.push(child);
                    self.ex.threads.insert(child, thread);
                }
            }
        }
        let children = Children {
            results,
            waiting,
            running: running.clone(),
            began,
            concurrency,
            failed: None,
            starting: true,
            broken: Vec::new(),
        };
        self.set_position(id, Position::Children(children));
        self.later(id, Flow::Begin);
        for child in running.into_iter().rev() {
            self.later(child, Flow::Resume);
        }
    }

    /// Takes a thread and everything under it out of the execution, whatever they wait for, as they are.
    pub(super) fn halt(&mut self, id: ThreadId) -> Option<Thread> {
        let mut thread = self.ex.threads.remove(&id)?;
        match std::mem::replace(&mut thread.position, Position::Moving) {
            Position::Task(run) => self.commands.push(Command::Abandon(run.attempt)),
            Position::MapRun(attempt) => self.commands.push(Command::Abandon(attempt)),
            Position::Children(children) => {
                let wreck = self.wreck_of(children);
                if let Some(visit) = &mut thread.visit {
                    visit.wreck = Some(Box::new(wreck));
                }
            }
            Position::Moving | Position::Finding | Position::Wait { .. } | Position::Backoff { .. } => {}
        }
        Some(thread)
    }

    /// What branches or iterations leave.
    pub(super) fn wreck_of(&mut self, children: Children) -> Wreck {
        let Children { results, waiting, running, began, concurrency, mut broken, .. } = children;
        for child in running {
            broken.extend(self.halt(child).map(|thread| (child, thread)));
        }
        Wreck { results, waiting, began, concurrency, broken }
    }
}
