//! What the analyser knows about AWS, besides the actions: the embedded tables, together.

use super::escalation::Knowledge;
use super::issuers::IssuerTable;
use super::keys::KeyTable;
use super::managed::ManagedTable;
use super::requests::RequestTable;
use super::table::BrokenTable;
use super::targets::TargetTable;
use std::sync::LazyLock;

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

/// The tables, which are read once.
pub(super) fn knowledge() -> Result<&'static Tables, BrokenTable> {
    static TABLES: LazyLock<Result<Tables, BrokenTable>> = LazyLock::new(read);
    TABLES.as_ref().map_err(BrokenTable::clone)
}

fn read() -> Result<Tables, BrokenTable> {
    let json = |file| move |error: serde_json::Error| BrokenTable { file, why: error.to_string() };
    Ok(Tables {
        escalations: Knowledge::read(include_str!("escalations.json"))?,
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
        let tables = knowledge().unwrap();
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
