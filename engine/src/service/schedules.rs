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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::events::Target;
    use crate::scratch::Scratch;
    use crate::service::Store;
    use crate::service::rules::{DEFAULT, Put, Rules};
    use crate::service::stored_rules::Key;

    const MINUTE: u64 = 60_000;

    fn put(state: &str) -> Put {
        Put {
            description: None,
            pattern: None,
            schedule: Some("rate(1 minute)".to_owned()),
            state: state.to_owned(),
            role_arn: None,
        }
    }

    /// When a rule is due is on disk. What it missed while there was no engine it owes once.
    #[tokio::test]
    async fn what_was_missed_is_owed_once() {
        let folder = Scratch::new();
        let store = Store::open(folder.path()).unwrap();
        let rules = || Rules::new(store.clone(), Clock, Vec::new(), "arn:aws:events:us-east-1:1:rule/");
        let key = || Key { place: "1/us-east-1".to_owned(), bus: DEFAULT.to_owned(), name: "r".to_owned() };
        let target: Target =
            serde_json::from_value(json!({ "Id": "t", "Arn": "arn:aws:sqs:us-east-1:1:q" })).unwrap();
        let first = rules();
        let begun = Clock.now();
        first.put(key(), put("ENABLED")).await.unwrap();
        first.change_targets(key(), |targets| targets.push(target)).await.unwrap();
        let (due, next) = first.due(begun).await.unwrap();
        assert!(due.is_empty() && next.is_some_and(|at| at > begun && at <= after(Clock.now(), MINUTE)));

        // Another engine comes up an hour later.
        let later = after(begun, 60 * MINUTE);
        let second = rules();
        let (due, none) = second.due(later).await.unwrap();
        let [(held, at)] = due.as_slice() else { panic!("{due:?}") };
        assert_eq!((Some(*at), none), (next, None));
        let event = event(held, *at);
        assert_eq!(event["time"], json!(seconds_iso(*at)));
        second.was_due(held, later, deliveries_of(held, &event, "e", later)).await.unwrap();
        // Twice is once: it was found due before.
        second.was_due(held, later, deliveries_of(held, &event, "e", later)).await.unwrap();
        let owed = store
            .read(|it| Ok(it.query_row("SELECT count(*) FROM deliveries", [], |row| row.get::<_, i64>(0))?));
        assert_eq!(owed.await.unwrap(), 1);
        for rules in [second, rules()] {
            let (due, next) = rules.due(later).await.unwrap();
            assert!(due.is_empty() && next.is_some_and(|at| at > later && at <= after(later, MINUTE)));
        }

        // One that is disabled is never due, and one that is enabled again begins anew.
        let third = rules();
        third.set_state(&key(), "DISABLED").await.unwrap();
        assert_eq!(rules().due(Timestamp::MAX).await.unwrap(), (Vec::new(), None));
        third.set_state(&key(), "ENABLED").await.unwrap();
        let (_, next) = rules().due(begun).await.unwrap();
        assert!(next.is_some_and(|at| at > begun && at <= after(Clock.now(), MINUTE)));
    }
}
