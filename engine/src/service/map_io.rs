//! What map runs do besides running their children, and S3, which their datasets are in and their results go to.

use super::executor::{Executor, ExecutorError};
use super::store::StoreError;
use super::store::map_runs::MapRun;
use crate::asl::state::distributed::Transformation;
use crate::asl::state::item_reader::ReaderSource;
use crate::aws::Answer;
use crate::execution::{Failure, MapItems, MapWriter};
use crate::integrations::{Caller, Integrations};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a map run is to do besides running its children; kept with it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Whether its children are Express executions.
    pub(super) express: bool,
    /// Where its items are, if it was not given them.
    #[serde(default)]
    pub(super) dataset: Option<Dataset>,
    /// What is made of its results, if anything is said of that.
    #[serde(default)]
    pub(super) writer: Option<Writer>,
}

/// Where items are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Dataset {
    pub(super) source: ReaderSource,
    pub(super) arguments: Value,
    pub(super) most: Option<u64>,
}

/// What is made of results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Writer {
    /// The bucket and the prefix. Without them the results come back.
    pub(super) arguments: Option<Value>,
    pub(super) transformation: Transformation,
    pub(super) lines: bool,
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

    /// The plan of a map run.
    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(|error| StoreError::Record(format!("plan of a map run: {error}")))
    }
}

/// S3, as an `aws-sdk:s3` integration of the execution would call it.
pub(super) struct S3<'e> {
    integrations: &'e Integrations,
    caller: Caller,
}

impl Executor {
    /// S3 for a map run.
    pub(super) async fn s3(&self, run: &MapRun) -> Result<S3<'_>, ExecutorError> {
        let row = run.execution;
        let recovery =
            self.0.store.read(move |connection| super::executions::recovery(connection, row)).await?;
        let about = recovery.ok_or(StoreError::Closed)?.about;
        Ok(S3 { integrations: &self.0.integrations, caller: Caller::of(&about) })
    }
}

impl S3<'_> {
    /// What is in an object.
    pub(super) async fn object(&self, arguments: &Value) -> Result<Bytes, Failure> {
        Ok(self.call("getObject", arguments).await?.body)
    }

    /// One page of a listing.
    pub(super) async fn list(&self, arguments: &Value) -> Result<Value, Failure> {
        Ok(self.call("listObjectsV2", arguments).await?.output)
    }

    /// Writes an object.
    pub(super) async fn put(&self, bucket: &str, key: &str, body: &str) -> Result<(), Failure> {
        let arguments = json!({ "Bucket": bucket, "Key": key, "Body": body });
        self.call("putObject", &arguments).await.map(|_| ())
    }

    async fn call(&self, action: &str, arguments: &Value) -> Result<Answer, Failure> {
        self.integrations.s3(&self.caller, action, arguments).await
    }
}
