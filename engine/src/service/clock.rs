use jiff::Timestamp;
use std::time::Duration;

/// The time of the shell. The core gets it as a parameter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock;

impl Clock {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock of the engine")]
    pub fn now(self) -> Timestamp {
        Timestamp::now()
    }

    /// Waits until a time has come.
    pub async fn sleep_until(self, at: Timestamp) {
        // A timer that ends a moment early would be found not due and set again.
        let left = at.as_millisecond() - self.now().as_millisecond() + 1;
        if let Ok(left) = u64::try_from(left) {
            Self::sleep(Duration::from_millis(left)).await;
        }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that waits on real time")]
    async fn sleep(left: Duration) {
        tokio::time::sleep(left).await;
    }
}
