//! Reading the dataset of a map run.

use super::executor::{Executor, ExecutorError, thinking};
use super::map_io::{Dataset, Plan, S3};
use super::store::map_runs::{self, MapRun};
use crate::asl::state::item_reader::{Format, ReaderSource};
use crate::datasets::{self, DatasetError, Item, Object};
use crate::execution::{Failure, exceeded};
use serde_json::{Value, json};

/// The error of a map run whose items cannot be read.
const ERROR: &str = "States.ItemReaderFailed";

impl Executor {
    /// Reads the dataset of a map run and makes the inputs of its children from it.
    pub(super) async fn read_dataset(
        &self,
        run: &MapRun,
        plan: &Plan,
    ) -> Result<Result<Vec<Value>, Failure>, ExecutorError> {
        let Some(dataset) = &plan.dataset else { return Ok(Err(failed("the map run has no dataset"))) };
        let items = match items(&self.s3(run).await?, dataset, &run.state).await {
            Ok(items) => items,
            Err(failure) => return Ok(Err(failure)),
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
}

/// The items of a dataset, no more of them than it says.
async fn items(s3: &S3<'_>, dataset: &Dataset, state: &str) -> Result<Vec<Item>, Failure> {
    let Dataset { source, arguments, most } = dataset;
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let bucket = text(arguments, "Bucket");
    let mut items = match source {
        ReaderSource::Object(format) => {
            let object = Object { bucket, key: text(arguments, "Key") };
            of_object(s3, &object, arguments, format, (most, state)).await?
        }
        ReaderSource::Listing => listing(s3, arguments, most, |page| datasets::listed(&bucket, page)).await?,
        ReaderSource::Flattened(format) => {
            let objects = listing(s3, arguments, usize::MAX, |page| datasets::objects(&bucket, page)).await?;
            of_objects(s3, objects, format, arguments, (most, state)).await?
        }
        ReaderSource::Inventory => {
            let manifest = s3.object(arguments).await.map_err(unreadable)?;
            let datasets::Inventory { files, format } = datasets::inventory(&manifest).map_err(of_dataset)?;
            of_objects(s3, files, &format, arguments, (most, state)).await?
        }
        ReaderSource::Athena(format) => {
            let manifest = s3.object(arguments).await.map_err(unreadable)?;
            let objects = datasets::athena(&manifest).map_err(of_dataset)?;
            of_objects(s3, objects, format, arguments, (most, state)).await?
        }
    };
    items.truncate(most);
    Ok(items)
}

/// What pages of a listing give, until there is enough of it.
async fn listing<T>(
    s3: &S3<'_>,
    arguments: &Value,
    most: usize,
    read: impl Fn(&Value) -> Vec<T>,
) -> Result<Vec<T>, Failure> {
    let (mut arguments, mut found) = (arguments.clone(), Vec::new());
    loop {
        let page = s3.list(&arguments).await.map_err(unreadable)?;
        found.extend(read(&page));
        match (page.get("NextContinuationToken"), arguments.as_object_mut()) {
            (Some(next), Some(arguments)) if found.len() < most => {
                arguments.insert("ContinuationToken".to_owned(), next.clone());
            }
            _ => return Ok(found),
        }
    }
}

/// What is in objects, one after the other, until there is enough of it.
async fn of_objects(
    s3: &S3<'_>,
    objects: Vec<Object>,
    format: &Format,
    arguments: &Value,
    (most, state): (usize, &str),
) -> Result<Vec<Item>, Failure> {
    let mut items = Vec::new();
    for object in objects {
        if items.len() >= most {
            break;
        }
        let mut one = json!({ "Bucket": object.bucket, "Key": object.key });
        if let (Some(owner), Some(one)) = (arguments.get("ExpectedBucketOwner"), one.as_object_mut()) {
            one.insert("ExpectedBucketOwner".to_owned(), owner.clone());
        }
        items.extend(of_object(s3, &object, &one, format, (most - items.len(), state)).await?);
    }
    Ok(items)
}

/// What is in an object. It is read where that holds up nobody.
async fn of_object(
    s3: &S3<'_>,
    object: &Object,
    arguments: &Value,
    format: &Format,
    (most, state): (usize, &str),
) -> Result<Vec<Item>, Failure> {
    let bytes = s3.object(arguments).await.map_err(unreadable)?;
    let (format, address) = (format.clone(), object.address());
    let read = thinking(move || datasets::items(&format, &address, &bytes, most)).await;
    read.map_err(|error| failed(&error.to_string()))?.map_err(|error| match error {
        DatasetError::TooLarge => exceeded(state),
        error => of_dataset(error),
    })
}

fn text(arguments: &Value, name: &str) -> String {
    arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn failed(why: &str) -> Failure {
    Failure::new(ERROR, why)
}

fn unreadable(failure: Failure) -> Failure {
    failed(&failure.cause.unwrap_or_default())
}

fn of_dataset(error: DatasetError) -> Failure {
    failed(&error.to_string())
}
