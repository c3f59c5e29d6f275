//! Concrete resources that show how far a list of patterns reaches. The names are data: `targets.json`.

use super::Known;
use super::document::{Document, Effect};
use super::home::{account, user};
use super::ids::Ids;
use super::matching::{Effort, Glob};
use super::outsider::STRANGER;
use super::resource::{Format, Resource};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Regions that a pattern may name only in part.
pub(super) const REGIONS: &[&str] = &[
    "us-east-1",
    "eu-central-1",
    "us-west-2",
    "eu-west-1",
    "us-east-2",
    "us-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "eu-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-east-1",
    "ca-central-1",
    "sa-east-1",
    "me-south-1",
    "me-central-1",
    "af-south-1",
    "il-central-1",
    "mx-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-west-1",
    "us-gov-east-1",
    "eusc-de-east-1",
    "eu-central-2",
    "eu-south-2",
    "ap-northeast-3",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ap-east-2",
    "ca-west-1",
];

/// How many regions are tried.
const TRIED: usize = 4;

/// How many names are tried.
const NAMES: usize = 3;

/// After how many that are denied a name is built.
const WORDS: usize = 8;

/// What `targets.json` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetTable {
    #[expect(dead_code, reason = "for whoever reads the file")]
    about: String,
    ids: Vec<Ids>,
    types: Vec<TargetType>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetType {
    /// As in `requests.txt`.
    format: String,
    #[serde(default)]
    administrators: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    /// The actions that take others in place of these.
    #[serde(default)]
    instead: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    prefix: String,
    /// The actions that run what is in such a resource, and what of other accounts can be shared.
    #[serde(default)]
    run_by: Vec<String>,
    /// Whether an account has one or two of them, so that to name one bounds nothing.
    #[serde(default)]
    single: bool,
    /// The actions that write it.
    #[serde(default)]
    written_by: Vec<String>,
    /// How the names begin that only AWS can give, in lower case.
    #[serde(default)]
    reserved: Vec<String>,
    #[expect(dead_code, reason = "for whoever reads the file")]
    source: String,
}

/// A resource that is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) arn: String,
    pub(super) kind: TargetKind,
}

/// What it shows that a pattern stands for a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TargetKind {
    /// Nobody named it when the policy was written, so the pattern stands for all.
    Unnamed,
    /// The machinery of an account is called so: it counts where a wildcard reaches it.
    Machinery,
    /// It is protected, an administrator's, or one of this program's.
    Protected,
    /// It is the caller, or what the caller has: it counts where that is an escalation.
    Own,
    /// It may be ours or a stranger's: the pattern leaves the account open.
    Anyones,
    /// Its name says that it is an administrator's.
    Titled,
    /// It is one of a long list of long names with wildcards: somebody thought of each.
    Listed,
}

/// The names and places that are tried with a document.
#[derive(Debug)]
pub(super) struct Targets<'a> {
    table: &'a TargetTable,
    known: &'a Known,
    partitions: Vec<String>,
    regions: Vec<String>,
    /// Patterns of what is denied or excepted.
    avoided: Vec<Resource>,
    /// Resources of accounts that are not known, which the document names or leaves open.
    foreign: Vec<Target>,
    /// Those of the formats that were asked for before.
    made: RefCell<BTreeMap<String, Rc<[Target]>>>,
}

/// A resource for which a pattern stands that names an account, if that account is not known, or that leaves it open.
fn foreign(pattern: &str, known: &Known, region: &str) -> Option<Target> {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let [arn, partition, service, of_region, account, resource] = parts.as_slice() else { return None };
    let is_named = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let (account, kind) = match () {
        () if is_named && !known.has(account) => (*account, TargetKind::Unnamed),
        () if !is_named && Glob::resource(account).matches(STRANGER) => (STRANGER, TargetKind::Anyones),
        () => return None,
    };
    let region = if Glob::resource(of_region).matches(region) { region } else { of_region };
    let partition = if *partition == "*" { "aws" } else { partition };
    let resource = resource.replace('*', "example").replace('?', "x");
    Some(Target { arn: [*arn, partition, service, region, account, &resource].join(":"), kind })
}

impl TargetTable {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What the ids of a service look like.
    pub(super) fn ids_of(&self, service: &str) -> Option<&Ids> {
        self.ids.iter().find(|ids| ids.service == service)
    }
}

impl<'a> Targets<'a> {
    pub(super) fn of(table: &'a TargetTable, document: &Document, known: &'a Known) -> Self {
        let patterns: Vec<&str> = document
            .statements()
            .iter()
            .filter_map(|statement| statement.resources.as_ref())
            .flat_map(|resources| &resources.list)
            .map(|item| item.text.as_str())
            .collect();
        let part = |at: usize| {
            let patterns = patterns.clone();
            patterns.into_iter().filter_map(move |pattern| pattern.splitn(6, ':').nth(at))
        };
        let mut partitions = vec!["aws".to_owned()];
        for partition in part(1).filter(|partition| is_partition(partition)) {
            if partitions.len() < TRIED && !partitions.iter().any(|known| known == partition) {
                partitions.push(partition.to_owned());
            }
        }
        let mut regions: Vec<String> = Vec::new();
        for pattern in part(3).filter(|pattern| !pattern.is_empty()) {
            let glob = Glob::resource(pattern);
            let region = REGIONS.iter().find(|region| glob.matches(region)).map_or(pattern, |region| *region);
            if regions.len() < TRIED && !regions.iter().any(|known| known == region) {
                regions.push(region.to_owned());
            }
        }
        let avoided: Vec<Resource> = document
            .statements()
            .iter()
            .filter_map(|statement| {
                let resources = statement.resources.as_ref()?;
                (resources.negated != (statement.effect == Effect::Deny)).then_some(resources)
            })
            .flat_map(|resources| &resources.list)
            .map(|item| Resource::of(&item.text))
            .filter(|resource| !resource.is_everything())
            .collect();
        let excepted: Vec<Glob> = document
            .statements()
            .iter()
            .filter(|statement| statement.effect == Effect::Deny)
            .filter_map(|statement| statement.resources.as_ref())
            .flat_map(|resources| &resources.list)
            .filter_map(|item| item.text.split(':').nth(3))
            .filter(|region| !region.is_empty())
            .map(Glob::resource)
            .filter(|glob| !glob.is_everything())
            .collect();
        let is_excepted = |region: &&&str| excepted.iter().any(|glob| glob.matches(region));
        let (denied, open): (Vec<&&str>, Vec<&&str>) = REGIONS
            .iter()
            .filter(|region| !regions.iter().any(|known| known == *region))
            .partition(is_excepted);
        let mut all: Vec<String> =
            open.iter().chain(&denied).take(2).map(|region| (**region).to_owned()).collect();
        all.append(&mut regions);
        let regional = all.first().map_or("", String::as_str);
        let foreign = patterns.iter().filter_map(|pattern| foreign(pattern, known, regional)).collect();
        Self { table, known, partitions, regions: all, avoided, foreign, made: RefCell::default() }
    }

    /// Resources of a format, those first that say most.
    pub(super) fn of_format(&self, format: &Format, effort: &Effort) -> Rc<[Target]> {
        let key = format.key();
        if let Some(made) = self.made.borrow().get(&key) {
            return made.clone();
        }
        let made: Rc<[Target]> = self.make(format, effort).into();
        self.made.borrow_mut().insert(key, made.clone());
        made
    }

    fn make(&self, format: &Format, effort: &Effort) -> Vec<Target> {
        let facts = self.facts(format);
        let prefix = facts.map_or("", |facts| facts.prefix.as_str());
        let mut all = Vec::new();
        let mut add = |name: &str, kind: TargetKind, everywhere: bool| {
            for partition in &self.partitions {
                for region in if format.has_region() { self.regions.as_slice() } else { &[] } {
                    all.push(Target { arn: format.arn(partition, region, account(self.known), name), kind });
                    if !everywhere {
                        return;
                    }
                }
                if !format.has_region() {
                    all.push(Target { arn: format.arn(partition, "", account(self.known), name), kind });
                }
            }
        };
        let avoided: Vec<&Resource> =
            self.avoided.iter().filter(|pattern| pattern.may_be_of(format)).collect();
        let names = self.names(format, prefix, &avoided, effort);
        for name in &names {
            add(&format!("{prefix}{name}"), TargetKind::Unnamed, true);
        }
        if let Some(name) = names.first().filter(|_| format.has_path()) {
            add(&format!("{name}/{name}"), TargetKind::Unnamed, true);
        }
        if names.is_empty() {
            add(&format!("{prefix}example"), TargetKind::Unnamed, true);
        }
        for name in facts.iter().flat_map(|facts| &facts.administrators) {
            add(name, TargetKind::Protected, false);
        }
        for name in facts.iter().flat_map(|facts| &facts.names) {
            add(name, TargetKind::Machinery, false);
        }
        if names.is_empty() {
            // What is denied has many names: one is made that is none of them.
            let built = self.regions.iter().take(2).filter_map(|region| {
                let any = format.arn("aws", region, account(self.known), &format!("{prefix}?*"));
                Resource::of(&any).apart_from(&avoided, effort)
            });
            all.extend(built.map(|arn| Target { arn, kind: TargetKind::Unnamed }));
        }
        all
    }

    /// Resources of AWS by which anything can be done with the action.
    pub(super) fn of_aws(&self, format: &Format, action: &str) -> Vec<Target> {
        let Some(facts) = self.facts(format) else { return vec![] };
        let instead = facts.instead.iter().find(|(known, _)| known.eq_ignore_ascii_case(action));
        let resources = instead.map_or(&facts.resources, |(_, resources)| resources);
        let placed = |region: &String| {
            let here = |resource: &String| Target {
                arn: resource.replace("@region", region).replace("@account", account(self.known)),
                kind: TargetKind::Unnamed,
            };
            resources.iter().map(here).collect::<Vec<_>>()
        };
        self.regions.iter().flat_map(placed).collect()
    }

    /// What an action runs that belongs to somebody who is not known: its name bounds nothing.
    pub(super) fn foreign(&self, format: &Format, action: &str) -> Vec<Target> {
        let Some(facts) = self.facts(format).filter(|facts| is_among(&facts.run_by, action)) else {
            return vec![];
        };
        let any = format.any("*");
        let is_given = |target: &&Target| {
            let name = target.arn.splitn(6, ':').nth(5).and_then(|name| name.split_once('/'));
            let name = name.map(|(_, name)| name.to_ascii_lowercase()).unwrap_or_default();
            facts.reserved.iter().any(|start| name.starts_with(start.as_str()))
        };
        let shared = self.foreign.iter().filter(|target| any.matches(&target.arn));
        shared.filter(|target| target.kind == TargetKind::Unnamed || !is_given(target)).cloned().collect()
    }

    /// Whether to name a resource of the format bounds nothing.
    pub(super) fn is_single(&self, format: &Format) -> bool {
        self.facts(format).is_some_and(|facts| facts.single)
    }

    /// What the ids of the format's service look like.
    pub(super) fn ids(&self, format: &Format) -> Option<&'a Ids> {
        self.table.ids_of(format.service())
    }

    /// The actions that write what the action runs.
    pub(super) fn writers(&self, format: &Format, action: &str) -> &'a [String] {
        let facts = self.facts(format).filter(|facts| is_among(&facts.run_by, action));
        facts.map_or(&[], |facts| facts.written_by.as_slice())
    }

    fn facts(&self, format: &Format) -> Option<&'a TargetType> {
        self.table.types.iter().find(|kind| format.is(&kind.format))
    }

    /// Names that nobody can have thought of, unlike each other, and if possible such that nothing denied is called so.
    fn names(&self, format: &Format, prefix: &str, avoided: &[&Resource], effort: &Effort) -> Vec<String> {
        let cost: usize = avoided.iter().map(|pattern| pattern.cost()).sum();
        let mut names: Vec<String> = vec![];
        let letters = ('a'..='z').take(WORDS);
        // First a name that reads well.
        let candidates =
            std::iter::once("example".to_owned()).chain(letters.map(|letter| format!("{letter}4{letter}")));
        for name in candidates {
            let region = self.regions.first().map_or("", String::as_str);
            let arn = format.arn("aws", region, account(self.known), &format!("{prefix}{name}"));
            effort.spend(cost);
            if !avoided.iter().any(|pattern| pattern.matches(&arn)) {
                names.push(name);
            }
            if names.len() == NAMES || effort.is_spent() {
                break;
            }
        }
        names
    }

    /// The principals that have the policy, and the policy itself.
    pub(super) fn own(&self, format: &Format) -> Vec<Target> {
        let any = format.any(account(self.known));
        let caller = format!("arn:aws:iam::{}:user/{}", account(self.known), user(self.known));
        let all = self.known.holders.iter().cloned().chain([caller]);
        all.filter(|arn| any.matches(arn)).map(|arn| Target { arn, kind: TargetKind::Own }).collect()
    }

    /// Resources of a format that are protected, or our own.
    pub(super) fn protected(&self, format: &Format) -> Vec<Target> {
        if !format.has_path() {
            return vec![];
        }
        let effort = Effort::default();
        let any = format.any(account(self.known));
        let meets = |pattern: &String| {
            let whole = if pattern.starts_with("arn:") {
                pattern.clone()
            } else {
                format.arn("aws", "", account(self.known), pattern.trim_start_matches('/'))
            };
            Resource::of(&whole).meeting(&any, &effort)
        };
        let arns = self.known.protected.iter().filter_map(meets);
        arns.map(|arn| Target { arn, kind: TargetKind::Protected }).collect()
    }
}

/// Whether it is the name of a partition other than the commercial one, such as `aws-eusc`.
pub(super) fn is_partition(text: &str) -> bool {
    let rest = text.strip_prefix("aws-");
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
}

fn is_among(actions: &[String], action: &str) -> bool {
    actions.iter().any(|known| known.eq_ignore_ascii_case(action))
}
