//! What others are told about executions, once it is on disk.

use super::executor::Executor;
use super::store::executions::Summary;
use crate::arn::ExecutionArn;
use crate::execution::history::HistoryEvent;
use std::sync::{Arc, PoisonError};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

/// What was written in one turn of an execution that somebody may want to hear of.
#[derive(Debug)]
pub(crate) struct Notice {
    /// Where it stands since then.
    pub(crate) summary: Summary,
    /// What happened.
    pub(crate) events: Vec<HistoryEvent>,
    /// Whether its status is another than before.
    pub(crate) has_new_status: bool,
}

impl Executor {
    /// What is written from now on.
    pub(crate) fn notices(&self) -> UnboundedReceiver<Arc<Notice>> {
        let (sender, receiver) = unbounded_channel();
        self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        receiver
    }

    pub(super) fn tell(&self, notice: Notice) {
        let notice = Arc::new(notice);
        let mut listeners = self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.send(Arc::clone(&notice)).is_ok());
        if notice.has_new_status && notice.summary.status.has_ended() {
            self.child_ended(&notice.summary);
            let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(waiting) = waiting.remove(&notice.summary.arn) {
                // Whoever waited may have gone away.
                let _ = waiting.send(notice.summary.clone());
            }
        }
    }

    /// Waits for the end of the execution of this ARN, which is not started yet.
    pub(super) fn wait_for(&self, arn: &ExecutionArn) -> oneshot::Receiver<Summary> {
        let (sender, receiver) = oneshot::channel();
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned(), sender);
        receiver
    }
}
