//! What map runs read from S3 and write to it, by signed calls as Task states make them.

use super::executor::{Executor, ExecutorError};
use super::store::StoreError;
use super::store::executions::Summary;
use super::store::map_runs::{self, MapRun};
use crate::asl::state::distributed::{ReaderSource, Transformation};
use crate::asl::state::{Integration, Pattern, Resource};
use crate::datasets;
use crate::execution::{Failure, Invocation, MapItems, MapWriter};
use crate::integrations::Caller;
use crate::time::iso;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a map run is to do besides running its children; kept with it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Whether its children are Express executions.
    pub(super) express: bool,
    /// Where its items are, if it was not given them.
    #[serde(default)]
    dataset: Option<Dataset>,
    /// Where its results go, if they do not come back.
    #[serde(default)]
    pub(super) writer: Option<Writer>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Dataset {
    source: ReaderSource,
    arguments: Value,
    most: Option<u64>,
}

/// Where results go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Writer {
    arguments: Value,
    transformation: Transformation,
    lines: bool,
}

impl Plan {
    pub(super) fn of(run: &crate::execution::MapRun) -> Self {
        let dataset = match run.items.clone() {
            MapItems::Inputs(_) => None,
            MapItems::Dataset { source, arguments, most } => Some(Dataset { source, arguments, most }),
        };
        let writer = run.writer.clone().map(|MapWriter { arguments, transformation, lines }| Writer {
            arguments,
            transformation,
            lines,
        });
        Self { express: run.express, dataset, writer }
    }

    /// The plan of a map run. A text that is none is no plan.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

impl Executor {
    /// Reads the dataset of a map run and makes the inputs of its children from it.
    pub(super) async fn read_dataset(
        &self,
        run: &MapRun,
        plan: &Plan,
    ) -> Result<Result<Vec<Value>, Failure>, ExecutorError> {
        let failed = |why: String| Ok(Err(Failure::new("States.ItemReaderFailed", why)));
        let Some(dataset) = &plan.dataset else { return failed("it has no dataset".to_owned()) };
        let items = match self.items(run, dataset).await? {
            Ok(items) => items,
            Err(failure) => return failed(failure.cause.unwrap_or_default()),
        };
        let inputs = {
            let cell = self.cell(run.execution);
            let mut slot = cell.lock().await;
            let now = self.0.clock.now();
            let made = self.loaded(run.execution, &mut slot).await?.map_inputs(now, run.attempt, items);
            self.release(run.execution, &mut slot);
            made
        };
        if let Ok(inputs) = &inputs {
            let (arn, text) = (run.arn.clone(), Value::Array(inputs.clone()).to_string());
            self.0.store.write(move |connection| map_runs::set_inputs(connection, &arn, &text)).await?;
        }
        Ok(inputs)
    }

    async fn items(
        &self,
        run: &MapRun,
        dataset: &Dataset,
    ) -> Result<Result<Vec<Value>, Failure>, ExecutorError> {
        let most = dataset.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        let mut items = match &dataset.source {
            ReaderSource::Listing => match self.listing(run, dataset.arguments.clone(), most).await? {
                Ok(items) => items,
                Err(failure) => return Ok(Err(failure)),
            },
            source => {
                let object = match self.s3(run, "getObject", dataset.arguments.clone()).await? {
                    Ok(object) => object,
                    Err(failure) => return Ok(Err(failure)),
                };
                let body = object.get("Body").and_then(Value::as_str).unwrap_or_default();
                match datasets::items(source, body) {
                    Ok(items) => items,
                    Err(error) => {
                        return Ok(Err(Failure::new("States.ItemReaderFailed", error.to_string())));
                    }
                }
            }
        };
        items.truncate(most);
        Ok(Ok(items))
    }

    /// The objects of a bucket, page by page.
    async fn listing(
        &self,
        run: &MapRun,
        mut arguments: Value,
        most: usize,
    ) -> Result<Result<Vec<Value>, Failure>, ExecutorError> {
        let mut items = Vec::new();
        loop {
            let page = match self.s3(run, "listObjectsV2", arguments.clone()).await? {
                Ok(page) => page,
                Err(failure) => return Ok(Err(failure)),
            };
            items.extend(datasets::listed(&page));
            let next = page.get("NextContinuationToken").cloned();
            match (next, arguments.as_object_mut()) {
                (Some(next), Some(arguments)) if items.len() < most => {
                    arguments.insert("ContinuationToken".to_owned(), next);
                }
                _ => return Ok(Ok(items)),
            }
        }
    }

    /// Writes what came of the children, and says where: the output of the state.
    pub(super) async fn write_results(
        &self,
        run: &MapRun,
        writer: &Writer,
        children: &[&Summary],
    ) -> Result<Result<Value, Failure>, ExecutorError> {
        let text = |name: &str| writer.arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        let (bucket, id) = (text("Bucket"), run.arn.rsplit(':').next().unwrap_or_default());
        let prefix = match text("Prefix").trim_end_matches('/') {
            "" => id.to_owned(),
            prefix => format!("{prefix}/{id}"),
        };
        let extension = if writer.lines { "jsonl" } else { "json" };
        let mut files = json!({ "FAILED": [], "PENDING": [], "SUCCEEDED": [] });
        for (name, succeeded) in [("SUCCEEDED", true), ("FAILED", false)] {
            let of: Vec<&Summary> =
                children.iter().copied().filter(|child| (child.status == "SUCCEEDED") == succeeded).collect();
            if of.is_empty() {
                continue;
            }
            let body = results(writer, &of);
            let key = format!("{prefix}/{name}_0.{extension}");
            if let Some(files) = files.get_mut(name).and_then(Value::as_array_mut) {
                files.push(json!({ "Key": key, "Size": body.len() }));
            }
            let object = json!({ "Bucket": bucket, "Key": key, "Body": body });
            if let Err(failure) = self.s3(run, "putObject", object).await? {
                return Ok(Err(Failure::new("States.ResultWriterFailed", failure.cause.unwrap_or_default())));
            }
        }
        let key = format!("{prefix}/manifest.json");
        let manifest =
            json!({ "DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files }).to_string();
        let object = json!({ "Bucket": bucket, "Key": key, "Body": manifest });
        if let Err(failure) = self.s3(run, "putObject", object).await? {
            return Ok(Err(Failure::new("States.ResultWriterFailed", failure.cause.unwrap_or_default())));
        }
        let details = json!({ "Bucket": bucket, "Key": key });
        Ok(Ok(json!({ "MapRunArn": run.arn, "ResultWriterDetails": details })))
    }

    /// Calls S3 as an `aws-sdk:s3` integration of the execution would.
    async fn s3(
        &self,
        run: &MapRun,
        action: &str,
        arguments: Value,
    ) -> Result<Result<Value, Failure>, ExecutorError> {
        let row = run.execution;
        let recovery =
            self.0.store.read(move |connection| super::executions::recovery(connection, row)).await?;
        let about = recovery.ok_or(StoreError::Closed)?.about;
        let resource = Resource::Integration(Integration {
            service: "aws-sdk:s3".to_owned(),
            action: action.to_owned(),
            pattern: Pattern::RequestResponse,
        });
        let invocation = Invocation {
            attempt: run.attempt,
            at: self.0.clock.now(),
            state: run.state.clone(),
            resource,
            arguments,
            role_arn: None,
            token: None,
        };
        Ok(self.0.integrations.call(&Caller::of(&about), invocation).await)
    }
}

/// What is written of some children.
fn results(writer: &Writer, children: &[&Summary]) -> String {
    let parsed = |child: &Summary| -> Value {
        child.output.as_deref().and_then(|output| serde_json::from_str(output).ok()).unwrap_or_default()
    };
    let values: Vec<Value> = match writer.transformation {
        Transformation::None => children.iter().map(|child| entry(child)).collect(),
        Transformation::Compact => children.iter().map(|child| parsed(child)).collect(),
        Transformation::Flatten => {
            let flatten = |child: &&Summary| match parsed(child) {
                Value::Array(items) => items,
                other => vec![other],
            };
            children.iter().flat_map(flatten).collect()
        }
    };
    if writer.lines {
        values.iter().map(|value| format!("{value}\n")).collect()
    } else {
        Value::Array(values).to_string()
    }
}

/// A child as a result file has it.
fn entry(child: &Summary) -> Value {
    let mut entry = json!({
        "ExecutionArn": child.arn,
        "Input": child.input,
        "InputDetails": { "Included": true },
        "Name": child.name,
        "StartDate": iso(child.started_at),
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "StopDate": child.stopped_at.map(iso),
    });
    if let Some(entry) = entry.as_object_mut() {
        if let Some(output) = &child.output {
            entry.insert("Output".to_owned(), Value::from(output.as_str()));
            entry.insert("OutputDetails".to_owned(), json!({ "Included": true }));
        }
        for (name, value) in [("Error", &child.error), ("Cause", &child.cause)] {
            if let Some(value) = value {
                entry.insert(name.to_owned(), Value::from(value.as_str()));
            }
        }
    }
    entry
}
