//! `verify`: reads the target again once AWS has had time to spread the change.

use super::OnRecord;
use crate::error::task_error;
use crate::{Changing, Nature, Recorded, Task};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// The step of a kind.
pub struct Verify<K>(PhantomData<K>);

impl<K: Changing> Task for Verify<K> {
    const KIND: Option<&'static str> = Some(K::NAME);
    const NAME: &'static str = "verify";
    const NATURE: Nature = Nature::Look;
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = OnRecord<Recorded<K::Change, K::Was>>;
    type Output = Output;
    type Error = Error;
}

/// The output of `verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// Whether the change holds.
    pub state: Hold,
    /// The same in one sentence.
    pub detail: String,
}

/// Whether a change holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hold {
    /// The target is as the change left it.
    Holds,
    /// Somebody reverted the change, and it can be made again.
    PutBack,
    /// The target is neither as the change left it nor as it was recorded: only a person can judge it.
    Drifted,
    /// The target is gone, or another one has its name.
    Gone,
}

task_error! {}
