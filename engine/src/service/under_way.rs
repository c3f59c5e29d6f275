//! The deliveries that are under way.

use super::store::deliveries::Delivery;
use std::collections::{BTreeSet, HashMap, HashSet};
use tokio::task::{JoinError, JoinSet};

/// The deliveries that are under way, and what each of them is: its id and its target.
#[derive(Default)]
pub(super) struct UnderWay {
    tasks: JoinSet<()>,
    of: HashMap<tokio::task::Id, (i64, String)>,
    /// The ids of those that go to each target. No target is without any.
    to: HashMap<String, HashSet<i64>>,
}

impl UnderWay {
    /// How many deliveries to one target are under way at once.
    pub(super) const AT_ONCE: usize = 8;

    pub(super) fn has_room_for(&self, delivery: &Delivery) -> bool {
        let ids = self.to.get(&delivery.target_arn);
        ids.is_none_or(|ids| ids.len() < Self::AT_ONCE && !ids.contains(&delivery.id))
    }

    pub(super) fn begin(
        &mut self,
        (id, target): (i64, String),
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        self.to.entry(target.clone()).or_default().insert(id);
        self.of.insert(self.tasks.spawn(work).id(), (id, target));
    }

    /// Waits until one of them has ended, and says to which targets those went that have: for ever, where there is
    /// none.
    pub(super) async fn ended(&mut self) -> BTreeSet<String> {
        let mut targets = BTreeSet::new();
        match self.tasks.join_next_with_id().await {
            Some(ended) => targets.extend(self.remove(ended)),
            None => std::future::pending().await,
        }
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            targets.extend(self.remove(ended));
        }
        targets
    }

    /// The target of the one that has ended.
    fn remove(&mut self, ended: Result<(tokio::task::Id, ()), JoinError>) -> Option<String> {
        let task = ended.map_or_else(|error| error.id(), |(task, ())| task);
        let (id, target) = self.of.remove(&task)?;
        if let Some(ids) = self.to.get_mut(&target) {
            ids.remove(&id);
            if ids.is_empty() {
                self.to.remove(&target);
            }
        }
        Some(target)
    }
}
