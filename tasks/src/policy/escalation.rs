//! The known ways from some permissions to more. They are data: `escalations.json`.

use super::analyse::Severity;
use super::table::BrokenTable;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A known way from some permissions to more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// Its stable id, in kebab case.
    pub id: String,
    /// How bad it is where nothing narrows it.
    pub severity: Severity,
    /// The actions that are needed together.
    pub needs: Vec<String>,
    /// Those of them that must be allowed everywhere. Of the others any resource will do: the attacker names it.
    pub everywhere: Vec<String>,
    /// The services to which the role is passed, where the path passes one.
    #[serde(default)]
    pub services: Vec<String>,
    /// The types of resources that an action needs, one of each group, where they are not those that the reference says
    /// are required. A type with `?` counts only where the policy names resources of it.
    #[serde(default)]
    pub on: BTreeMap<String, Vec<Vec<String>>>,
    /// Whether it is enough to be allowed it on oneself.
    #[serde(default)]
    pub on_oneself: bool,
    /// Whether all of the actions must be allowed on one and the same resource, whichever it is.
    #[serde(default)]
    pub on_the_same: bool,
    /// What an attacker does: it follows "whoever has it".
    pub why: String,
    /// Where it is described.
    pub source: String,
}

/// Actions that take a role. With `iam:PassRole` each of them is a way to more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taker {
    /// Its stable id, in kebab case.
    pub id: String,
    /// How bad it is where nothing narrows it.
    pub severity: Severity,
    /// The services to which the role is passed.
    pub services: Vec<String>,
    /// Any of these.
    pub actions: Vec<String>,
    /// What an attacker does: it follows "whoever has it".
    pub why: String,
    /// Where it is described.
    pub source: String,
}

/// What `escalations.json` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knowledge {
    /// What the file says of itself.
    pub about: String,
    /// Where it was taken from.
    pub sources: Vec<String>,
    /// The paths.
    pub paths: Vec<Path>,
    /// Those that take a role, by service.
    pub takers: Vec<Taker>,
    /// Services that use a role that is passed to them for their own work alone. Most are those to which AWS managed policies
    /// let roles be passed.
    pub limited: Vec<String>,
    /// Actions that hand out credentials.
    pub credentials: Vec<String>,
    /// Actions that read the data or the secrets of others.
    pub data: Vec<String>,
    /// Actions that manage permissions by the book, but open nothing.
    pub harmless: Vec<String>,
}

impl Knowledge {
    /// The types of resources that an action needs, where a path says so.
    pub(super) fn types_of(&self, action: &str) -> Option<&[Vec<String>]> {
        self.paths.iter().find_map(|path| path.on.get(action)).map(Vec::as_slice)
    }

    /// Whether it is known what a service does with a role: what takes the role is listed, or it does one thing alone. The
    /// service may be an example of a pattern that stands for it.
    pub(super) fn is_known_service(&self, service: &str) -> bool {
        let of_takers = self.takers.iter().flat_map(|taker| &taker.services);
        let known = self.paths.iter().flat_map(|path| &path.services).chain(of_takers).chain(&self.limited);
        let start = service.trim_end_matches(".cn").replace("example", "");
        !start.is_empty() && known.into_iter().any(|known| known.starts_with(&start))
    }

    pub(super) fn read(text: &str) -> Result<Self, BrokenTable> {
        let broken = |why: String| BrokenTable { file: "escalations.json", why };
        let knowledge: Self = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        match knowledge.paths.iter().find(|path| path.needs.is_empty()) {
            Some(path) => Err(broken(format!("the path `{}` needs no action", path.id))),
            None if knowledge.paths.is_empty() => Err(broken("it has no paths".to_owned())),
            None => Ok(knowledge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Knowledge;
    use crate::policy::actions;
    use crate::policy::knowledge::knowledge;
    use std::collections::BTreeSet;

    #[test]
    fn every_path_is_whole_and_names_real_actions() {
        let read = &knowledge().unwrap().escalations;
        assert!(!read.about.is_empty() && !read.sources.is_empty());
        let mut ids = BTreeSet::new();
        for taker in &read.takers {
            assert!(ids.insert(&taker.id) && taker.source.starts_with("https://"), "{}", taker.id);
        }
        for path in &read.paths {
            assert!(ids.insert(&path.id), "{} stands twice", path.id);
            assert!(path.everywhere.iter().all(|action| path.needs.contains(action)), "{}", path.id);
            assert_eq!(
                path.needs.contains(&"iam:PassRole".to_owned()),
                !path.services.is_empty(),
                "{}",
                path.id
            );
            assert!(path.source.starts_with("https://"), "{}", path.id);
        }
        let named = read.paths.iter().flat_map(|path| &path.needs);
        for action in named.chain(&read.credentials).chain(&read.data).chain(&read.harmless) {
            assert_eq!(actions::find(action).map(|found| &found.name), Some(action));
        }
    }

    #[test]
    fn a_broken_table_is_an_error() {
        let whole = include_str!("escalations.json");
        for (broken, why) in [
            (String::new(), "EOF"),
            (whole.replacen("\"paths\"", "\"path\"", 1), "unknown field `path`"),
            (whole.replacen("\"Critical\"", "\"Terrible\"", 1), "unknown variant `Terrible`"),
            (whole.replacen("[\"iam:CreateAccessKey\"]", "[]", 1), "`create-access-key` needs no action"),
            (
                r#"{"about": "", "sources": [], "paths": [], "credentials": [], "data": [], "takers": [], "limited": [], "harmless": []}"#
                    .to_owned(),
                "it has no paths",
            ),
        ] {
            let error = Knowledge::read(&broken).unwrap_err();
            assert!(error.why.contains(why), "{error}");
            assert!(
                error.to_string().starts_with("the table `escalations.json` cannot be read: "),
                "{error}"
            );
        }
    }

    #[test]
    fn no_path_is_only_a_longer_form_of_another() {
        let paths = &knowledge().unwrap().escalations.paths;
        // What has to be on one resource need not be on all of them, as a shorter path has to.
        let longer = paths.iter().filter(|path| !path.on_the_same);
        for (long, short) in longer.flat_map(|long| paths.iter().map(move |short| (long, short))) {
            let longer = long.id != short.id && short.needs.iter().all(|action| long.needs.contains(action));
            assert!(!longer || long.severity > short.severity, "{} says no more than {}", long.id, short.id);
        }
    }
}
