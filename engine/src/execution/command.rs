use super::history::HistoryEvent;
use super::impossible::Impossible;
use super::stimulus::AttemptId;
use super::thread::ThreadId;
use crate::arn::{ActivityArn, MapRunArn};
use crate::asl::state::Resource;
use crate::asl::state::distributed::Transformation;
use crate::asl::state::item_reader::ReaderSource;
use jiff::Timestamp;
use serde_json::Value;

/// What the shell is to do.
pub enum Command {
    /// Append to the history. Nothing else may be done before this is durable.
    Record(HistoryEvent),
    /// Call an integration and report how it ended.
    Invoke(Invocation),
    /// Say whether there is such an activity (`Stimulus::Found`).
    Find {
        /// Whose state names it.
        thread: ThreadId,
        /// Its ARN.
        activity: ActivityArn,
    },
    /// Run the iterations of a distributed Map, and report how the map run ended.
    RunMap(MapRun),
    /// Run those iterations of a map run once more that did not end well, and report how it ended.
    RedriveMap {
        /// Which attempt it is from now on. The report must name it.
        attempt: AttemptId,
        /// The map run's ARN.
        arn: MapRunArn,
    },
    /// Nobody waits for this attempt any more. Its call may be stopped, and its token is void.
    Abandon(AttemptId),
    /// Log a fault of the interpreter, which has ended the execution.
    Report(Impossible),
}

/// A call of an integration.
pub struct Invocation {
    /// Which attempt it is. The report must name it.
    pub attempt: AttemptId,
    /// When it was scheduled.
    pub at: Timestamp,
    /// The state that calls.
    pub state: String,
    /// What is called: never an activity without a token.
    pub resource: Resource,
    /// What it is called with.
    pub arguments: Value,
    /// The role that it is called with, where it is not the machine's.
    pub role_arn: Option<String>,
    /// The token that the call carries, where the state waits for one.
    pub token: Option<TaskToken>,
}

/// A map run: what the children of a distributed Map are made from.
#[derive(Debug, Clone)]
pub struct MapRun {
    /// Which attempt it is. The report must name it.
    pub attempt: AttemptId,
    /// The map run's ARN.
    pub arn: MapRunArn,
    /// The state. Its children run its item processor.
    pub state: String,
    /// What the children are made from.
    pub items: MapItems,
    /// Whether the children are Express executions.
    pub express: bool,
    /// How many run at the same time; 0 for as many as the engine allows.
    pub concurrency: u64,
    /// How many may fail.
    pub tolerated: Tolerated,
    /// What is made of the results, if anything is said of that.
    pub writer: Option<MapWriter>,
}

/// How many children of a map run may fail. Where nothing is said none may.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tolerated {
    /// So many.
    pub count: Option<u64>,
    /// So many of a hundred.
    pub percentage: Option<f64>,
}

impl Tolerated {
    /// The error of a map run in which more have failed than may.
    pub const ERROR: &'static str = "States.ExceedToleratedFailureThreshold";
    /// Its cause.
    pub const CAUSE: &'static str = "The specified tolerated failure threshold was exceeded";

    /// Whether more have failed than may.
    pub fn is_exceeded(&self, failed: usize, total: usize) -> bool {
        let share = if total == 0 { 0.0 } else { failed as f64 * 100.0 / total as f64 };
        match (self.count, self.percentage) {
            (None, None) => failed > 0,
            (count, percentage) => {
                count.is_some_and(|count| failed as u64 > count)
                    || percentage.is_some_and(|percentage| share > percentage)
            }
        }
    }
}

/// What the children of a map run are made from.
#[derive(Debug, Clone, PartialEq)]
pub enum MapItems {
    /// The input of each child, in order.
    Inputs(Vec<Value>),
    /// A dataset: what is read of it becomes inputs by `Execution::map_inputs`.
    Dataset {
        /// What is read.
        source: ReaderSource,
        /// The bucket, and the object or the prefix.
        arguments: Value,
        /// How many items are taken at most.
        most: Option<u64>,
    },
}

/// What is made of the results of a map run.
#[derive(Debug, Clone, PartialEq)]
pub struct MapWriter {
    /// The bucket and the prefix. Without them the results come back.
    pub arguments: Option<Value>,
    /// What of each child is written.
    pub transformation: Transformation,
    /// Whether each result is a line of its own.
    pub lines: bool,
}

/// A task token. It is spent by value and cannot be printed: whoever has it can decide.
pub struct TaskToken(String);

impl TaskToken {
    pub(crate) fn new(token: String) -> Self {
        Self(token)
    }

    /// The token itself, for the one who sends it or looks it up.
    pub fn expose(&self) -> &str {
        &self.0
    }
}
