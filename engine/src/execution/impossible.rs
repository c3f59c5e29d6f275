//! Faults of the interpreter itself.

use super::stimulus::AttemptId;
use super::thread::ThreadId;

/// A contradiction in the interpreter's own state. It ends the execution with `States.Runtime`, since an execution that
/// waited for something impossible would never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// No thread has this attempt.
    #[error("no thread has the attempt {}", .0.get())]
    NoAttempt(AttemptId),
    /// A thread that something happened to is in no state.
    #[error("the thread {} is in no state", .0.0)]
    NoState(ThreadId),
    /// A thread is in a state of another type than what happened to it.
    #[error("the thread {} is in a state of another type", .0.0)]
    OtherState(ThreadId),
    /// A thread whose branch or iteration has ended has none.
    #[error("the thread {} has no branches or iterations", .0.0)]
    NoChildren(ThreadId),
    /// Results are missing, and there is no branch or iteration that could still return one.
    #[error("the thread {} waits for branches or iterations that have not begun and will not begin", .0.0)]
    Stuck(ThreadId),
}
