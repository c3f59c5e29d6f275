//! The table of all actions of AWS. It is data, made by `generate_actions.py`, and read when it is first asked for.

use super::matching::Glob;
use super::resource::Format;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What an action does, as the Service Authorization Reference of AWS sorts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It changes who may do what.
    PermissionsManagement,
    /// It changes something else.
    Write,
    /// It changes tags only.
    Tagging,
    /// It reads.
    Read,
    /// It lists what there is.
    List,
}

/// An action of AWS.
#[derive(Debug)]
pub struct Action {
    /// Its name, such as `iam:PassRole`.
    pub name: String,
    /// What it does.
    pub level: Level,
    /// What it acts on. Kept only for actions that manage permissions; where it is empty, such an action is allowed by
    /// the resource `*` alone. `requests.txt` says more of the actions that `escalations.json` names.
    pub(super) acts_on: Vec<Format>,
    /// Its name in lower case, since patterns do not tell the cases apart.
    pub(super) lower: String,
}

/// Every known action, in order of service and name.
pub fn all() -> impl Iterator<Item = &'static Action> {
    TABLE.values()
}

/// The actions of a service, given in lower case.
pub(super) fn of_service(service: &str) -> impl Iterator<Item = &'static Action> {
    let first = format!("{service}:");
    let next = format!("{service};");
    TABLE.range(first..next).map(|(_, action)| action)
}

/// The actions that manage permissions.
pub(super) fn managing_permissions() -> &'static [&'static Action] {
    static MANAGING: LazyLock<Vec<&Action>> =
        LazyLock::new(|| all().filter(|action| action.level == Level::PermissionsManagement).collect());
    &MANAGING
}

/// The action of this name, in any case.
pub fn find(name: &str) -> Option<&'static Action> {
    TABLE.get(name.to_ascii_lowercase().as_str())
}

/// The known actions that a pattern stands for.
pub fn matching(pattern: &str) -> Vec<&'static Action> {
    let glob = Glob::action(pattern);
    all().filter(|action| glob.matches_lower(&action.lower)).collect()
}

static TABLE: LazyLock<BTreeMap<String, Action>> = LazyLock::new(|| {
    let mut table = BTreeMap::new();
    for line in include_str!("actions.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let Some(service) = words.next() else { continue };
        for (head, names) in words.filter_map(|word| word.split_once(':')) {
            for name in names.split(',') {
                if let Some(service) = service.strip_prefix('@') {
                    let action = table.get_mut(&format!("{service}:{name}").to_ascii_lowercase());
                    if let (Some(Action { acts_on, .. }), Some(format)) = (action, Format::read(head)) {
                        acts_on.push(format);
                    }
                } else if let Some(level) = level(head) {
                    let name = format!("{service}:{name}");
                    let lower = name.to_ascii_lowercase();
                    table.insert(lower.clone(), Action { name, level, acts_on: Vec::new(), lower });
                }
            }
        }
    }
    table
});

fn level(letter: &str) -> Option<Level> {
    Some(match letter {
        "P" => Level::PermissionsManagement,
        "W" => Level::Write,
        "T" => Level::Tagging,
        "R" => Level::Read,
        "L" => Level::List,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let text = include_str!("actions.txt");
        let written: usize = text
            .lines()
            .filter(|line| !line.starts_with(['#', '@']))
            .map(|line| line.split(' ').skip(1).map(|group| group.split(',').count()).sum::<usize>())
            .sum();
        assert_eq!(all().count(), written);
        assert!(written > 15_000, "{written}");
        let formats: usize = all().map(|action| action.acts_on.len()).sum();
        let expected: usize = text
            .lines()
            .filter(|line| line.starts_with('@'))
            .map(|line| line.split(' ').skip(1).map(|group| group.split(',').count()).sum::<usize>())
            .sum();
        assert_eq!(formats, expected);
    }

    #[test]
    fn a_few_actions_are_what_the_reference_says() {
        for (name, level, acts_on) in [
            ("iam:passrole", Level::PermissionsManagement, Some("arn:aws:iam::1:role/x")),
            ("S3:PutObjectAcl", Level::PermissionsManagement, Some("arn:aws:s3:::x/x")),
            ("lambda:UpdateFunctionCode", Level::Write, None),
            ("ec2:DescribeInstances", Level::List, None),
        ] {
            let action = find(name).unwrap();
            assert_eq!(action.level, level);
            let seen = action.acts_on.first().map(|format| format.arn("aws", "eu-west-1", "1", "x"));
            assert_eq!(seen.as_deref(), acts_on, "{name}");
        }
        assert_eq!(find("iam:NoSuchAction").map(|action| &action.name), None);
        assert_eq!(matching("iam:Attach*Policy").len(), 3);
        assert_eq!(matching("IAM:PASSROL?").len(), 1);
    }
}
