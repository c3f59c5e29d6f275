//! How executions end in which something failed: the table that people read.

use crate::law::Run;
use contract::CaseStatus;
use std::collections::BTreeMap;

/// How many executions ended in which way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endings(BTreeMap<Ending, usize>);

/// How an execution ended in which something failed. From the best to the worst that may be.
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
        let status = run.account.office.status();
        if run.outcome.status == "SUCCEEDED" {
            return match status {
                status if status == quiet => Self::AsWithoutIt,
                Some(CaseStatus::Restored) => Self::RestoredAndTold,
                status if status == Some(run.account.kept()) => Self::KeptAndTold,
                _ => Self::HandedOver,
            };
        }
        if !run.account.office.tells_trouble() {
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
            Self::AsWithoutIt => "ended as it does without the fault",
            Self::KeptAndTold => "the change stays, people were told",
            Self::RestoredAndTold => "the resource is restored, people were told",
            Self::HandedOver => "handed to people, nothing was changed",
            Self::FailedUnchanged => "failed: people were told, nothing was changed",
            Self::FailedRestored => "failed: people were told, the change is no longer there",
            Self::FailedChanged => "failed: people were told, the change is still there",
            Self::FailedUntold => "failed: telling people is what failed, the failed execution is the alarm",
        }
    }
}

impl Endings {
    /// Counts an execution. Without what failed in it, it would have ended as `quiet`.
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

/// The table: a column for each workflow.
pub(crate) fn table(workflows: &[(&str, Endings)]) -> String {
    let widths = || workflows.iter().map(|(name, _)| name.len().max(6));
    let line = |words: &str, cells: Vec<String>| {
        let cells: String =
            cells.iter().zip(widths()).map(|(cell, width)| format!("  {cell:>width$}")).collect();
        format!("{words:<78}{cells}\n")
    };
    let numbers = |of: &dyn Fn(&Endings) -> usize| {
        workflows.iter().map(|(_, endings)| of(endings).to_string()).collect()
    };
    let mut table = line(
        "One call failed in each execution, and",
        workflows.iter().map(|(name, _)| (*name).to_owned()).collect(),
    );
    let happened = |ending: &Ending| workflows.iter().any(|(_, endings)| endings.0.contains_key(ending));
    for ending in Ending::ALL.into_iter().filter(happened) {
        table.push_str(&line(
            ending.words(),
            numbers(&|endings| endings.0.get(&ending).copied().unwrap_or_default()),
        ));
    }
    table.push_str(&line("executions, and so many faults injected", numbers(&Endings::count)));
    table
}
