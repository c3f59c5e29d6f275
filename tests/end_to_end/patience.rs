//! Waiting for something to be so, with an end to the patience.

use engine::service::Clock;
use engine::time::after;
use std::time::Duration;
use tests::{Result, Trouble};

/// How long anything may take before a test gives up. It is reached only where something is broken.
const DEADLINE: Duration = Duration::from_secs(90);

/// How often is looked, in milliseconds.
const EVERY: u64 = 10;

/// What comes of some work, if it comes at all.
pub(crate) async fn in_time<T>(what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let late = || Trouble(format!("this took longer than {} s: {what}", DEADLINE.as_secs()));
    tokio::time::timeout(DEADLINE, work).await.map_err(|_| late())?
}

/// Looks until there is something to see.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    in_time(what, async {
        loop {
            if let Some(seen) = look().await? {
                return Ok(seen);
            }
            Clock.sleep_until(after(Clock.now(), EVERY)).await;
        }
    })
    .await
}
