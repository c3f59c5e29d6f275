//! Writing the results of a map run.
//!
//! Source: Step Functions developer guide, "ResultWriter (Map)".

use super::executor::{Executor, ExecutorError};
use super::herald::redrive_status;
use super::map_io::{S3, Writer};
use super::store::executions::Summary;
use super::store::map_runs::MapRun;
use crate::arn::MapRunArn;
use crate::asl::state::distributed::Transformation;
use crate::datasets::{self, Child};
use crate::execution::Failure;
use crate::status::ExecutionStatus;
use jiff::Timestamp;
use serde_json::{Value, json};

impl Child {
    /// A child that has begun.
    pub(super) fn of(summary: &Summary, now: Timestamp) -> Self {
        let (status, reason) = redrive_status(summary, now);
        Self {
            arn: summary.arn.clone(),
            name: summary.name.clone(),
            machine_arn: summary.machine_arn.clone(),
            status: Some(summary.status),
            input: summary.input.clone(),
            output: summary.output.clone(),
            error: summary.error.clone(),
            cause: summary.cause.clone(),
            started_at: Some(summary.started_at),
            stopped_at: summary.stopped_at,
            redrive: (summary.redrive_count, status, reason),
        }
    }
}

impl Executor {
    /// What a map run gives for its children, in their order: the results, or where they were written.
    pub(super) async fn results(
        &self,
        run: &MapRun,
        writer: Option<&Writer>,
        children: &[Child],
    ) -> Result<Result<Value, Failure>, ExecutorError> {
        let transformation = writer.map_or(Transformation::Compact, |writer| writer.transformation);
        match writer.and_then(|writer| Some((writer.arguments.as_ref()?, writer.lines))) {
            None => Ok(Ok(Value::Array(datasets::results(transformation, children)))),
            Some((arguments, lines)) => {
                let files = Files { arguments, lines, transformation, map_run: &run.arn };
                let written = files.write(&self.s3(run).await?, children).await;
                Ok(written.map_err(|failure| {
                    Failure::new("States.ResultWriterFailed", failure.cause.unwrap_or_default())
                }))
            }
        }
    }
}

/// Files of results, and their manifest.
struct Files<'w> {
    arguments: &'w Value,
    lines: bool,
    transformation: Transformation,
    map_run: &'w MapRunArn,
}

impl Files<'_> {
    async fn write(&self, s3: &S3<'_>, children: &[Child]) -> Result<Value, Failure> {
        let text = |name: &str| self.arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        let (bucket, id) = (text("Bucket"), self.map_run.id());
        let prefix = match text("Prefix").trim_end_matches('/') {
            "" => id.to_owned(),
            prefix => format!("{prefix}/{id}"),
        };
        let mut files = json!({ "FAILED": [], "PENDING": [], "SUCCEEDED": [] });
        for name in ["SUCCEEDED", "FAILED", "PENDING"] {
            let of: Vec<&Child> = children.iter().filter(|child| file_of(child) == name).collect();
            if of.is_empty() {
                continue;
            }
            let body = self.body(of);
            let key = format!("{prefix}/{name}_0.json");
            s3.put(bucket, &key, &body).await?;
            if let Some(files) = files.get_mut(name).and_then(Value::as_array_mut) {
                files.push(json!({ "Key": key, "Size": body.len() }));
            }
        }
        let key = format!("{prefix}/manifest.json");
        let manifest =
            json!({ "DestinationBucket": bucket, "MapRunArn": self.map_run, "ResultFiles": files });
        s3.put(bucket, &key, &manifest.to_string()).await?;
        let details = json!({ "Bucket": bucket, "Key": key });
        Ok(json!({ "MapRunArn": self.map_run, "ResultWriterDetails": details }))
    }

    fn body(&self, children: Vec<&Child>) -> String {
        let results = datasets::results(self.transformation, children);
        if self.lines {
            results.iter().map(|result| format!("{result}\n")).collect()
        } else {
            Value::Array(results).to_string()
        }
    }
}

/// Which file a child belongs in: with those that failed are those that were stopped or took too long.
fn file_of(child: &Child) -> &'static str {
    match child.status {
        Some(ExecutionStatus::Succeeded) => "SUCCEEDED",
        None => "PENDING",
        Some(_) => "FAILED",
    }
}
