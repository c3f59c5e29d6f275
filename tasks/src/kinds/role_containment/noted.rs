//! What the case table knows of the ways in which a role is contained.

use super::reversible::Containment;
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use contract::kinds::RoleContainment;
use contract::kinds::role_containment::Way;
use contract::{Fault, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whoever changes the boundary all the time does not fill the record.
const REPLACED_AT_MOST: usize = 10;

/// What is known of the ways of a case.
#[derive(Default)]
pub(crate) struct Ways {
    table: Option<CaseTable>,
    /// Somebody reverted the containment.
    pub(super) again: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    noted: Noted,
    /// The boundaries that the case replaced and that were not recorded.
    replaced: BTreeSet<String>,
    /// What IAM refused in this try, one clause each.
    refusals: Vec<String>,
}

/// The ways that are noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Noted {
    /// The table was not asked, or could not be reached: `verify` does not depend on it.
    #[default]
    Unknown,
    /// None: the inline policy at most.
    Planned,
    Ways(BTreeSet<Way>),
}

/// The note in the case table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
struct Note {
    ways: BTreeSet<Way>,
    replaced: BTreeSet<String>,
}

/// A note as this version writes it, or as the version before did: a containment may be older than the deployment that
/// takes it back.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Note { ways: BTreeSet<Way>, replaced: BTreeSet<String> },
    Ways(BTreeSet<Way>),
}

impl From<Stored> for Note {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Note { ways, replaced } => Self { ways, replaced },
            Stored::Ways(ways) => Self { ways, replaced: BTreeSet::new() },
        }
    }
}

impl Ways {
    pub(super) async fn recall(&mut self, case_id: &str, aws: &Aws, again: bool) -> Result<(), Fault> {
        self.again = again;
        let table = CaseTable::new(aws)?;
        let record: Result<Option<Record<Note>>, Fault> = table.get(&key(case_id)).await;
        self.table = Some(table);
        let note = record?.map(|record| record.value);
        let mut state = self.state();
        state.replaced = note.as_ref().map(|note| note.replaced.clone()).unwrap_or_default();
        state.noted = match note {
            Some(note) if !note.ways.is_empty() => Noted::Ways(note.ways),
            _ => Noted::Planned,
        };
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn noted(&self) -> Noted {
        self.state().noted.clone()
    }

    pub(super) fn replaced(&self) -> BTreeSet<String> {
        self.state().replaced.clone()
    }

    pub(super) fn refusals(&self) -> Vec<String> {
        self.state().refusals.clone()
    }

    pub(super) fn refused(&self, why: String) {
        self.state().refusals.push(why);
    }

    /// A boundary is about to be replaced that was not recorded. The next note has it. False if it is noted already.
    pub(super) fn replaces(&self, boundary: &str) -> bool {
        let mut state = self.state();
        let is_new = state.replaced.len() < REPLACED_AT_MOST && state.replaced.insert(boundary.to_owned());
        if is_new {
            state.noted = Noted::Unknown;
        }
        is_new
    }

    /// IAM refused to replace it.
    pub(super) fn did_not_replace(&self, boundary: &str) {
        let mut state = self.state();
        state.replaced.remove(boundary);
        state.noted = Noted::Unknown;
    }

    /// Notes the ways that are about to be put. The containment does not wait for the case table.
    async fn note(&self, case_id: &str, ways: &BTreeSet<Way>) {
        let note = Note { ways: ways.clone(), replaced: self.replaced() };
        let written = match &self.table {
            None => Err(Fault::invalid_input("the case table was not asked")),
            Some(table) => write(table, case_id, &note).await,
        };
        self.state().noted = match written {
            Ok(()) if ways.is_empty() => Noted::Planned,
            Ok(()) => Noted::Ways(note.ways),
            Err(fault) => {
                tracing::warn!(%fault, "in which way the role is contained could not be noted");
                Noted::Unknown
            }
        };
    }
}

fn key(case_id: &str) -> Key {
    Key::begun(RoleContainment::NAME, case_id)
}

async fn write(table: &CaseTable, case_id: &str, note: &Note) -> Result<(), Fault> {
    let record: Option<Record<Note>> = table.get(&key(case_id)).await?;
    let written = match &record {
        Some(record) if record.value == *note => Written::Yes,
        Some(record) => table.replace(&key(case_id), record, note).await?,
        None => table.create(&key(case_id), note).await?,
    };
    match written {
        Written::Yes => Ok(()),
        Written::No => Err(Fault::lost_race("noting in which way the role is contained")),
    }
}

impl Containment<'_> {
    /// Notes these ways, unless it is known that they are noted: an inline policy alone needs no note, since its name and
    /// document are the case's own.
    pub(super) async fn note(&self, ways: &BTreeSet<Way>) {
        let is_known = match self.ways.noted() {
            Noted::Ways(noted) => noted == *ways,
            Noted::Planned | Noted::Unknown => ways.iter().all(|way| *way == Way::Inline),
        };
        if !is_known {
            self.ways.note(self.case_id, ways).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_note_is_read_as_any_version_wrote_it() {
        let note = Note { ways: [Way::Attached].into(), replaced: ["arn:b".to_owned()].into() };
        let stored = json!(note);
        let ways = stored["ways"].clone();
        assert_eq!(from_value::<Note>(stored).unwrap(), note);
        assert_eq!(from_value::<Note>(ways).unwrap(), Note { replaced: BTreeSet::new(), ..note });
        for unreadable in [json!({}), json!(["Magic"]), json!(null)] {
            assert!(from_value::<Note>(unreadable).is_err());
        }
    }
}
