//! One task that waits for the earliest time of all executions.

use super::store::executions::RowId;
use super::{Clock, Executor};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Sets the time for which an execution waits.
#[derive(Clone)]
pub(super) struct Timers(UnboundedSender<(RowId, Option<Timestamp>)>);

/// Waits for the times that were set.
pub(super) struct Due {
    set: UnboundedReceiver<(RowId, Option<Timestamp>)>,
    clock: Clock,
    times: BTreeSet<(Timestamp, RowId)>,
    of: HashMap<RowId, Timestamp>,
}

impl Timers {
    pub(super) fn new(clock: Clock) -> (Self, Due) {
        let (sender, set) = unbounded_channel();
        (Self(sender), Due { set, clock, times: BTreeSet::new(), of: HashMap::new() })
    }

    /// The execution has something to do at this time, or at none.
    pub(super) fn set(&self, row: RowId, at: Option<Timestamp>) {
        // Without a receiver the engine is shutting down, and the store knows the time.
        let _ = self.0.send((row, at));
    }
}

impl Due {
    /// Wakes executions until nobody sets a time any more.
    pub(super) async fn run(mut self, executor: Executor) {
        loop {
            let next = self.times.first().copied();
            let wait = async {
                match next {
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
                        let executor = executor.clone();
                        tokio::spawn(async move {
                            if let Err(error) = executor.elapse(row).await {
                                tracing::error!(row = row.0, %error, "a timer of an execution could not be taken in");
                            }
                        });
                    }
                }
            }
        }
    }

    fn note(&mut self, row: RowId, at: Option<Timestamp>) {
        if let Some(before) = self.of.remove(&row) {
            self.times.remove(&(before, row));
        }
        if let Some(at) = at {
            self.of.insert(row, at);
            self.times.insert((at, row));
        }
    }
}
