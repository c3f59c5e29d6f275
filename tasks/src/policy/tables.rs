//! The tables that are built in, read once. A broken one is an error of the program, which ends it at the start: see
//! [`load`].

use super::escalation::Knowledge;
use super::issuers::IssuerTable;
use super::keys::KeyTable;
use super::managed::ManagedTable;
use super::requests::{BrokenRequests, RequestTable};
use super::targets::TargetTable;
use std::sync::OnceLock;

/// What the analyser knows about AWS.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) escalations: Knowledge,
    pub(super) keys: KeyTable,
    pub(super) requests: RequestTable,
    pub(super) targets: TargetTable,
    pub(super) issuers: IssuerTable,
    pub(super) managed: ManagedTable,
}

/// Why a built-in table cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BrokenTable {
    /// It is not the JSON that the analyser reads.
    #[error("{file}: {error}")]
    Json {
        /// Its name.
        file: &'static str,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// `requests.txt` is broken.
    #[error(transparent)]
    Requests(#[from] BrokenRequests),
}

/// Reads the built-in tables.
///
/// # Errors
/// Where one of them is broken. The program must not go on then.
pub fn load() -> Result<(), &'static BrokenTable> {
    tables().map(drop)
}

pub(super) fn tables() -> Result<&'static Tables, &'static BrokenTable> {
    static TABLES: OnceLock<Result<Tables, BrokenTable>> = OnceLock::new();
    TABLES.get_or_init(read).as_ref()
}

fn read() -> Result<Tables, BrokenTable> {
    let json = |file| move |error| BrokenTable::Json { file, error };
    Ok(Tables {
        escalations: Knowledge::read(include_str!("escalations.json")).map_err(json("escalations.json"))?,
        keys: KeyTable::read(include_str!("keys.json")).map_err(json("keys.json"))?,
        requests: RequestTable::read(include_str!("requests.txt"))?,
        targets: TargetTable::read(include_str!("targets.json")).map_err(json("targets.json"))?,
        issuers: IssuerTable::read(include_str!("issuers.json")).map_err(json("issuers.json"))?,
        managed: ManagedTable::read(include_str!("managed.json")).map_err(json("managed.json"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::actions;
    use std::collections::BTreeSet;

    #[test]
    fn every_table_is_whole() {
        let tables = tables().unwrap();
        for key in tables.keys.all() {
            assert!(key.source.starts_with("https://"), "{}", key.key);
        }
        let knowledge = &tables.escalations;
        let takers = knowledge.takers.iter().flat_map(|taker| &taker.actions);
        for action in knowledge.paths.iter().flat_map(|path| &path.needs).chain(takers) {
            assert!(actions::find(action).is_some(), "{action} is no action");
            assert!(tables.requests.find(&action.to_ascii_lowercase()).is_some(), "{action} has no request");
        }
        for path in &knowledge.paths {
            for (action, groups) in &path.on {
                let shape = tables.requests.find(&action.to_ascii_lowercase()).unwrap();
                let types: BTreeSet<&str> = shape.types.iter().map(|kind| kind.name).collect();
                for name in groups.iter().flatten() {
                    assert!(types.contains(name.trim_end_matches('?')), "{action} has no {name}");
                }
            }
        }
    }
}
