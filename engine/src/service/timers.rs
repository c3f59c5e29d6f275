//! One task that waits for the earliest time of all executions.

use super::Executor;
use super::store::executions::RowId;
use crate::clock::Clock;
use crate::execution::{Execution, Timer};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Sets the time for which an execution waits.
#[derive(Clone)]
pub(super) struct Timers(UnboundedSender<(RowId, Option<Awaited>)>);

/// A time for which an execution waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Awaited {
    pub(super) at: Timestamp,
    /// Whether somebody may answer before.
    pub(super) with_patience: bool,
}

impl Awaited {
    /// The earliest time for which an execution waits.
    pub(super) fn of(execution: &Execution) -> Option<Self> {
        let (at, timer) = execution.next_timer()?;
        let with_patience = match timer {
            Timer::Wait(_) | Timer::Backoff(_) => false,
            Timer::Execution | Timer::Timeout(_) | Timer::Heartbeat(_) => true,
        };
        Some(Self { at, with_patience })
    }
}

/// Waits for the times that were set.
pub(super) struct Due {
    set: UnboundedReceiver<(RowId, Option<Awaited>)>,
    clock: Clock,
    times: BTreeSet<(Timestamp, RowId)>,
    of: HashMap<RowId, Awaited>,
}

impl Timers {
    pub(super) fn new(clock: Clock) -> (Self, Due) {
        let (sender, set) = unbounded_channel();
        (Self(sender), Due { set, clock, times: BTreeSet::new(), of: HashMap::new() })
    }

    /// The execution has something to do at this time, or at none.
    pub(super) fn set(&self, row: RowId, at: Option<Awaited>) {
        // Without a receiver the engine is shutting down, and the store knows the time.
        let _ = self.0.send((row, at));
    }
}

impl Due {
    /// Wakes executions until nobody sets a time any more.
    pub(super) async fn run(mut self, executor: Executor) {
        loop {
            let next = self.times.first().copied();
            let with_patience =
                next.and_then(|(_, row)| self.of.get(&row)).is_some_and(|it| it.with_patience);
            let wait = async {
                match next {
                    Some((at, _)) if with_patience => self.clock.sleep_patiently_until(at).await,
                    Some((at, _)) => self.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                set = self.set.recv() => match set {
                    Some((row, at)) => self.note(row, at),
                    None => return,
                },
                () = wait => {
                    if let Some((_, row)) = next {
                        self.note(row, None);
                        let (executor, busy) = (executor.clone(), self.clock.busy());
                        tokio::spawn(async move {
                            if let Err(error) = executor.elapse(row).await {
                                tracing::error!(row = row.0, %error, "a timer of an execution could not be taken in");
                            }
                            drop(busy);
                        });
                    }
                }
            }
        }
    }

    fn note(&mut self, row: RowId, awaited: Option<Awaited>) {
        if let Some(before) = self.of.remove(&row) {
            self.times.remove(&(before.at, row));
        }
        if let Some(awaited) = awaited {
            self.of.insert(row, awaited);
            self.times.insert((awaited.at, row));
        }
    }
}
