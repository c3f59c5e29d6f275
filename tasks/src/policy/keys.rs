//! The condition keys of AWS, by who chooses their values. They are data: `keys.json`.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Who chooses the value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Who {
    /// Whoever asks writes it into the request.
    Caller,
    /// It is a property of whoever asks.
    Principal,
    /// It is the account of the principal or the resource.
    Account,
    /// It is the organization of the principal or the resource.
    Organization,
    /// It says how the session was made.
    Session,
    /// It says from where the request comes.
    Network,
    /// It is the time.
    Clock,
    /// Only a service of AWS that calls sets it.
    Service,
    /// It is the same in every request.
    Fixed,
    /// It is a property of the resource.
    Target,
    /// It bounds the escalation itself, and its usual values are the dangerous ones.
    Escalation,
}

/// A condition key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    /// A name that ends with `/` stands for every key that begins with it.
    pub(super) key: String,
    pub(super) who: Who,
    /// Whether every request has it.
    #[serde(default)]
    pub(super) always: bool,
    /// Values of an ordinary request.
    #[serde(default)]
    pub(super) usual: Vec<String>,
    /// Where it is described.
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the file"))]
    pub(super) source: String,
}

/// What `keys.json` holds, by the key in lower case.
#[derive(Debug)]
pub(super) struct KeyTable(BTreeMap<String, Key>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for whoever reads the file")]
    about: String,
    keys: Vec<Key>,
}

impl KeyTable {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        let File { keys, .. } = serde_json::from_str(text)?;
        Ok(Self(keys.into_iter().map(|key| (key.key.to_ascii_lowercase(), key)).collect()))
    }

    /// What is known of a key, given in lower case.
    pub(super) fn find(&self, key: &str) -> Option<&Key> {
        if let Some(found) = self.0.get(key) {
            return Some(found);
        }
        let (family, _) = key.split_once('/')?;
        self.0.get(&format!("{family}/"))
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = &Key> {
        self.0.values()
    }
}
