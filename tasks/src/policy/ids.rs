//! Patterns that name nothing though they spell something out: the letters with which every id of a type begins, and the
//! id of something of which an organization has only one. The letters are data: `targets.json`.

use super::targets::REGIONS;
use serde::Deserialize;

/// The ids of a service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ids {
    pub(super) service: String,
    /// How ids begin.
    prefixes: Vec<String>,
    /// How the ids begin of what there is one of.
    #[serde(default)]
    single: Vec<String>,
    /// Words that bound nothing beside a star: the kinds of something, or the names of administrators.
    #[serde(default)]
    words: Vec<String>,
    #[expect(dead_code, reason = "for whoever reads the file")]
    source: String,
}

impl Ids {
    /// Whether a name, or a pattern of names, asks for nothing but what every id has.
    pub(super) fn asks_for_nothing(&self, name: &str) -> bool {
        let is_wild =
            |text: &str| !text.is_empty() && text.chars().all(|letter| matches!(letter, '*' | '?' | '-'));
        let is_single = |part: &str| {
            let mut rests = self.single.iter().filter_map(|prefix| part.strip_prefix(prefix.as_str()));
            rests.any(|rest| !rest.is_empty())
        };
        let is_prefix = |part: &str| {
            let mut rests = self.prefixes.iter().filter_map(|prefix| part.strip_prefix(prefix.as_str()));
            rests.any(is_wild)
        };
        let mut says_something = false;
        for part in name.split(['/', ':']) {
            if is_wild(part) || is_prefix(part) || is_single(part) {
                says_something = true;
            } else if !self.words.iter().any(|word| word == part) && !REGIONS.contains(&part) {
                return false;
            }
        }
        says_something
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::knowledge::knowledge;

    #[test]
    fn what_every_id_has_names_nothing() {
        let targets = &knowledge().unwrap().targets;
        for (service, name, expected) in [
            ("sso", "ssoins-1234567890abcdef", true),
            ("sso", "ssoins-1234567890abcdef/*", true),
            ("sso", "ssoins-*/ps-*", true),
            ("sso", "ssoins-1234567890abcdef/ps-1234567890abcdef", false),
            ("organizations", "o-a1b2c3d4e5/service_control_policy/p-*", true),
            ("organizations", "o-a1b2c3d4e5/service_control_policy/p-12345678", false),
            ("cognito-identity", "eu-west-1:*", true),
            ("airflow", "*/Admin", true),
            ("airflow", "team/Admin", false),
            ("elasticmapreduce", "j-*", true),
            ("elasticmapreduce", "j-2*", false),
        ] {
            assert_eq!(targets.ids_of(service).unwrap().asks_for_nothing(name), expected, "{service} {name}");
        }
        assert!(targets.ids_of("lambda").is_none());
    }
}
