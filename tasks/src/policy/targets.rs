//! Concrete resources that show how far a list of patterns reaches. The names are data: `targets.json`.

use super::Known;
use super::document::Document;
use super::home::account;
use super::resource::Format;
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Regions that a pattern may name only in part.
const REGIONS: &[&str] = &[
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
];

/// How many regions are tried.
const TRIED: usize = 4;

/// What `targets.json` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetTable {
    #[expect(dead_code, reason = "for whoever reads the file")]
    about: String,
    types: Vec<TargetType>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetType {
    /// As in `requests.txt`.
    format: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    prefix: String,
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
    /// Administrators call theirs so: it counts where a wildcard reaches it.
    Administrative,
    /// It is protected, or one of our own.
    Protected,
}

/// The names and places that are tried with a document.
#[derive(Debug)]
pub(super) struct Targets<'a> {
    table: &'a TargetTable,
    known: &'a Known,
    partitions: Vec<&'static str>,
    regions: Vec<String>,
    /// Names that occur nowhere in the document. They share no letter, so that a pattern about one is not about all.
    names: [String; 3],
    /// Those of the formats that were asked for before.
    made: RefCell<BTreeMap<String, Rc<[Target]>>>,
}

impl TargetTable {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
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
        let mut partitions = vec!["aws"];
        for partition in part(1) {
            let found = ["aws-cn", "aws-us-gov"].into_iter().find(|known| *known == partition);
            partitions.extend(found.filter(|found| !partitions.contains(found)));
        }
        let mut regions: Vec<String> = Vec::new();
        for pattern in part(3).filter(|pattern| !pattern.is_empty()) {
            let glob = super::matching::Glob::resource(pattern);
            let region = REGIONS.iter().find(|region| glob.matches(region)).map_or(pattern, |region| *region);
            if regions.len() < TRIED && !regions.iter().any(|known| known == region) {
                regions.push(region.to_owned());
            }
        }
        let unnamed = REGIONS.iter().filter(|region| !regions.iter().any(|known| known == *region)).take(2);
        let mut all: Vec<String> = unnamed.map(|region| (*region).to_owned()).collect();
        all.append(&mut regions);
        Self { table, known, partitions, regions: all, names: names(&patterns), made: RefCell::default() }
    }

    /// Resources of a format, those first that say most.
    pub(super) fn of_format(&self, format: &Format) -> Rc<[Target]> {
        let key = format.key();
        if let Some(made) = self.made.borrow().get(&key) {
            return made.clone();
        }
        let made: Rc<[Target]> = self.make(format).into();
        self.made.borrow_mut().insert(key, made.clone());
        made
    }

    fn make(&self, format: &Format) -> Vec<Target> {
        let facts = self.table.types.iter().find(|kind| format.is(&kind.format));
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
        for name in &self.names {
            add(&format!("{prefix}{name}"), TargetKind::Unnamed, true);
        }
        if format.has_path() {
            let [name, ..] = &self.names;
            add(&format!("{name}/{name}"), TargetKind::Unnamed, true);
        }
        for name in facts.iter().flat_map(|facts| &facts.names) {
            add(name, TargetKind::Administrative, false);
        }
        for resource in facts.iter().flat_map(|facts| &facts.resources) {
            for region in &self.regions {
                let arn = resource.replace("@region", region).replace("@account", account(self.known));
                all.push(Target { arn, kind: TargetKind::Unnamed });
            }
        }
        all
    }

    /// Resources of a format that are protected, or our own.
    pub(super) fn protected(&self, format: &Format) -> Vec<Target> {
        if !format.has_path() {
            return vec![];
        }
        let effort = super::matching::Effort::default();
        let any = format.any(account(self.known));
        let meets = |pattern: &String| {
            let whole = if pattern.starts_with("arn:") {
                pattern.clone()
            } else {
                format.arn("aws", "", account(self.known), pattern.trim_start_matches('/'))
            };
            super::resource::Resource::of(&whole).meeting(&any, &effort)
        };
        let arns = self.known.protected.iter().filter_map(meets);
        arns.map(|arn| Target { arn, kind: TargetKind::Protected }).collect()
    }
}

fn names(patterns: &[&str]) -> [String; 3] {
    let fresh = |make: &dyn Fn(usize) -> String| {
        let is_fresh = |name: &String| !patterns.iter().any(|pattern| pattern.contains(name.as_str()));
        (0..100).map(make).find(is_fresh).unwrap_or_else(|| make(0))
    };
    [
        fresh(&|number| format!("example-{}", letters(number, 'a'))),
        fresh(&|number| format!("{}", 4711 + number)),
        fresh(&|number| format!("W{}Q", letters(number, 'X'))),
    ]
}

fn letters(number: usize, letter: char) -> String {
    String::from(letter).repeat(number + 1)
}
