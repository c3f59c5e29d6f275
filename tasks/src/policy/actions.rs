//! The table of all actions of AWS. It is data, made by `generate_actions.py`, and read when it is first asked for.

use super::matching::Glob;
use super::resource::Format;
use super::table::{BrokenTable, whole};
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
    whole(table()).values()
}

/// The actions of a service, given in lower case.
pub(super) fn of_service(service: &str) -> impl Iterator<Item = &'static Action> {
    let first = format!("{service}:");
    let next = format!("{service};");
    whole(table()).range(first..next).map(|(_, action)| action)
}

/// The actions that manage permissions.
pub(super) fn managing_permissions() -> &'static [&'static Action] {
    static MANAGING: LazyLock<Vec<&Action>> =
        LazyLock::new(|| all().filter(|action| action.level == Level::PermissionsManagement).collect());
    &MANAGING
}

/// The action of this name, in any case.
pub fn find(name: &str) -> Option<&'static Action> {
    whole(table()).get(name.to_ascii_lowercase().as_str())
}

/// The known actions that a pattern stands for.
pub fn matching(pattern: &str) -> Vec<&'static Action> {
    let glob = Glob::action(pattern);
    all().filter(|action| glob.matches_lower(&action.lower)).collect()
}

type Table = BTreeMap<String, Action>;

/// The table by names in lower case. It is read once.
pub(super) fn table() -> Result<&'static Table, BrokenTable> {
    static TABLE: LazyLock<Result<Table, BrokenTable>> = LazyLock::new(|| read(include_str!("actions.txt")));
    TABLE.as_ref().map_err(BrokenTable::clone)
}

/// Reads lines such as `iam P:PassRole R:GetRole,GetUser` and `@iam iam;;A;role/$:PassRole`.
fn read(text: &'static str) -> Result<Table, BrokenTable> {
    let mut table = Table::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let broken =
            |what: &str| BrokenTable { file: "actions.txt", why: format!("line {}: {what}", number + 1) };
        let mut words = line.split(' ');
        let service =
            words.next().filter(|service| !service.is_empty()).ok_or_else(|| broken("no service"))?;
        for word in words {
            let (head, names) = word.split_once(':').ok_or_else(|| broken("a group without a head"))?;
            for name in names.split(',') {
                if let Some(service) = service.strip_prefix('@') {
                    let action = table.get_mut(&format!("{service}:{name}").to_ascii_lowercase());
                    let action = action.ok_or_else(|| broken("an action that is not in the table"))?;
                    action.acts_on.push(Format::read(head).ok_or_else(|| broken("an unknown format"))?);
                } else {
                    let level = level(head).ok_or_else(|| broken("an unknown level"))?;
                    let name = format!("{service}:{name}");
                    let lower = name.to_ascii_lowercase();
                    table.insert(lower.clone(), Action { name, level, acts_on: Vec::new(), lower });
                }
            }
        }
    }
    if table.is_empty() {
        return Err(BrokenTable { file: "actions.txt", why: "it has no actions".to_owned() });
    }
    Ok(table)
}

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
    fn a_broken_table_is_an_error() {
        for (broken, why) in [
            ("", "it has no actions"),
            ("# a comment", "it has no actions"),
            ("iam P:PassRole\n\n", "line 2: no service"),
            ("iam PassRole", "line 1: a group without a head"),
            ("iam X:PassRole", "line 1: an unknown level"),
            ("# a comment\n@iam role:PassRole", "line 2: an action that is not in the table"),
        ] {
            let error = read(broken).unwrap_err();
            assert_eq!((error.file, error.why.as_str()), ("actions.txt", why));
        }
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
