//! Rules that are due at times: what AWS sends their targets then.
//!
//! Source: EventBridge user guide, "Creating a scheduled rule"; the event was recorded from AWS.

use super::bus::{Bus, deliveries_of};
use super::executor::STORE_REST;
use super::rules::{Held, RuleFault};
use crate::time::{after, seconds_iso};
use jiff::Timestamp;
use serde_json::{Value, json};

impl Bus {
    /// Tells the targets of rules that are due, until the engine ends.
    pub(super) async fn follow_schedules(self) {
        loop {
            let rescheduled = self.0.rules.rescheduled.notified();
            let next = match self.tell_due().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(%error, "rules with a schedule could not be followed");
                    Some(after(self.0.clock.now(), STORE_REST))
                }
            };
            let wait = async {
                match next {
                    Some(at) => self.0.clock.sleep_in_passing_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = rescheduled => {}
                () = wait => {}
            }
        }
    }

    /// Tells the targets of the rules that are due, and says when the next one will be.
    async fn tell_due(&self) -> Result<Option<Timestamp>, RuleFault> {
        loop {
            let _busy = self.0.clock.busy();
            let now = self.0.clock.now();
            let (due, next) = self.0.rules.due(now).await?;
            if due.is_empty() {
                return Ok(next);
            }
            for (held, at) in due {
                let event = event(&held, at);
                let id = event.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                tracing::info!(rule = held.key.name, event = id, "a rule is due");
                self.0.rules.was_due(&held, now, deliveries_of(&held, &event, &id, now)).await?;
                self.0.taken.notify_one();
            }
        }
    }
}

/// What targets get of a rule that is due.
fn event(held: &Held, at: Timestamp) -> Value {
    let (account, region) = held.key.place.split_once('/').unwrap_or_default();
    json!({
        "version": "0",
        "id": uuid::Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": seconds_iso(at),
        "region": region,
        "resources": [held.arn],
        "detail": {},
    })
}
