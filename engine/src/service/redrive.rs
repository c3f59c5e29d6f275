//! Letting executions that ended badly go on.

use super::executor::{Executor, ExecutorError, to_its_end};
use super::store::executions::{self, RowId, Summary};
use crate::execution::Stimulus;
use jiff::Timestamp;

impl Executor {
    /// Lets an execution go on from the states that did not end well, and says since when. The token is kept with it, so
    /// that the same request is known again.
    pub(crate) async fn redrive(
        &self,
        row: RowId,
        token: Option<String>,
    ) -> Result<Timestamp, ExecutorError> {
        let executor = self.clone();
        to_its_end(async move {
            let now = executor.0.clock.now();
            let also = move |connection: &rusqlite::Connection| {
                executions::redriven(connection, row, now, token.as_deref())
            };
            let cell = executor.cell(row);
            let mut slot = cell.lock().await;
            let result = executor.turn(row, &mut slot, Stimulus::Redrive, now, Box::new(also)).await;
            executor.release(row, &mut slot);
            result.map(|()| now)
        })
        .await
    }

    /// The same, until it ends again.
    pub(super) async fn redrive_to_end(&self, before: Summary) -> Result<Summary, ExecutorError> {
        let ended = self.wait_for(&before.arn);
        self.redrive(before.row, None).await?;
        ended.await.map_err(|_| super::StoreError::Closed.into())
    }
}
