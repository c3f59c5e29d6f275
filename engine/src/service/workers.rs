//! Activities: looking for them, and giving their tasks to workers.

use super::executor::{Executor, ExecutorError, to_its_end};
use super::store::activities::{self, Waiting};
use super::store::executions::RowId;
use crate::arn::ActivityArn;
use crate::execution::{Stimulus, TaskToken, ThreadId};
use crate::time::after;

/// How long a worker waits for a task, in milliseconds. Source: API reference, `GetActivityTask`.
const POLL: u64 = 60_000;

/// A task that a worker has taken on.
pub(crate) struct Taken {
    pub(crate) token: TaskToken,
    /// JSON.
    pub(crate) input: String,
}

impl Executor {
    /// Looks for activities, and takes in whether they are there.
    pub(super) fn find(&self, row: RowId, finds: Vec<(ThreadId, ActivityArn)>) {
        for (thread, activity) in finds {
            let executor = self.clone();
            tokio::spawn(async move {
                let look = move |connection: &rusqlite::Connection| {
                    Ok(activities::get(connection, &activity)?.is_some())
                };
                match executor.0.store.read(look).await {
                    Ok(there) => executor.submit_or_log(row, Stimulus::Found { thread, there }).await,
                    Err(error) => tracing::error!(row = row.0, %error, "an activity could not be looked for"),
                }
            });
        }
    }

    /// The task of an activity that has waited longest. Without one it waits for one, for as long as AWS does.
    pub(crate) async fn poll(
        &self,
        activity: &str,
        worker: Option<&str>,
    ) -> Result<Option<Taken>, ExecutorError> {
        let clock = self.0.clock;
        let over = clock.sleep_patiently_until(after(clock.now(), POLL));
        tokio::pin!(over);
        loop {
            // Whoever comes with a task from now on is heard.
            let scheduled = self.0.scheduled.notified();
            tokio::pin!(scheduled);
            scheduled.as_mut().enable();
            let (executor, activity, worker) = (self.clone(), activity.to_owned(), worker.map(str::to_owned));
            // A worker that goes away in the middle has taken the task or it has not.
            let taken = to_its_end(async move { executor.take(activity, worker).await }).await?;
            if taken.is_some() {
                return Ok(taken);
            }
            tokio::select! {
                () = &mut scheduled => {}
                () = &mut over => return Ok(None),
            }
        }
    }

    async fn take(&self, activity: String, worker: Option<String>) -> Result<Option<Taken>, ExecutorError> {
        loop {
            let of = activity.clone();
            let next = self.0.store.read(move |connection| activities::next(connection, &of)).await?;
            let Some(Waiting { execution: row, attempt, input }) = next else { return Ok(None) };
            let unschedule =
                move |connection: &rusqlite::Connection| activities::unschedule(connection, row, attempt);
            let cell = self.cell(row);
            let mut slot = cell.lock().await;
            let started = Stimulus::Started { attempt, worker: worker.clone() };
            let now = self.0.clock.now();
            let result = self.turn(row, &mut slot, started, now, Box::new(unschedule)).await;
            let token = slot.as_ref().map(|execution| execution.task_token(attempt));
            self.release(row, &mut slot);
            drop(slot);
            match (result, token) {
                (Ok(()), Some(token)) => return Ok(Some(Taken { token, input })),
                // Another worker was faster, or nobody waits for the task any more.
                (Ok(()) | Err(ExecutorError::NotAwaited(_)), _) => {
                    self.0.store.write(unschedule).await?;
                }
                (Err(error), _) => return Err(error),
            }
        }
    }
}
