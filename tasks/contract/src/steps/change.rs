//! `change`: makes the recorded change and reads it back.

use super::OnRecord;
use crate::error::task_error;
use crate::{Changed, Changing, Nature, Recorded, Task};
use std::marker::PhantomData;

/// The step of a kind.
pub struct Change<K>(PhantomData<K>);

impl<K: Changing> Task for Change<K> {
    const KIND: Option<&'static str> = Some(K::NAME);
    const NAME: &'static str = "change";
    const NATURE: Nature = Nature::Act;
    const TIMEOUT_SECONDS: u32 = 20;
    type Input = OnRecord<Recorded<K::Change, K::Was>>;
    type Output = Changed;
    type Error = Error;
}

task_error! {
    /// The target is gone, is not what was recorded, or was replaced while the change was made.
    TargetChanged {
        /// The target, as a noun phrase.
        what: String,
        /// What is different.
        how: String,
    } => "{what} is not what was recorded: {how}",
    /// Somebody else has made the same change since the target was recorded. It is not ours, and not ours to take back.
    AlreadyMade {
        /// The target, as a noun phrase.
        what: String,
    } => "somebody else has made the same change of {what}",
    /// AWS refuses the change. The target is as it was recorded.
    CannotBeChanged {
        /// The target, as a noun phrase.
        what: String,
        /// The answer of AWS.
        why: String,
    } => "{what} cannot be changed: {why}",
    /// The change was made, and reading it back failed or showed something else. Retried, then verified.
    NotReadBack {
        /// The target, as a noun phrase.
        what: String,
        /// What was read.
        how: String,
    } => "the change of {what} was made and is not seen: {how}",
}
