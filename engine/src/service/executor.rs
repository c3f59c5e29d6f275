//! Runs executions: takes in what happened, makes it durable, and does what there is to do. In this order.

use super::machines::MachineError;
use super::notice::Notice;
use super::store::executions::{self, RowId, Summary};
use super::store::jobs::{self, Job};
use super::store::tokens::{self, Owner};
use super::timers::{Awaited, Timers};
use super::turn::decided;
use super::{Machines, Store, StoreError};
use crate::arn::ExecutionArn;
use crate::clock::Clock;
use crate::execution::{AttemptId, Diverged, Execution, NotAwaited, Stimulus, TaskToken};
use crate::integrations::{Integrations, Report};
use crate::time::after;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Mutex as AsyncMutex, Notify, oneshot};

/// Why something could not be done with an execution.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// Nobody waits for it.
    #[error(transparent)]
    NotAwaited(#[from] NotAwaited),
    /// The store failed; nothing was done.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its definition cannot be read any more.
    #[error(transparent)]
    Definition(#[from] MachineError),
    /// Its history cannot be replayed.
    #[error(transparent)]
    Diverged(#[from] Diverged),
    /// There is another execution of this name, with another input or at its end.
    #[error("Execution Already Exists: '{0}'")]
    AlreadyExists(ExecutionArn),
}

impl ExecutorError {
    /// Whether the same may succeed later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Store(error) | Self::Definition(MachineError::Store(error)) => error.may_pass(),
            _ => false,
        }
    }

    /// Whether it is the execution itself that this engine cannot run, now or later.
    pub(super) fn strands(&self) -> bool {
        match self {
            Self::Diverged(_) => true,
            Self::Store(StoreError::Record(_)) => true,
            Self::Definition(error) => matches!(error, MachineError::Definition(_)),
            _ => false,
        }
    }
}

/// How long the store is left alone after an error, in milliseconds.
pub(super) const STORE_REST: u64 = 1_000;

/// The executor. It can be cloned; all clones are the same.
#[derive(Clone)]
pub struct Executor(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) machines: Machines,
    pub(super) integrations: Integrations,
    /// The executions that are in memory: those with calls out, and those that something happens to right now.
    live: Mutex<HashMap<RowId, Arc<AsyncMutex<Option<Execution>>>>>,
    /// Those that cannot be taken up again, by their rows, and why not.
    pub(super) stranded: Mutex<BTreeMap<RowId, String>>,
    /// Whether all that ran before have been looked at, so that those above are all.
    pub(super) looked_at_all: AtomicBool,
    pub(super) timers: Timers,
    /// Whenever a task of an activity waits for a worker.
    pub(super) scheduled: Notify,
    /// Who wants to hear of executions.
    pub(super) listeners: Mutex<Vec<UnboundedSender<Arc<Notice>>>>,
    /// Who waits for the end of an execution, by its ARN.
    pub(super) waiting: Mutex<HashMap<ExecutionArn, oneshot::Sender<Summary>>>,
}

/// What is written together with a turn.
pub(super) type Also = Box<dyn FnOnce(&rusqlite::Connection) -> Result<(), StoreError> + Send>;

impl Executor {
    /// Takes up where the store left off: timers are set again, and calls that were out are reported as lost. It returns
    /// before all of that is done, so that requests are answered at once whatever waits.
    pub async fn start(
        store: Store,
        clock: Clock,
        machines: Machines,
        integrations: Integrations,
    ) -> Result<Self, ExecutorError> {
        let (timers, due) = Timers::new(clock);
        let (live, stranded) = (Mutex::default(), Mutex::default());
        let (listeners, waiting) = (Mutex::default(), Mutex::default());
        let inner = Inner {
            store,
            clock,
            machines,
            integrations,
            live,
            stranded,
            looked_at_all: AtomicBool::new(false),
            timers,
            scheduled: Notify::new(),
            listeners,
            waiting,
        };
        let executor = Self(Arc::new(inner));
        for (at, row) in executor.0.store.read(executions::timers).await? {
            // What it is for is known when it is looked at.
            executor.0.timers.set(row, Some(Awaited { at, with_patience: true }));
        }
        executor.take_up().await?;
        tokio::spawn(due.run(executor.clone()));
        Ok(executor)
    }

    /// Takes in what happened to an execution.
    pub(crate) async fn submit(&self, row: RowId, stimulus: Stimulus) -> Result<(), ExecutorError> {
        self.submit_with(row, stimulus, None).await
    }

    /// The same, with the job that has begun.
    async fn submit_with(
        &self,
        row: RowId,
        stimulus: Stimulus,
        job: Option<Job>,
    ) -> Result<(), ExecutorError> {
        let executor = self.clone();
        let busy = self.0.clock.busy();
        let work = async move {
            let taken = executor.take_in(row, stimulus, job).await;
            drop(busy);
            taken
        };
        to_its_end(work).await
    }

    async fn take_in(&self, row: RowId, stimulus: Stimulus, job: Option<Job>) -> Result<(), ExecutorError> {
        let heartbeat = match &stimulus {
            Stimulus::Heartbeat { attempt } => Some(*attempt),
            _ => None,
        };
        let now = self.0.clock.now();
        let also: Also = Box::new(move |connection| {
            if let Some(attempt) = heartbeat {
                tokens::heartbeat(connection, row, attempt, now)?;
            }
            job.iter().try_for_each(|job| jobs::put(connection, job))
        });
        let cell = self.cell(row);
        let mut slot = cell.lock().await;
        let result = self.turn(row, &mut slot, stimulus, now, also).await;
        self.release(row, &mut slot);
        result
    }

    /// Lets every timer of an execution that is due come. What the store cannot take now is tried again.
    pub(crate) async fn elapse(&self, row: RowId) -> Result<(), ExecutorError> {
        let cell = self.cell(row);
        let mut slot = cell.lock().await;
        let result = self.elapse_in(row, &mut slot).await;
        self.release(row, &mut slot);
        if result.as_ref().is_err_and(ExecutorError::may_pass) {
            let at = after(self.0.clock.now(), STORE_REST);
            self.0.timers.set(row, Some(Awaited { at, with_patience: false }));
        }
        result
    }

    async fn elapse_in(&self, row: RowId, slot: &mut Option<Execution>) -> Result<(), ExecutorError> {
        loop {
            let now = self.0.clock.now();
            let execution = self.loaded(row, slot).await?;
            let (next, awaited) = (execution.next_timer(), Awaited::of(execution));
            match next {
                Some((at, timer)) if at <= now => {
                    self.turn(row, slot, Stimulus::Elapsed(timer), now, Box::new(|_| Ok(()))).await?;
                }
                _ => {
                    self.0.timers.set(row, awaited);
                    return Ok(());
                }
            }
        }
    }

    /// Whose token it is, if it is anybody's.
    pub(crate) async fn owner(&self, token: TaskToken) -> Result<Option<Owner>, StoreError> {
        self.0.store.read(move |connection| tokens::owner(connection, &token)).await
    }

    /// One turn: the interpreter decides, the store keeps, and only then is anything done.
    pub(super) async fn turn(
        &self,
        row: RowId,
        slot: &mut Option<Execution>,
        stimulus: Stimulus,
        now: Timestamp,
        also: Also,
    ) -> Result<(), ExecutorError> {
        self.loaded(row, slot).await?;
        let begins = stimulus == Stimulus::Redrive;
        let Some(mut execution) = slot.take() else { return Err(StoreError::Closed.into()) };
        let (execution, commands) = thinking(move || {
            let commands = execution.advance(now, stimulus);
            (execution, commands)
        })
        .await?;
        let execution = slot.insert(execution);
        let (record, effects) = decided(execution, commands?, begins);
        let written = self.0.store.write(move |connection| record.write(connection, row, now, also)).await;
        let written = match written {
            Ok(written) => written,
            Err(error) => {
                // What is in memory is ahead of what is on disk: it is forgotten, and read again when it is needed.
                *slot = None;
                return Err(error.into());
            }
        };
        if effects.ended {
            tracing::info!(execution = execution.about().arn.as_str(), "ended");
        }
        self.carry_out(row, effects, written);
        Ok(())
    }

    /// The execution, read from its history if it is not in memory.
    pub(super) async fn loaded<'s>(
        &self,
        row: RowId,
        slot: &'s mut Option<Execution>,
    ) -> Result<&'s mut Execution, ExecutorError> {
        if slot.is_none() {
            *slot = Some(self.recover(row).await?);
        }
        slot.as_mut().ok_or(ExecutorError::Store(StoreError::Closed))
    }

    /// Takes in how a call ended. Nobody else will ever say it, so what the store cannot take now is tried again.
    pub(super) async fn submit_or_log(&self, row: RowId, stimulus: Stimulus) {
        self.submit_or_log_with(row, stimulus, None).await;
    }

    /// The same, with the job that has begun.
    pub(super) async fn submit_or_log_with(&self, row: RowId, stimulus: Stimulus, job: Option<Job>) {
        loop {
            let error = match self.submit_with(row, stimulus.clone(), job.clone()).await {
                // A late answer is no news.
                Ok(()) | Err(ExecutorError::NotAwaited(_)) => return,
                Err(error) => error,
            };
            tracing::error!(row = row.0, %error, "what happened to an execution could not be taken in");
            if !error.may_pass() {
                return;
            }
            let clock = self.0.clock;
            clock.sleep_until(after(clock.now(), STORE_REST)).await;
        }
    }

    pub(super) fn cell(&self, row: RowId) -> Arc<AsyncMutex<Option<Execution>>> {
        let mut live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(live.entry(row).or_default())
    }

    /// Keeps a new execution in memory while it has calls out.
    pub(super) fn keep(&self, row: RowId, execution: Execution) {
        if !execution.in_flight().is_empty() {
            let mut live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever was faster has read the same execution from the store.
            live.entry(row).or_insert_with(|| Arc::new(AsyncMutex::new(Some(execution))));
        }
    }

    /// Forgets an execution that only waits: it lives on disk.
    pub(super) fn release(&self, row: RowId, slot: &mut Option<Execution>) {
        if slot.as_ref().is_some_and(|execution| !execution.in_flight().is_empty()) {
            return;
        }
        *slot = None;
        let mut live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may wait for the same cell; then it stays, empty.
        if live.get(&row).is_some_and(|cell| Arc::strong_count(cell) <= 2) {
            live.remove(&row);
        }
    }
}

/// Does something whether or not somebody waits for it: a client that goes away in the middle of a turn must not keep
/// the calls of that turn from being made.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ExecutorError>> + Send + 'static,
) -> Result<T, ExecutorError> {
    tokio::spawn(work).await.map_err(|_| StoreError::Closed)?
}

/// Lets the interpreter think where it holds up nobody: a machine may go through thousands of states without waiting, and
/// a dataset or a definition may be large.
pub(crate) async fn thinking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)
}

/// What a call's end is to the execution.
pub(super) fn stimulus(attempt: AttemptId, submits: bool, report: Report) -> Stimulus {
    match report {
        Ok(output) if submits => Stimulus::Submitted { attempt, output: output.into() },
        Ok(output) => Stimulus::Succeeded { attempt, output: output.into() },
        Err(failure) => {
            let error = failure.error.map(|error| error.as_str().to_owned());
            Stimulus::Failed { attempt, error, cause: failure.cause }
        }
    }
}
