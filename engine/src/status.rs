//! How executions and map runs are: AWS's words for it, from the wire to the tables.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `status` of an execution. Source: Step Functions API reference, `DescribeExecution`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExecutionStatus {
    /// It is not at its end.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// It took longer than it may.
    TimedOut,
    /// Somebody stopped it.
    Aborted,
    /// It is a child of a map run that is to be redriven. This engine redrives children at once, so none of its own is.
    PendingRedrive,
}

impl ExecutionStatus {
    /// The name, as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
            Self::PendingRedrive => "PENDING_REDRIVE",
        }
    }

    /// The status of that name.
    pub fn read(name: &str) -> Option<Self> {
        use ExecutionStatus::{Aborted, Failed, PendingRedrive, Running, Succeeded, TimedOut};
        [Running, Succeeded, Failed, TimedOut, Aborted, PendingRedrive]
            .into_iter()
            .find(|it| it.as_str() == name)
    }

    /// Whether it is at its end.
    pub fn has_ended(self) -> bool {
        !matches!(self, Self::Running)
    }
}

/// `status` of a map run. Source: Step Functions API reference, `DescribeMapRun`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapRunStatus {
    /// It is not at its end.
    Running,
    /// No more children failed than may.
    Succeeded,
    /// More children failed than may.
    Failed,
    /// Nobody waits for it any more.
    Aborted,
}

impl MapRunStatus {
    /// The name, as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }

    /// The status of that name.
    pub fn read(name: &str) -> Option<Self> {
        [Self::Running, Self::Succeeded, Self::Failed, Self::Aborted]
            .into_iter()
            .find(|it| it.as_str() == name)
    }
}

impl fmt::Display for ExecutionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for MapRunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<ExecutionStatus> for Value {
    fn from(status: ExecutionStatus) -> Self {
        status.as_str().into()
    }
}

impl From<MapRunStatus> for Value {
    fn from(status: MapRunStatus) -> Self {
        status.as_str().into()
    }
}
