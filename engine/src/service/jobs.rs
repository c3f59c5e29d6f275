//! States that wait for the end of an execution that they have started (`.sync`, `.sync:2`).
//!
//! The job is written together with the event that the call was submitted. When an execution has ended, those who wait for
//! it are told; after a restart every job is looked at once. When nobody waits any more, the execution is stopped, as AWS
//! does it.

use super::executor::{Executor, stimulus};
use super::store::executions::{self, RowId, Summary};
use super::store::jobs::{self, Job};
use crate::asl::state::Pattern;
use crate::execution::{AttemptId, Stimulus};
use crate::integrations::{Ended, Report};
use crate::time::to_milliseconds;
use serde_json::Value;

impl Job {
    /// The job that a call has begun, if the state waits for one.
    pub(super) fn of(
        execution: RowId,
        attempt: AttemptId,
        pattern: Pattern,
        report: &Report,
    ) -> Option<Self> {
        let as_json = match pattern {
            Pattern::Sync => false,
            Pattern::Sync2 => true,
            Pattern::RequestResponse | Pattern::WaitForTaskToken => return None,
        };
        let child = report.as_ref().ok()?.get("ExecutionArn").and_then(Value::as_str)?.to_owned();
        Some(Self { execution, attempt, child, as_json })
    }
}

impl Executor {
    /// Reports the end of what a job waits for, if it has ended.
    pub(super) fn look_at(&self, job: Job) {
        let executor = self.clone();
        let busy = self.0.clock.busy();
        tokio::spawn(async move {
            let child = job.child.clone();
            match executor.0.store.read(move |connection| executions::get(connection, &child)).await {
                Ok(Some(summary)) if summary.status.has_ended() => executor.end_job(job, summary).await,
                Ok(_) => {}
                Err(error) => tracing::error!(child = job.child, %error, "a job could not be looked at"),
            }
            drop(busy);
        });
    }

    /// Tells those who wait for an execution that it has ended.
    pub(super) fn child_ended(&self, summary: &Summary) {
        let (executor, summary) = (self.clone(), summary.clone());
        let busy = self.0.clock.busy();
        tokio::spawn(async move {
            let child = summary.arn.clone();
            match executor.0.store.read(move |connection| jobs::of_child(connection, &child)).await {
                Ok(waiting) => {
                    for job in waiting {
                        executor.end_job(job, summary.clone()).await;
                    }
                }
                Err(error) => {
                    tracing::error!(child = summary.arn.as_str(), %error, "the jobs of an execution could not be read")
                }
            }
            drop(busy);
        });
    }

    async fn end_job(&self, job: Job, summary: Summary) {
        let ended = Ended {
            arn: summary.arn,
            machine_arn: summary.machine_arn,
            name: summary.name,
            status: summary.status,
            input: summary.input,
            output: summary.output,
            error: summary.error,
            cause: summary.cause,
            started_at: to_milliseconds(summary.started_at),
            stopped_at: summary.stopped_at.map(to_milliseconds),
        };
        let report = ended.report(if job.as_json { Pattern::Sync2 } else { Pattern::Sync });
        self.submit_or_log(job.execution, stimulus(job.attempt, false, report)).await;
        if let Err(error) = self.0.store.write(move |connection| jobs::done(connection, &job)).await {
            // It is looked at again after a restart; then nobody waits for it.
            tracing::error!(%error, "the end of a job could not be noted");
        }
    }

    /// Stops what attempts wait for that nobody waits for any more.
    pub(super) fn stop_jobs(&self, row: RowId, attempts: Vec<AttemptId>) {
        if attempts.is_empty() {
            return;
        }
        let executor = self.clone();
        let busy = self.0.clock.busy();
        tokio::spawn(async move {
            for attempt in attempts {
                let taken = executor.0.store.write(move |connection| {
                    let taken = jobs::of_attempt(connection, row, attempt)?;
                    taken.iter().try_for_each(|job| jobs::done(connection, job))?;
                    let children = taken.iter().map(|job| executions::get(connection, &job.child));
                    children.collect::<Result<Vec<_>, _>>()
                });
                match taken.await {
                    Ok(children) => {
                        for child in children.into_iter().flatten() {
                            let stop = Stimulus::Stop { error: None, cause: None };
                            executor.submit_or_log(child.row, stop).await;
                        }
                    }
                    Err(error) => tracing::error!(row = row.0, %error, "a job could not be stopped"),
                }
            }
            drop(busy);
        });
    }
}
