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
    /// It is the ARN of something: it ties a request where the account in it is known.
    Owned,
    /// It is the location of something, or the name of it, which does not say whose it is.
    Unproven,
    /// It bounds what the action does, whatever else the caller writes.
    Bound,
    /// It is whom the action gives access to something.
    Grantee,
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
    /// A name that ends with `/`, `-` or `:` stands for every key that begins with it and is not listed itself.
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
pub(super) struct KeyTable {
    keys: BTreeMap<String, Key>,
    /// The names that stand for every key that begins with them, the longest first.
    families: Vec<String>,
}

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
        let keys: BTreeMap<String, Key> =
            keys.into_iter().map(|key| (key.key.to_ascii_lowercase(), key)).collect();
        let mut families: Vec<String> =
            keys.keys().filter(|key| key.ends_with(['/', '-', ':'])).cloned().collect();
        families.sort_by_key(|family| std::cmp::Reverse(family.len()));
        Ok(Self { keys, families })
    }

    /// What is known of a key, given in lower case.
    pub(super) fn find(&self, key: &str) -> Option<&Key> {
        let of_family =
            || self.keys.get(self.families.iter().find(|family| key.starts_with(family.as_str()))?);
        self.keys.get(key).or_else(of_family)
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }
}
