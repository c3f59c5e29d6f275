//! Starts executions, and waits for their ends.

use super::NewExecution;
use super::executor::{Executor, ExecutorError, thinking, to_its_end};
use super::store::executions::{self, Summary};
use super::store::{StoreError, mocked};
use super::turn::decided;
use crate::execution::{About, Execution};
use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;

impl Executor {
    /// Starts an execution. Starting it again with the same name and input while it runs gives the same execution.
    pub async fn start_execution(&self, new: NewExecution) -> Result<Timestamp, ExecutorError> {
        let executor = self.clone();
        let busy = self.0.clock.busy();
        let work = async move {
            let started = executor.start_new(new).await;
            drop(busy);
            started
        };
        to_its_end(work).await
    }

    /// Starts an execution and waits for its end.
    pub(crate) async fn run_to_end(&self, new: NewExecution) -> Result<Summary, ExecutorError> {
        self.begin(new).await?.wait().await
    }

    /// Starts an execution whose end somebody wants to wait for.
    pub(super) async fn begin(&self, new: NewExecution) -> Result<Ending, ExecutorError> {
        let (ended, input) = (self.wait_for(&new.arn), new.input.clone());
        match self.start_execution(new).await {
            Ok(_) => Ok(Ending::Awaited(ended)),
            // It is there and has ended: it is the one that was asked for, if it had the same input.
            Err(ExecutorError::AlreadyExists(arn)) => {
                let wanted = arn.clone();
                let found = self.0.store.read(move |connection| executions::get(connection, &wanted)).await?;
                let found = found.filter(|found| found.input == input);
                Ok(Ending::Known(Box::new(found.ok_or(ExecutorError::AlreadyExists(arn))?)))
            }
            Err(error) => Err(error),
        }
    }

    async fn start_new(&self, new: NewExecution) -> Result<Timestamp, ExecutorError> {
        let NewExecution { machine, arn, name, region, input, origin, test_case } = new;
        let about = About {
            machine_arn: machine.stored.arn.clone(),
            machine_name: machine.stored.name.clone(),
            role_arn: machine.stored.role_arn.clone(),
            input: input.into(),
            arn,
            name,
            region,
            seed: seed(),
        };
        let (machine, stored, now) = (machine.machine, machine.stored, self.0.clock.now());
        let (execution, commands) = thinking(move || Execution::start(about, machine, now)).await?;
        let (record, effects) = decided(&execution, commands, true);
        let (started, definition) = (execution.started(), stored.definition);
        let begin = move |connection: &Connection| {
            let arn = execution.about().arn.clone();
            if let Some(before) = executions::get(connection, &arn)? {
                return Ok((execution, Err(before)));
            }
            let row = executions::insert(connection, &execution, &definition, &origin)?;
            let written = record.write(connection, row, started, |connection| {
                test_case.map_or(Ok(()), |test_case| mocked::put(connection, &arn, &test_case))
            })?;
            Ok((execution, Ok((row, written))))
        };
        let (execution, begun) = self.0.store.write(begin).await?;
        let (row, written) = match begun {
            Ok(begun) => begun,
            Err(before) if !before.status.has_ended() && before.input == *execution.about().input => {
                return Ok(before.started_at);
            }
            Err(before) => return Err(ExecutorError::AlreadyExists(before.arn)),
        };
        tracing::info!(execution = execution.about().arn.as_str(), "started");
        self.keep(row, execution);
        self.carry_out(row, effects, written);
        Ok(started)
    }
}

/// What the randomness of a new execution is drawn from.
pub(crate) fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    let (left, right) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    seed.iter_mut().zip(left.as_bytes().iter().chain(right.as_bytes())).for_each(|(to, from)| *to = *from);
    seed
}

/// The end of an execution.
pub(super) enum Ending {
    /// It has not come.
    Awaited(oneshot::Receiver<Summary>),
    /// It came long ago.
    Known(Box<Summary>),
}

impl Ending {
    /// Waits for it.
    pub(super) async fn wait(self) -> Result<Summary, ExecutorError> {
        match self {
            Self::Awaited(ended) => ended.await.map_err(|_| StoreError::Closed.into()),
            Self::Known(summary) => Ok(*summary),
        }
    }
}
