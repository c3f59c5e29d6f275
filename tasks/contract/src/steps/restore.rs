//! `restore`: takes back exactly what `change` did, and nothing else.

use super::OnRecord;
use crate::error::task_error;
use crate::{Changing, Nature, Recorded, Restored, Task};
use std::marker::PhantomData;

/// The step of a kind.
pub struct Restore<K>(PhantomData<K>);

impl<K: Changing> Task for Restore<K> {
    const KIND: Option<&'static str> = Some(K::NAME);
    const NAME: &'static str = "restore";
    const NATURE: Nature = Nature::Undo;
    const TIMEOUT_SECONDS: u32 = 20;
    type Input = OnRecord<Recorded<K::Change, K::Was>>;
    type Output = Restored;
    type Error = Error;
}

task_error! {
    /// Nobody asked for the undo, and the change is in place: it stays there. Only what a change that failed left behind is
    /// removed without being asked for.
    TookHold {
        /// The target, as a noun phrase.
        what: String,
    } => "the change of {what} took hold, and nobody has asked to take it back",
    /// The target is not as the change left it. Nothing was restored: a person must judge it.
    Drifted {
        /// The target, as a noun phrase.
        what: String,
        /// What is different.
        how: String,
    } => "{what} was left alone, because it is not as the change left it: {how}",
    /// AWS refuses to restore it.
    CannotBeRestored {
        /// The target, as a noun phrase.
        what: String,
        /// The answer of AWS.
        why: String,
    } => "{what} cannot be restored: {why}",
    /// It was restored, and reading it back showed something else. Retried.
    NotReadBack {
        /// The target, as a noun phrase.
        what: String,
        /// What was read.
        how: String,
    } => "{what} was restored and is not as it was: {how}",
}
