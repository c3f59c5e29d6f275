use super::history::HistoryEvent;
use super::stimulus::AttemptId;
use crate::asl::state::Integration;
use serde_json::Value;

/// What the shell is to do.
pub enum Command {
    /// Append to the history. Nothing else may be done before this is durable.
    Record(HistoryEvent),
    /// Call an integration and report how it ended.
    Invoke(Invocation),
    /// Nobody waits for this attempt any more. Its call may be stopped, and its token is void.
    Abandon(AttemptId),
}

/// A call of an integration.
pub struct Invocation {
    /// Which attempt it is. The report must name it.
    pub attempt: AttemptId,
    /// The state that calls.
    pub state: String,
    /// What is called.
    pub integration: Integration,
    /// What it is called with.
    pub arguments: Value,
    /// The token that the call carries, where the state waits for one.
    pub token: Option<TaskToken>,
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
