//! How executions end in which a call failed, as a table for people.

use crate::law::Run;
use contract::CaseStatus;
use std::collections::BTreeMap;

/// How many executions ended in which way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Endings(BTreeMap<Ending, usize>);

/// How an execution ended in which a call failed, from the best to the worst allowed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    AsWithoutIt,
    KeptAndTold,
    RestoredAndTold,
    HandedOver,
    FailedUnchanged,
    FailedRestored,
    FailedChanged,
    FailedUntold,
}

impl Ending {
    const ALL: [Self; 8] = [
        Self::AsWithoutIt,
        Self::KeptAndTold,
        Self::RestoredAndTold,
        Self::HandedOver,
        Self::FailedUnchanged,
        Self::FailedRestored,
        Self::FailedChanged,
        Self::FailedUntold,
    ];

    fn of(run: &Run, quiet: Option<CaseStatus>) -> Self {
        let status = run.account.records.status();
        if run.outcome.status == "SUCCEEDED" {
            return match status {
                status if status == quiet => Self::AsWithoutIt,
                Some(CaseStatus::Restored) => Self::RestoredAndTold,
                Some(CaseStatus::Changed) => Self::KeptAndTold,
                _ => Self::HandedOver,
            };
        }
        if !run.account.records.told_of_failure() {
            Self::FailedUntold
        } else if run.account.is_changed() {
            Self::FailedChanged
        } else if run.account.was_changed() {
            Self::FailedRestored
        } else {
            Self::FailedUnchanged
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::AsWithoutIt => "ended as without the fault",
            Self::KeptAndTold => "the change stays, people were told",
            Self::RestoredAndTold => "the target is restored, people were told",
            Self::HandedOver => "handed to people, nothing was changed",
            Self::FailedUnchanged => "failed: people were told, nothing was changed",
            Self::FailedRestored => "failed: people were told, the change is no longer there",
            Self::FailedChanged => "failed: people were told, the change is still there",
            Self::FailedUntold => "failed: people could not be told, the failed execution raises an alarm",
        }
    }
}

impl Endings {
    /// Counts an execution, which would have ended as `quiet` without the fault.
    pub(crate) fn count_in(&mut self, run: &Run, quiet: Option<CaseStatus>) {
        *self.0.entry(Ending::of(run, quiet)).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (ending, count) in &other.0 {
            *self.0.entry(*ending).or_default() += count;
        }
    }

    /// How many executions.
    pub(crate) fn count(&self) -> usize {
        self.0.values().sum()
    }
}

/// The table, with a column for each shape.
pub(crate) fn table(shapes: &[(&str, &Endings)]) -> String {
    let widths = || shapes.iter().map(|(name, _)| name.len().max(6));
    let line = |words: &str, cells: Vec<String>| {
        let cells: String =
            cells.iter().zip(widths()).map(|(cell, width)| format!("  {cell:>width$}")).collect();
        format!("{words:<78}{cells}\n")
    };
    let numbers =
        |of: &dyn Fn(&Endings) -> usize| shapes.iter().map(|(_, endings)| of(endings).to_string()).collect();
    let mut table = line(
        "In each execution one call failed, and it",
        shapes.iter().map(|(name, _)| (*name).to_owned()).collect(),
    );
    let occurs = |ending: &Ending| shapes.iter().any(|(_, endings)| endings.0.contains_key(ending));
    for ending in Ending::ALL.into_iter().filter(occurs) {
        table.push_str(&line(
            ending.words(),
            numbers(&|endings| endings.0.get(&ending).copied().unwrap_or_default()),
        ));
    }
    table.push_str(&line("executions", numbers(&Endings::count)));
    table
}
