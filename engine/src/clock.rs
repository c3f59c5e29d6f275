//! The time of the shell: real, or virtual.
//!
//! Virtual time runs as real time does, and jumps over what nobody could shorten: as soon as the engine has nothing to do
//! but wait, it is the time for which it waits. Timestamps are faithful, since everything takes its time from here. Calls
//! take as long as they take. A timeout is jumped over only when nobody has answered for a while: somebody may. What comes
//! again and again lets time jump to it only on the way to something else: otherwise it would never stand still.

use crate::time::from_milliseconds;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The time of the shell. The core gets it as a parameter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    moving: Option<&'static Virtual>,
}

/// Real time.
#[expect(non_upper_case_globals, reason = "where nobody says otherwise, the clock is the real one")]
pub const Clock: Clock = Clock { moving: None };

/// How long the engine must have had nothing to do before time jumps.
const SETTLE: Duration = Duration::from_millis(1);

/// Virtual time.
#[derive(Debug)]
struct Virtual {
    state: Mutex<State>,
    /// Something changed that may let time jump.
    changed: Notify,
    /// Time has jumped.
    jumped: Notify,
    /// How long somebody has, in real time, to answer what is waited for with a timeout.
    patience: Duration,
}

#[derive(Debug, Default)]
struct State {
    /// How far virtual time is ahead of real time, in milliseconds.
    ahead: i64,
    /// How many things are being done.
    busy: usize,
    /// What is waited for, in milliseconds since 1970, and how.
    waits: BTreeMap<(i64, u64), Wait>,
    /// Whose time has come and who has not noticed yet. Each of them counts as busy.
    woken: BTreeSet<(i64, u64)>,
    sequence: u64,
}

/// How something is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// It comes whatever anybody does.
    Certain,
    /// Somebody may answer before.
    Patient,
    /// It comes again and again.
    InPassing,
}

/// While it is there, time does not jump.
#[derive(Debug)]
pub struct Busy(Option<&'static Virtual>);

/// A wait that is known of.
struct Waiting {
    time: &'static Virtual,
    key: (i64, u64),
}

impl Clock {
    /// A virtual clock that is nowhere before `not_before`: a store must not find itself in its own future. It is never
    /// given back, as an engine has one and keeps it until it ends.
    pub fn virtual_from(not_before: Option<Timestamp>, patience: Duration) -> Self {
        let ahead = not_before.map_or(0, |at| at.as_millisecond() - real().as_millisecond()).max(0);
        let time: &'static Virtual = Box::leak(Box::new(Virtual {
            state: Mutex::new(State { ahead, ..State::default() }),
            changed: Notify::new(),
            jumped: Notify::new(),
            patience,
        }));
        tokio::spawn(time.run());
        Self { moving: Some(time) }
    }

    /// Now.
    pub fn now(self) -> Timestamp {
        match self.moving {
            None => real(),
            Some(time) => time.now(),
        }
    }

    /// Something is being done: virtual time does not jump until it is done.
    pub fn busy(self) -> Busy {
        if let Some(time) = self.moving {
            time.state().busy += 1;
        }
        Busy(self.moving)
    }

    /// Waits until a time has come that comes whatever anybody does.
    pub async fn sleep_until(self, at: Timestamp) {
        self.sleep(at, Wait::Certain).await;
    }

    /// Waits until a time has come before which somebody may answer.
    pub async fn sleep_patiently_until(self, at: Timestamp) {
        self.sleep(at, Wait::Patient).await;
    }

    /// Waits until a time has come that does not let time jump by itself: that of a schedule.
    pub async fn sleep_in_passing_until(self, at: Timestamp) {
        self.sleep(at, Wait::InPassing).await;
    }

    async fn sleep(self, at: Timestamp, how: Wait) {
        // A timer that ends a moment early would be found not due and set again.
        let at = at.as_millisecond().saturating_add(1);
        let Some(time) = self.moving else {
            return really_sleep(at - real().as_millisecond()).await;
        };
        let _waiting = time.wait_for(at, how);
        loop {
            let jumped = time.jumped.notified();
            let left = at - time.now().as_millisecond();
            if left <= 0 {
                return;
            }
            tokio::select! {
                () = jumped => {}
                () = really_sleep(left) => {}
            }
        }
    }
}

impl Virtual {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        from_milliseconds(real().as_millisecond().saturating_add(self.state().ahead))
    }

    fn wait_for(&'static self, at: i64, how: Wait) -> Waiting {
        let mut state = self.state();
        state.sequence += 1;
        let key = (at, state.sequence);
        state.waits.insert(key, how);
        drop(state);
        self.changed.notify_one();
        Waiting { time: self, key }
    }

    /// What is waited for next, if there is nothing else to do.
    fn next(&self) -> Option<((i64, u64), Wait)> {
        let state = self.state();
        if state.busy > 0 {
            return None;
        }
        let found = |(key, how): (&(i64, u64), &Wait)| (*key, *how);
        let goal = state.waits.iter().find(|(_, how)| **how != Wait::InPassing).map(found)?;
        match goal {
            // On the way to what is certain, everything comes in its turn.
            (_, Wait::Certain) => state.waits.first_key_value().map(found),
            goal => Some(goal),
        }
    }

    /// Lets time jump, for as long as there is an engine.
    async fn run(&'static self) {
        loop {
            let changed = self.changed.notified();
            let Some((next, how)) = self.next() else {
                changed.await;
                continue;
            };
            let settle = if how == Wait::Patient { self.patience } else { SETTLE };
            tokio::select! {
                () = changed => continue,
                () = really_sleep(i64::try_from(settle.as_millis()).unwrap_or(i64::MAX)) => {}
            }
            if self.next() != Some((next, how)) {
                continue;
            }
            let mut state = self.state();
            let left = next.0 - real().as_millisecond().saturating_add(state.ahead);
            state.ahead += left.max(0);
            state.waits.remove(&next);
            state.woken.insert(next);
            state.busy += 1;
            drop(state);
            self.jumped.notify_waiters();
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.time.state();
        state.waits.remove(&self.key);
        if state.woken.remove(&self.key) {
            state.busy -= 1;
        }
        drop(state);
        self.time.changed.notify_one();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(time) = self.0 {
            time.state().busy -= 1;
            time.changed.notify_one();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one clock of the engine")]
fn real() -> Timestamp {
    Timestamp::now()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that waits on real time")]
async fn really_sleep(milliseconds: i64) {
    if let Ok(left) = u64::try_from(milliseconds) {
        tokio::time::sleep(Duration::from_millis(left)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::after;

    const DAY: u64 = 86_400_000;

    #[tokio::test]
    async fn virtual_time_jumps_to_what_is_waited_for() {
        let clock = Clock::virtual_from(None, Duration::ZERO);
        let start = clock.now();
        let (soon, late) = (after(start, DAY), after(start, 365 * DAY));
        tokio::join!(clock.sleep_until(late), async {
            clock.sleep_until(soon).await;
            let now = clock.now();
            assert!(now >= soon && now < after(soon, 60_000), "{now} is not {soon}");
        });
        assert!(clock.now() >= late && clock.now() < after(late, 60_000));
        assert!(real() < after(start, 60_000));
    }

    #[tokio::test]
    async fn it_does_not_jump_while_something_is_being_done() {
        let clock = Clock::virtual_from(None, Duration::ZERO);
        let busy = clock.busy();
        let mut wait = Box::pin(clock.sleep_until(after(clock.now(), DAY)));
        assert!(tokio::time::timeout(Duration::from_millis(50), &mut wait).await.is_err());
        drop(busy);
        wait.await;
    }

    /// What has a timeout can be answered, for as long as patience lasts.
    #[tokio::test]
    async fn it_has_patience_where_somebody_may_answer() {
        let clock = Clock::virtual_from(None, Duration::from_secs(3_600));
        let timeout = clock.sleep_patiently_until(after(clock.now(), DAY));
        assert!(tokio::time::timeout(Duration::from_millis(50), timeout).await.is_err());
    }

    #[tokio::test]
    async fn what_comes_again_comes_on_the_way_to_something_else() {
        let clock = Clock::virtual_from(None, Duration::from_secs(3_600));
        let start = clock.now();
        let mut schedule = Box::pin(clock.sleep_in_passing_until(after(start, DAY)));
        assert!(tokio::time::timeout(Duration::from_millis(50), &mut schedule).await.is_err());
        let patient = Box::pin(clock.sleep_patiently_until(after(start, 2 * DAY)));
        let both = async { tokio::join!(&mut schedule, patient) };
        assert!(tokio::time::timeout(Duration::from_millis(50), both).await.is_err());
        let certain = async {
            clock.sleep_until(after(start, 2 * DAY)).await;
            clock.now()
        };
        let ((), at) = tokio::join!(
            async {
                schedule.await;
                assert!(clock.now() < after(start, DAY + 60_000), "it came in its turn");
            },
            certain
        );
        assert!(at >= after(start, 2 * DAY));
    }

    #[tokio::test]
    async fn it_goes_on_from_where_a_store_is() {
        let later = after(real(), 10 * DAY);
        assert!(Clock::virtual_from(Some(later), Duration::ZERO).now() >= later);
        let earlier = Timestamp::UNIX_EPOCH;
        assert!(Clock::virtual_from(Some(earlier), Duration::ZERO).now() < later);
    }
}
