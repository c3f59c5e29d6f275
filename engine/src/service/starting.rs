//! Starts executions, and waits for their ends.

use super::NewExecution;
use super::executor::{Executor, ExecutorError, thinking, to_its_end};
use super::store::executions::{self, Standing, Summary};
use super::store::{StoreError, history, mocked, tokens};
use super::timers::Awaited;
use super::turn::{Turn, begin_map_runs, notices_of, schedule};
use super::workers::tasks_of;
use crate::execution::{About, Execution, Status};
use crate::integrations::Caller;
use jiff::Timestamp;
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
        let turn = Turn::of(&execution.about().arn, commands);
        let (tokens, tasks) = (turn.tokens(), tasks_of(&turn.invocations));
        let (events, map_runs) = (turn.events, turn.map_runs);
        let standing = Standing::of(&execution);
        let (started, definition) = (execution.started(), stored.definition);
        let ended = *execution.status() != Status::Running;
        let (execution, stored) = self
            .0
            .store
            .write(move |connection| {
                if let Some(before) = executions::get(connection, &execution.about().arn)? {
                    return Ok((execution, Err(before)));
                }
                let row = executions::insert(connection, &execution, &definition, &origin)?;
                history::append(connection, row, &execution.about().input, &events)?;
                executions::stand(connection, row, &standing, started)?;
                for (token, attempt) in &tokens {
                    tokens::put(connection, token, row, *attempt)?;
                }
                if let Some(test_case) = test_case {
                    mocked::put(connection, &execution.about().arn, &test_case)?;
                }
                schedule(connection, row, &tasks)?;
                let runs = begin_map_runs(connection, row, &map_runs, started)?;
                Ok((execution, Ok((row, runs, notices_of(connection, row, events, true, ended)?))))
            })
            .await?;
        let (row, map_runs, notices) = match stored {
            Ok(stored) => stored,
            Err(before) if before.status == "RUNNING" && before.input == *execution.about().input => {
                return Ok(before.started_at);
            }
            Err(before) => return Err(ExecutorError::AlreadyExists(before.arn)),
        };
        tracing::info!(execution = execution.about().arn.as_str(), "started");
        notices.into_iter().for_each(|notice| self.tell(notice));
        self.0.timers.set(row, Awaited::of(&execution));
        let caller = Caller::of(execution.about());
        self.keep(row, execution);
        self.call(row, &caller, turn.invocations);
        self.find(row, turn.finds);
        self.run_maps(map_runs);
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
