//! The engine forgets executions some time after they have ended. Otherwise the store would grow for ever, and with it what
//! somebody finds there.

use super::store::{Store, StoreError, pruning};
use crate::clock::Clock;
use jiff::{SignedDuration, Timestamp};

/// How many executions one transaction forgets at most: others write in between.
const AT_ONCE: usize = 100;

/// How long after one look the next is.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Begins to forget what ended more than `days` days ago, now and every day. With 0 everything is kept.
pub fn start(store: Store, clock: Clock, days: u32) {
    if days == 0 {
        return;
    }
    tokio::spawn(async move {
        loop {
            match forget(&store, clock.now(), days).await {
                Ok(0) => {}
                Ok(forgotten) => {
                    tracing::info!(forgotten, days, "executions that ended long ago were forgotten")
                }
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "executions that ended long ago could not be forgotten")
                }
            }
            let Ok(next) = clock.now().checked_add(DAY) else { return };
            clock.sleep_in_passing_until(next).await;
        }
    });
}

/// Forgets executions, and says how many they were.
async fn forget(store: &Store, now: Timestamp, days: u32) -> Result<usize, StoreError> {
    let kept = SignedDuration::from_hours(24 * i64::from(days));
    let Ok(before) = now.checked_sub(kept) else { return Ok(0) };
    let mut forgotten = 0;
    loop {
        let some = store.write(move |connection| pruning::prune(connection, before, AT_ONCE)).await?;
        forgotten += some;
        if some < AT_ONCE {
            break;
        }
    }
    Ok(forgotten)
}
