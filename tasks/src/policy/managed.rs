//! The policies that AWS manages: which of them are dangerous to attach, and which belong on what role. They are data:
//! `managed.json`.

use super::targets::is_partition;
use serde::Deserialize;

/// What `managed.json` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManagedTable {
    #[expect(dead_code, reason = "for whoever reads the file")]
    about: String,
    /// The names of policies that lead to an administrator's permissions, with their paths.
    pub(super) dangerous: Vec<String>,
    natural: Vec<NaturalRole>,
    /// The names of policies that only take away.
    protecting: Vec<String>,
}

/// Policies that AWS made for the role of a service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NaturalRole {
    services: Vec<String>,
    policies: Vec<String>,
}

impl ManagedTable {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The name of a managed policy of AWS, with its path.
    pub(super) fn name(arn: &str) -> Option<&str> {
        let (head, name) = arn.split_once("::aws:policy/")?;
        let partition = head.strip_prefix("arn:")?.strip_suffix(":iam")?;
        (partition == "aws" || is_partition(partition)).then_some(name)
    }

    pub(super) fn is_dangerous(&self, arn: &str) -> bool {
        Self::name(arn).is_some_and(|name| self.dangerous.iter().any(|known| known == name))
    }

    pub(super) fn is_protecting(&self, name: &str) -> bool {
        self.protecting.iter().any(|known| known == name)
    }

    /// The services whose roles have this policy.
    pub(super) fn services_of<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let of = move |role: &&NaturalRole| role.policies.iter().any(|policy| policy == name);
        self.natural.iter().filter(of).flat_map(|role| &role.services).map(String::as_str)
    }
}
