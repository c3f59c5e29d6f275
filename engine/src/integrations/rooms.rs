//! How many calls are out at the same time. A distributed Map has up to 10,000 children, and what one machine can hold open
//! is bounded: each state machine has so many places, and its further calls wait. What it calls keeps nobody else waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many calls of one state machine are out at the same time.
const MOST_CALLS: usize = 200;

/// The places of all state machines that have calls out. All clones are the same.
#[derive(Clone, Default)]
pub(super) struct Rooms(Arc<Mutex<HashMap<String, Arc<Semaphore>>>>);

impl Rooms {
    /// A place for a call of a state machine, as soon as there is one. It is free again when it is dropped.
    pub(super) async fn place(&self, machine_arn: &str) -> Option<OwnedSemaphorePermit> {
        self.room(machine_arn).acquire_owned().await.ok()
    }

    fn room(&self, machine_arn: &str) -> Arc<Semaphore> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(machine_arn) {
            return Arc::clone(room);
        }
        // Those that nobody is in, or waits for, are forgotten: a map run without a label has a machine of its own.
        rooms.retain(|_, room| Arc::strong_count(room) > 1);
        let room = Arc::new(Semaphore::new(MOST_CALLS));
        rooms.insert(machine_arn.to_owned(), Arc::clone(&room));
        room
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_CALLS, Rooms};

    #[tokio::test]
    async fn a_machine_that_calls_a_lot_keeps_no_other_waiting() {
        let rooms = Rooms::default();
        let mut held = Vec::new();
        for _ in 0..MOST_CALLS {
            held.push(rooms.place("busy").await.unwrap());
        }
        assert_eq!(rooms.room("busy").available_permits(), 0);
        let other = rooms.place("other").await;
        assert_eq!(rooms.room("other").available_permits(), MOST_CALLS - 1);
        // What nobody is in is forgotten when the next comes, and what somebody is in is not.
        drop(other);
        drop(rooms.place("third").await);
        assert!(!rooms.0.lock().unwrap().contains_key("other"));
        assert_eq!(rooms.room("busy").available_permits(), 0);
        held.pop();
        assert!(rooms.place("busy").await.is_some());
    }
}
