//! `look`: reads the live target and plans the change. Changes nothing.

use crate::error::task_error;
use crate::{Finding, Kind, Looked, Nature, Task};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// The step of a kind.
pub struct Look<K>(PhantomData<K>);

/// Kinds that only look plan no change, so their change has no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoChange {}

/// The type of the change in a kind's plan.
pub trait PlannedChange: Kind {
    /// The kind's `Change`, or `NoChange`.
    type Planned: crate::Data;
}

macro_rules! planned_by_changing_kinds {
    ($($kind:ident)*) => { $( impl PlannedChange for crate::kinds::$kind {
        type Planned = <crate::kinds::$kind as crate::Changing>::Change;
    } )* };
}
macro_rules! planned_by_looking_kinds {
    ($($kind:ident)*) => { $( impl PlannedChange for crate::kinds::$kind { type Planned = NoChange; } )* };
}
crate::for_each_changing_kind!(planned_by_changing_kinds);
crate::for_each_looking_kind!(planned_by_looking_kinds);

impl<K: PlannedChange> Task for Look<K> {
    const KIND: Option<&'static str> = Some(K::NAME);
    const NAME: &'static str = "look";
    const NATURE: Nature = Nature::Look;
    const TIMEOUT_SECONDS: u32 = 20;
    type Input = Input<K::Target>;
    type Output = Looked<K::Target, K::Planned>;
    type Error = Error;
}

/// The input of `look`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input<T> {
    /// The case.
    pub case_id: String,
    /// The finding.
    pub finding: Finding<T>,
}

task_error! {}
