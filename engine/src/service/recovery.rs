//! Taking executions up again from their histories, and what cannot be taken up.

use super::executor::{Executor, ExecutorError, thinking};
use super::store::executions::{self, RowId};
use super::store::tokens;
use crate::execution::{Execution, NotAwaited, Stimulus, replay};
use std::sync::PoisonError;

/// What a call is said to have ended with when nobody knows how it ended: the engine was stopped while it was out.
///
/// Lambda's own clients report a broken connection under this name, and AWS recommends to retry it.
const UNKNOWN_OUTCOME: &str = "Lambda.SdkClientException";

/// An execution that is left as it is, since this engine cannot take it up again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// Its ARN.
    pub execution: String,
    /// Why not.
    pub why: String,
}

impl Executor {
    /// Looks for executions that cannot be taken up again. Whoever waits for one is told at once that it will not go on,
    /// and not when its time comes.
    pub(super) async fn find_stranded(&self) -> Result<(), ExecutorError> {
        for row in self.0.store.read(executions::running).await? {
            match self.recover(row).await {
                Err(error) if !error.strands() => return Err(error),
                Err(_) => {}
                Ok(execution) => self.find(row, execution.to_find()),
            }
        }
        Ok(())
    }

    /// The executions that cannot be taken up again, as far as that is known.
    pub fn stranded(&self) -> Vec<Stranded> {
        self.0.stranded.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Why an execution cannot be taken up again, if it cannot.
    pub(crate) fn why_stranded(&self, row: RowId) -> Option<String> {
        let stranded = self.0.stranded.lock().unwrap_or_else(PoisonError::into_inner);
        stranded.get(&row).map(|stranded| stranded.why.clone())
    }

    pub(super) async fn recover(&self, row: RowId) -> Result<Execution, ExecutorError> {
        let recovered = self.replayed(row).await;
        if let Err(error) = &recovered
            && error.strands()
        {
            let execution = self.0.store.read(move |connection| executions::arn(connection, row)).await?;
            let stranded = Stranded { execution, why: error.to_string() };
            self.0.stranded.lock().unwrap_or_else(PoisonError::into_inner).insert(row, stranded);
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
    pub(super) async fn report_lost(&self, row: RowId) {
        let cell = self.cell(row);
        let attempts = match self.loaded(row, &mut *cell.lock().await).await {
            Ok(execution) => execution.in_flight(),
            Err(error) => {
                tracing::error!(row = row.0, %error, "an execution cannot be taken up again; it is left as it is");
                return;
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
