use super::history::HistoryEvent;
use super::stimulus::AttemptId;
use super::thread::ThreadId;
use crate::asl::state::Resource;
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
        activity: String,
    },
    /// Run the iterations of a distributed Map, and report how the map run ended.
    RunMap(MapRun),
    /// Nobody waits for this attempt any more. Its call may be stopped, and its token is void.
    Abandon(AttemptId),
}

/// A call of an integration.
pub struct Invocation {
    /// Which attempt it is. The report must name it.
    pub attempt: AttemptId,
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
pub struct MapRun {
    /// Which attempt it is. The report must name it.
    pub attempt: AttemptId,
    /// The map run's ARN.
    pub arn: String,
    /// The state. Its children run its item processor: `StateMachine::of_processor`.
    pub state: String,
    /// The inputs of the children, in order.
    pub inputs: Vec<Value>,
    /// How many run at the same time; 0 for as many as the engine allows.
    pub concurrency: u64,
    /// How many may fail.
    pub tolerated_count: u64,
    /// How many of a hundred may fail.
    pub tolerated_percentage: f64,
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
