//! Taking executions up again from their histories, and what cannot be taken up.

use super::StoreError;
use super::executor::{Executor, ExecutorError, STORE_REST, thinking};
use super::store::executions::{self, RowId, Summary};
use super::store::{jobs, map_runs, tokens};
use crate::execution::{Execution, NotAwaited, Stimulus, replay};
use crate::time::after;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use tokio::task::JoinSet;

/// What a call is said to have ended with when nobody knows how it ended: the engine was stopped while it was out.
///
/// Lambda's own clients report a broken connection under this name, and AWS recommends to retry it.
const UNKNOWN_OUTCOME: &str = "Lambda.SdkClientException";

/// How many executions with lost calls are taken up at once. Each waits for a commit, and one commit serves them all.
const AT_ONCE: usize = 64;

impl Executor {
    /// Takes up what was going on when the engine stopped. What there is, is read at once; the work goes on behind the
    /// scenes.
    pub(super) async fn take_up(&self) -> Result<(), StoreError> {
        let (in_flight, jobs, map_runs) = self
            .0
            .store
            .read(|connection| {
                Ok((
                    executions::in_flight(connection)?,
                    jobs::all(connection)?,
                    map_runs::running(connection)?,
                ))
            })
            .await?;
        let (executor, busy) = (self.clone(), self.0.clock.busy());
        tokio::spawn(async move {
            let mut lost = JoinSet::new();
            for row in in_flight {
                if lost.len() >= AT_ONCE {
                    lost.join_next().await;
                }
                lost.spawn(executor.clone().report_lost(row));
            }
            while lost.join_next().await.is_some() {}
            jobs.into_iter().for_each(|job| executor.look_at(job));
            executor.run_maps(map_runs);
            executor.find_stranded().await;
            drop(busy);
        });
        Ok(())
    }

    /// Looks for executions that cannot be taken up again. Whoever waits for one is told at once that it will not go on,
    /// and not when its time comes.
    async fn find_stranded(&self) {
        let running = match self.0.store.read(executions::running).await {
            Ok(running) => running,
            // Each is looked at when it is touched.
            Err(error) => return tracing::error!(%error, "the executions could not be looked at"),
        };
        for row in running {
            match self.recover(row).await {
                Ok(execution) => self.find(row, execution.to_find()),
                // It has ended since.
                Err(ExecutorError::NotAwaited(_)) => {}
                Err(error) => tracing::error!(row = row.0, %error, "an execution could not be looked at"),
            }
        }
        self.0.looked_at_all.store(true, Ordering::Release);
    }

    /// Why a running execution cannot be taken up again, if it cannot.
    pub(crate) async fn why_stranded(&self, execution: &Summary) -> Option<String> {
        let row = execution.row;
        if execution.status.has_ended() {
            return None;
        }
        if !self.0.looked_at_all.load(Ordering::Acquire) {
            // `recover` keeps the reason in `stranded`, which is read below.
            let _ = self.recover(row).await;
        }
        let stranded = self.0.stranded.lock().unwrap_or_else(PoisonError::into_inner);
        stranded.get(&row).cloned()
    }

    /// Reads an execution from its history. If that cannot be done now or later, it is said once, and kept.
    pub(super) async fn recover(&self, row: RowId) -> Result<Execution, ExecutorError> {
        let recovered = self.replayed(row).await;
        if let Err(error) = &recovered
            && error.strands()
        {
            let execution = self.0.store.read(move |connection| executions::arn(connection, row)).await?;
            let why = error.to_string();
            let mut stranded = self.0.stranded.lock().unwrap_or_else(PoisonError::into_inner);
            if stranded.insert(row, why.clone()).is_none() {
                tracing::error!(
                    execution,
                    why,
                    "an execution cannot be taken up again and is left as it is; start the version of Redress that ran it over the same `--state`, or put right by hand what it was to do"
                );
            }
        }
        recovered
    }

    async fn replayed(&self, row: RowId) -> Result<Execution, ExecutorError> {
        let (recovery, heartbeats) = self
            .0
            .store
            .read(move |connection| {
                Ok((executions::recovery(connection, row)?, tokens::heartbeats(connection, row)?))
            })
            .await?;
        // What nobody knows any more has ended.
        let recovery = recovery.ok_or(NotAwaited)?;
        let machine = self.0.machines.stored(&recovery.definition)?;
        let replayed = move || replay(recovery.about, machine, &recovery.history);
        let mut execution = thinking(replayed).await??;
        for (attempt, at) in heartbeats {
            // A heartbeat of an attempt that has ended since says nothing any more.
            let _ = execution.advance(at, Stimulus::Heartbeat { attempt });
        }
        Ok(execution)
    }

    /// After a restart nobody knows how a call ended. The workflow's Retry decides whether it is made again.
    async fn report_lost(self, row: RowId) {
        let cell = self.cell(row);
        let attempts = loop {
            match self.loaded(row, &mut *cell.lock().await).await {
                Ok(execution) => break execution.in_flight(),
                Err(error) if error.may_pass() => {
                    tracing::error!(row = row.0, %error, "an execution with lost calls could not be read");
                    self.0.clock.sleep_until(after(self.0.clock.now(), STORE_REST)).await;
                }
                // It has ended since, or it is among those that cannot be taken up.
                Err(_) => return,
            }
        };
        for attempt in attempts {
            let cause =
                "The engine was stopped while this call was out; nobody knows how it ended.".to_owned();
            let stimulus =
                Stimulus::Failed { attempt, error: Some(UNKNOWN_OUTCOME.to_owned()), cause: Some(cause) };
            self.submit_or_log(row, stimulus).await;
        }
    }
}
