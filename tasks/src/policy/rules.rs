//! The statements of an identity policy, made ready for matching.

use super::Known;
use super::actions::Action;
use super::construct::Pattern;
use super::document::{Effect, Item, Patterns, Statement};
use super::home::{account, principals, user};
use super::ids::Ids;
use super::keys::{KeyTable, Who};
use super::matching::{Effort, Glob};
use super::names::is_administrators;
use super::operators::variables;
use super::resource::{Format, Resource};
use super::targets::{Target, TargetKind};
use std::collections::BTreeSet;

/// A statement.
pub(super) struct Rule<'a> {
    /// Whether it denies nothing to somebody who lacks a variable in its exceptions, as a role lacks `${aws:username}`. Of
    /// what is denied by name, a pattern with such a variable is left out.
    is_void: bool,
    /// What it denies to somebody who has all of the variables, where that is more.
    for_users: Option<Resources>,
    /// Whether a condition is about the tags of the resource.
    pub(super) asks_for_tags: bool,
    pub(super) index: usize,
    pub(super) statement: &'a Statement,
    pub(super) actions: Vec<(&'a Item, Glob)>,
    pub(super) resources: Resources,
}

/// The resources of a statement.
pub(super) struct Resources {
    negated: bool,
    list: Vec<Resource>,
    /// The policy variables in the patterns, but for those that have a default and that the caller does not choose: whoever
    /// lacks them has that.
    pub(super) variables: Vec<String>,
    /// About how much it costs to match all of them.
    cost: usize,
}

impl<'a> Rule<'a> {
    pub(super) fn of(index: usize, statement: &'a Statement, known: &Known, keys: &KeyTable) -> Self {
        let mut tested = statement.conditions.iter().map(|condition| condition.key.to_ascii_lowercase());
        let is_user = || principals(known).iter().all(|arn| arn.contains(":user/"));
        let is_there = |variable: &str| {
            let variable = variable.to_ascii_lowercase();
            keys.find(&variable).is_some_and(|key| key.always) || (variable == "aws:username" && is_user())
        };
        let is_whole = |item: &Item| variables(&item.text).all(is_there);
        let is_denial = statement.effect == Effect::Deny;
        let mut patterns = statement.resources.clone();
        let mut is_void = false;
        if let Some(patterns) = patterns.as_mut().filter(|_| is_denial) {
            is_void = patterns.negated && !patterns.list.iter().all(is_whole);
            patterns.list.retain(|item| patterns.negated || is_whole(item));
        }
        let reach = if is_denial { Reach::Least } else { Reach::Most };
        let resources = Resources::of(patterns.as_ref(), known, keys, reach);
        let differs = is_denial && patterns != statement.resources || is_void;
        Self {
            for_users: differs.then(|| Resources::of(statement.resources.as_ref(), known, keys, reach)),
            is_void,
            asks_for_tags: tested.any(|key| key.contains("tag/")),
            index,
            statement,
            actions: statement.actions.list.iter().map(|item| (item, Glob::action(&item.text))).collect(),
            resources,
        }
    }

    /// Whether it is a denial about the resource, for whoever another statement allows something.
    pub(super) fn denies(&self, arn: &str, allowed_by: &Self, effort: &Effort) -> bool {
        match &self.for_users {
            Some(resources) if !allowed_by.resources.variables.is_empty() => resources.hold(arn, effort),
            _ => !self.is_void && self.resources.hold(arn, effort),
        }
    }

    /// The patterns that stand for the action; one `None` where the statement is about everything but its patterns.
    pub(super) fn patterns(&self, action: &Action, told: &BTreeSet<&str>) -> Vec<Option<&'a Item>> {
        let mut matching = self.actions.iter().filter(|(_, glob)| glob.matches_lower(&action.lower));
        if self.statement.actions.negated {
            return if matching.next().is_none() { vec![None] } else { vec![] };
        }
        matching
            .map(|(item, _)| *item)
            .filter(|item| !told.contains(item.pointer.as_str()))
            .map(Some)
            .collect()
    }

    /// Whether the statement is about every resource of every service, or close to it.
    pub(super) fn is_about_everything(&self) -> bool {
        let far_apart = ["arn:aws:iam::000000000000:role/\u{1}", "arn:aws:s3:::\u{1}/\u{1}", "*"];
        let any = |text: &str| self.resources.list.iter().any(|resource| resource.matches(text));
        if self.resources.negated {
            !far_apart.iter().any(|text| any(text))
        } else {
            far_apart.iter().all(|text| any(text))
        }
    }

    pub(super) fn excepts_resources(&self) -> bool {
        self.resources.negated
    }
}

impl Resources {
    /// A statement without resources is about all of them: IAM refuses it in an identity policy, and we take the worst.
    fn of(resources: Option<&Patterns>, known: &Known, keys: &KeyTable, reach: Reach) -> Self {
        match resources {
            Some(patterns) => {
                // What is excepted reaches the less far, the further the exceptions reach.
                let is_most = (reach == Reach::Most) != patterns.negated;
                let pattern = |item: &Item| Resource::of(&filled(&item.text, known, keys, is_most));
                let list: Vec<Resource> = patterns.list.iter().map(pattern).collect();
                let cost = list.iter().map(Resource::cost).sum();
                Self {
                    negated: patterns.negated,
                    list,
                    cost,
                    variables: patterns
                        .list
                        .iter()
                        .flat_map(|item| {
                            variables(&item.text).map(move |name| (item, name.to_ascii_lowercase()))
                        })
                        .filter(|(item, name)| !has_default(&item.text) || is_chosen(name, keys))
                        .map(|(_, name)| name)
                        .collect(),
                }
            }
            None => Self { negated: true, list: vec![], variables: vec![], cost: 1 },
        }
    }

    /// Whether the resource is among them.
    pub(super) fn hold(&self, arn: &str, effort: &Effort) -> bool {
        effort.spend(self.cost);
        self.list.iter().any(|resource| resource.matches(arn)) != self.negated
    }

    /// Resources of this format that the statement names, one of each pattern.
    pub(super) fn named(&self, format: &Format, account: &str, effort: &Effort) -> Vec<Target> {
        if self.negated {
            return vec![];
        }
        let any = format.any(account);
        let meeting = |pattern: &Resource| {
            let raw = pattern.meeting(&any, effort)?;
            let arn = completed(&raw, format);
            let arn = if pattern.matches(&arn) { arn } else { raw };
            Some(Target { arn, kind: TargetKind::Unnamed })
        };
        self.list.iter().filter_map(meeting).collect()
    }

    /// The patterns as they are about this account, where they can be.
    pub(super) fn own(&self, account: &str) -> Vec<Pattern> {
        if self.negated {
            return vec![];
        }
        self.list.iter().filter_map(|pattern| pattern.in_account(account)).collect()
    }

    /// Resources of this format that both statements name, one of each pair of patterns, as far as they are tried.
    pub(super) fn both(&self, other: &Self, format: &Format, account: &str, effort: &Effort) -> Vec<Target> {
        let (ours, theirs) = match (self.negated, other.negated) {
            (true, true) => return vec![],
            (true, false) => return other.named(format, account, effort),
            (false, true) => return self.named(format, account, effort),
            (false, false) => (self.list.iter().take(PAIRED), other.list.iter().take(PAIRED)),
        };
        let any = format.any(account);
        let pairs = ours.flat_map(|one| theirs.clone().map(move |other| (one, other)));
        let meeting = |(one, other): (&Resource, &Resource)| {
            let raw = Resource::meeting_of(&[one, other, &any], effort)?;
            let arn = completed(&raw, format);
            let arn = if one.matches(&arn) && other.matches(&arn) { arn } else { raw };
            Some(Target { arn, kind: TargetKind::Unnamed })
        };
        pairs.filter_map(meeting).collect()
    }

    /// Roles, users and groups that the statement names, by a name that says that it is an administrator's.
    pub(super) fn titled(&self, format: &Format, account: &str, effort: &Effort) -> Vec<Target> {
        if self.negated || !format.has_path() {
            return vec![];
        }
        let is_titled = |pattern: &&Resource| {
            pattern.name_of(format).is_some_and(|name| !name.starts_with("aws-") && is_administrators(name))
        };
        let any = format.any(account);
        let arns =
            self.list.iter().filter(is_titled).take(4).filter_map(|pattern| pattern.meeting(&any, effort));
        arns.map(|raw| Target { arn: completed(&raw, format), kind: TargetKind::Titled }).collect()
    }

    /// Whether the name is reached by a pattern with a wildcard in the name, and not by one that spells it out.
    pub(super) fn reach_by_wildcard(&self, arn: &str, format: &Format) -> bool {
        let wild = |pattern: &Resource| {
            pattern.matches(arn) && pattern.name_of(format).is_none_or(|name| name.contains(['*', '?']))
        };
        self.negated || self.list.iter().any(wild)
    }

    /// The patterns with wildcards in the names of this format, with the names.
    fn wild<'r>(&'r self, format: &Format) -> Vec<(&'r Resource, &'r str)> {
        if self.negated {
            return vec![];
        }
        let wild = self.list.iter().filter_map(|pattern| {
            let name = pattern.name_of(format).filter(|name| name.contains(['*', '?']))?;
            Some((pattern, name))
        });
        wild.collect()
    }

    /// The names with wildcards that ask for no more letters than these. The same name in other accounts or regions is
    /// one, and so is everything in one bucket or folder that is named.
    pub(super) fn names(&self, format: &Format, most: usize) -> BTreeSet<&str> {
        let names = self.wild(format).into_iter().map(|(_, name)| name);
        names
            .filter(|name| letters(name) <= most)
            // A star for the versions of what is named is none for names.
            .filter(|name| name.split_once(':').is_none_or(|(head, _)| head.contains(['*', '?'])))
            .map(|name| match name.split_once('/') {
                Some((folder, _)) if !folder.contains(['*', '?']) => folder,
                _ => name,
            })
            .collect()
    }

    /// Resources that show that the patterns are wide though none of them stands for all: each of them asks for next to
    /// nothing, or no more letters than what there are many of.
    pub(super) fn spread(
        &self,
        format: &Format,
        account: &str,
        most: usize,
        ids: Option<&Ids>,
        effort: &Effort,
    ) -> Vec<Target> {
        let any = format.any(account);
        let by_id = |pattern: &&Resource| {
            let name = pattern.whole_name_of(format)?;
            ids?.asks_for_nothing(&name).then_some(())
        };
        let of_ids = self.list.iter().filter(|pattern| !self.negated && by_id(pattern).is_some());
        self.wild(format)
            .into_iter()
            .filter(|(_, name)| letters(name) <= most || is_mail(name))
            .map(|(pattern, name)| (pattern, letters(name)))
            .chain(of_ids.map(|pattern| (pattern, 0)))
            .take(4)
            .filter_map(|(pattern, asked)| Some((pattern.meeting(&any, effort)?, asked)))
            .map(|(raw, asked)| {
                let kind = if asked > LONG { TargetKind::Listed } else { TargetKind::Unnamed };
                Target { arn: completed(&raw, format), kind }
            })
            .collect()
    }
}

/// A name that asks for more letters than these says what it is for.
const LONG: usize = 9;

/// Of how many patterns of each of two statements it is looked whether they meet.
const PAIRED: usize = 12;

/// Whether the caller chooses what a variable, in lower case, stands for.
fn is_chosen(variable: &str, keys: &KeyTable) -> bool {
    keys.find(variable).is_some_and(|key| key.who == Who::Caller)
}

/// Whether a variable in the pattern has a default.
fn has_default(pattern: &str) -> bool {
    let mut names = pattern.split("${").skip(1).filter_map(|after| after.split_once('}'));
    names.any(|(name, _)| name.contains(','))
}

/// How many letters a name with wildcards asks for.
fn letters(name: &str) -> usize {
    let asked = name.chars().filter(|letter| !matches!(letter, '*' | '?' | '/'));
    // Hyphens alone are the form of an id.
    if asked.clone().any(char::is_alphanumeric) { asked.count() } else { 0 }
}

/// Whether it is every mail address of a domain: where users are called so, that is all of them.
fn is_mail(name: &str) -> bool {
    let end = name.trim_start_matches(['*', '/']);
    name.starts_with('*') && end.starts_with('@') && !end.contains('/')
}

/// An ARN in which no part is missing that the format has.
fn completed(raw: &str, format: &Format) -> String {
    let mut parts: Vec<String> = raw.splitn(6, ':').map(str::to_owned).collect();
    let defaults = [(1, "aws"), (3, if format.has_region() { "us-east-1" } else { "" })];
    for (at, default) in defaults {
        if let Some(part) = parts.get_mut(at).filter(|part| part.is_empty()) {
            default.clone_into(part);
        }
    }
    if let Some(name) = parts.get_mut(5)
        && name.ends_with(['/', ':', '-', '_'])
    {
        name.push_str("example");
    }
    parts.join(":")
}

/// How far a statement is to reach with variables that the caller chooses: an allowance as far as somebody can bring it,
/// a denial no further than it does whatever they choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Most,
    Least,
}

/// The pattern of a resource with the variables filled in that are the same for everybody, or that the caller chooses.
/// Where it is to stand for as much as possible, a variable with a default has that: it is for those who lack the variable.
fn filled(pattern: &str, known: &Known, keys: &KeyTable, is_most: bool) -> String {
    if !pattern.contains("${") {
        return pattern.to_owned();
    }
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((variable, behind)) = after.split_once('}') else { break };
        text.push_str(before);
        let (name, default) = match variable.split_once(',') {
            Some((name, default)) => (name.trim(), Some(default.trim().trim_matches('\''))),
            None => (variable.trim(), None),
        };
        let name = name.to_ascii_lowercase();
        match (name.as_str(), default) {
            ("aws:principalaccount" | "aws:resourceaccount", _) => text.push_str(account(known)),
            _ if is_most && is_chosen(&name, keys) => text.push('*'),
            (_, Some(default)) if is_most => text.push_str(default),
            ("aws:username", _) => text.push_str(user(known)),
            _ => text.push_str(&format!("${{{variable}}}")),
        }
        rest = behind;
    }
    text + rest
}
