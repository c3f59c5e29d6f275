//! Waiting for a condition, with a deadline.

use engine::clock::Clock;
use engine::time::after;
use std::time::Duration;
use tests::{Result, Trouble};

/// The deadline. Only a failure reaches it.
const DEADLINE: Duration = Duration::from_secs(90);

/// The polling interval in milliseconds.
const EVERY: u64 = 10;

/// The result of some work, or an error after the deadline.
pub(crate) async fn in_time<T>(what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let late = || Trouble(format!("this took longer than {} s: {what}", DEADLINE.as_secs()));
    tokio::time::timeout(DEADLINE, work).await.map_err(|_| late())?
}

/// Polls until there is a value.
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
