//! `record`: records the target before anything is changed, which arms the undo.

use crate::error::task_error;
use crate::{Changing, Finding, Nature, Recorded, Task};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// The step of a kind.
pub struct Record<K>(PhantomData<K>);

impl<K: Changing> Task for Record<K> {
    const KIND: Option<&'static str> = Some(K::NAME);
    const NAME: &'static str = "record";
    const NATURE: Nature = Nature::Look;
    const TIMEOUT_SECONDS: u32 = 20;
    type Input = Input<K::Target, K::Change>;
    type Output = Recorded<K::Change, K::Was>;
    type Error = Error;
}

/// The input of `record`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input<T, C> {
    /// The case.
    pub case_id: String,
    /// The finding.
    pub finding: Finding<T>,
    /// The change that people were shown. `record` works it out again from the live target and refuses another one.
    pub change: C,
    /// Whether the change may be made although the case table cannot be reached. The record is in the execution alone then.
    /// Only kinds whose change must not wait accept that.
    #[serde(default)]
    pub unrecorded: bool,
}

task_error! {
    /// The target is gone, or is not what the change was planned for. Nothing was changed.
    TargetChanged {
        /// The target, as a noun phrase.
        what: String,
        /// What is different.
        how: String,
    } => "{what} is not what the change was planned for: {how}",
    /// The target cannot be recorded so that an undo would be safe. Nothing was changed.
    CannotBeRecorded {
        /// The target, as a noun phrase.
        what: String,
        /// Why not, and what to do.
        why: String,
    } => "{what} cannot be recorded: {why}",
}
