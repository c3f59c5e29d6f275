//! The dangers of a policy of an identity. Each layer says what it found and takes it out of sight of the next, so that
//! a policy that allows everything is told once and not fifty times.

use super::Known;
use super::actions::{self, Action};
use super::analyse::{Danger, Grant, Severity, Unjudged};
use super::document::{Document, Patterns, Statement};
use super::escalation::{Path, Taker};
use super::found::{Found, Narrowing};
use super::grants::{Allowance, Grants, Purpose, Reach};
use super::knowledge::Tables;
use super::matching::{Effort, Glob};
use super::rules::Rule;
use std::collections::{BTreeMap, BTreeSet};

/// How many actions a grant lists.
const LISTED: usize = 8;

const PASS_ROLE: &str = "iam:PassRole";

pub(super) fn dangers(
    document: &Document,
    known: &Known,
    tables: &'static Tables,
    effort: &Effort,
) -> Result<Vec<Danger>, Unjudged> {
    let mut grants = Grants::of(document, known, tables, effort.lent());
    let dangers = found(document, &mut grants);
    effort.settle(&grants.effort);
    if effort.is_spent() { Err(Unjudged::TooLarge) } else { Ok(dangers) }
}

fn found<'a>(document: &'a Document, grants: &mut Grants<'a>) -> Vec<Danger> {
    let tables = grants.tables;
    let mut dangers = full_admin(grants);
    dangers.extend(whole_iam(grants));
    let found = |path: &Path| {
        if path.on_the_same { on_the_same(document, grants, path) } else { escalates(document, grants, path) }
    };
    let paths: Vec<Danger> = tables.escalations.paths.iter().filter_map(found).collect();
    let takers: Vec<Danger> = tables
        .escalations
        .takers
        .iter()
        .filter_map(|taker| passes_role(document, grants, taker, &paths))
        .collect();
    dangers.extend(paths);
    dangers.extend(takers);
    dangers.extend(root_of_one(document, grants));
    dangers.extend(pass_any_role(document, grants));
    dangers.extend(credentials(document, grants));
    dangers.extend(permissions(document, grants));
    dangers.extend(data(document, grants));
    dangers
}

/// Allow `*` on `*`, in each of its forms.
fn full_admin<'a>(grants: &mut Grants<'a>) -> Vec<Danger> {
    let everything = Glob::action("?*:?*");
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    let mut told = Vec::new();
    for rule in grants.allowing_rules().filter(|rule| rule.is_about_everything()) {
        let Some(step) = makes_admins(grants, rule) else { continue };
        let statement = rule.statement;
        let mut add = |kind: &'static str, grant: Grant, pointer: &'a str| {
            found.entry(kind).or_default().add(grant, &step);
            told.push(pointer);
        };
        if statement.actions.negated {
            add("full-admin-by-not-action", everything_but(rule.index, statement), &statement.pointer);
            continue;
        }
        let kind = if rule.excepts_resources() { "full-admin-by-not-resource" } else { "full-admin" };
        for (item, _) in rule.actions.iter().filter(|(_, glob)| glob.covers(&everything, &grants.effort)) {
            add(kind, grant(rule.index, &item.text, &item.pointer, vec!["*".to_owned()]), &item.pointer);
        }
    }
    told.into_iter().for_each(|pointer| grants.tell(pointer));
    let why = |kind: &str| match kind {
        "full-admin" => "Whoever has it may do everything with everything in the account, like its owner.",
        "full-admin-by-not-action" => {
            "Whoever has it may do everything but the few actions that are named, and so can give themselves those too."
        }
        _ => {
            "Whoever has it may do everything with everything but the few resources that are named, and so can give themselves those too."
        }
    };
    let danger = |(kind, found): (&str, Found)| {
        found.danger(grants.known, Severity::Critical, kind, vec![], why(kind).to_owned())
    };
    found.into_iter().filter_map(danger).collect()
}

/// `iam:*`, where it is not a part of everything.
fn whole_iam<'a>(grants: &mut Grants<'a>) -> Option<Danger> {
    let iam = Glob::action("iam:?*");
    let mut found = Found::default();
    let mut told = Vec::new();
    for rule in grants.allowing_rules().filter(|rule| !rule.statement.actions.negated) {
        let Some(step) = makes_admins(grants, rule) else { continue };
        for (item, _) in rule.actions.iter().filter(|(_, glob)| glob.covers(&iam, &grants.effort)) {
            if grants.is_told(&item.pointer) {
                continue;
            }
            found.add(grant(rule.index, &item.text, &item.pointer, vec!["iam:*".to_owned()]), &step);
            told.push(item.pointer.as_str());
        }
    }
    told.into_iter().for_each(|pointer| grants.tell(pointer));
    let why =
        "Whoever has it may change every user, role and policy, and so can give themselves every permission.";
    found.danger(grants.known, Severity::Critical, "whole-iam", vec![], why.to_owned())
}

/// Of the actions of IAM by which one makes oneself an administrator in one step, one that the statement still has after
/// what is denied, and with as few conditions as possible.
fn makes_admins<'a>(grants: &Grants<'a>, rule: &Rule<'a>) -> Option<Allowance<'a>> {
    let paths = grants.tables.escalations.paths.iter().filter(|path| path.severity == Severity::Critical);
    let steps = paths.flat_map(|path| &path.needs).filter(|name| name.starts_with("iam:"));
    let mut best: Option<Allowance<'a>> = None;
    for action in steps.filter_map(|name| actions::find(name)) {
        for seen in grants.by(rule, action).into_iter().filter(|seen| seen.reach == Reach::All) {
            if seen.hardness() == (0, 0) {
                return Some(seen);
            }
            let is_easier = best.as_ref().is_none_or(|best| seen.hardness() < best.hardness());
            best = if is_easier { Some(seen) } else { best };
        }
    }
    best
}

/// A known combination of actions.
fn escalates(document: &Document, grants: &Grants<'_>, path: &Path) -> Option<Danger> {
    let mut narrowing = Narrowing::default();
    let mut list: BTreeMap<(usize, Option<&str>), Grant> = BTreeMap::new();
    let mut requests = Vec::new();
    for name in &path.needs {
        let action = actions::find(name)?;
        let everywhere = path.everywhere.contains(name);
        let services = if is_pass_role(action) { path.services.as_slice() } else { &[] };
        let purpose =
            Purpose { services, types: path.on.get(name).map(Vec::as_slice), on_oneself: path.on_oneself };
        let mut allowances = grants.allowing(action, purpose).to_vec();
        allowances.retain(|seen| seen.reach == Reach::All || !everywhere);
        if path.severity.narrowed().is_none() {
            allowances.retain(|seen| seen.narrowed_by.is_empty());
        }
        let easiest = allowances.iter().min_by_key(|seen| seen.hardness())?;
        narrowing.add(easiest);
        requests.push(easiest.request.clone());
        for allowance in allowances {
            let key = (allowance.statement, allowance.pattern.map(|item| item.pointer.as_str()));
            let entry = list.entry(key).or_insert_with(|| written(document, &allowance));
            entry.actions.push(action.name.clone());
        }
    }
    let has = match path.needs.as_slice() {
        [one] => format!("Whoever has {one}"),
        [first @ .., last] => format!("Whoever has {} and {last}", first.join(", ")),
        [] => return None,
    };
    let found = Found { grants: list.into_values().collect(), requests, narrowing: Some(narrowing) };
    let kind = format!("escalation-{}", path.id);
    found.danger(grants.known, path.severity, &kind, path.needs.clone(), format!("{has} {}.", path.why))
}

/// A known combination of actions on one resource, whichever it is.
fn on_the_same(document: &Document, grants: &Grants<'_>, path: &Path) -> Option<Danger> {
    let actions: Vec<&Action> = path.needs.iter().filter_map(|name| actions::find(name)).collect();
    let purpose = Purpose { services: &path.services, ..Purpose::default() };
    let mut arns: Vec<String> = Vec::new();
    for action in &actions {
        let allowances = grants.allowing(action, purpose);
        if allowances.is_empty() {
            return None;
        }
        arns.extend(allowances.iter().filter_map(|seen| Some(seen.request.resources.first()?.arn.clone())));
    }
    arns.sort();
    arns.dedup();
    let all = |arn: &String| {
        actions.iter().map(|action| grants.on(action, arn, &path.services)).collect::<Option<Vec<_>>>()
    };
    let seen = arns.iter().find_map(all).or_else(|| grants.on_both(&actions).iter().find_map(all))?;
    let mut list: BTreeMap<(usize, Option<&str>), Grant> = BTreeMap::new();
    for action in &actions {
        for allowance in grants.allowing(action, purpose).iter() {
            let key = (allowance.statement, allowance.pattern.map(|item| item.pointer.as_str()));
            list.entry(key).or_insert_with(|| written(document, allowance)).actions.push(action.name.clone());
        }
    }
    let needs = path.needs.clone();
    let why = format!("Whoever has {} on one resource {}.", path.needs.join(" and "), path.why);
    let requests = seen.iter().map(|allowance| allowance.request.clone()).collect();
    let mut narrowing = Narrowing::default();
    seen.iter().for_each(|allowance| narrowing.add(allowance));
    let found = Found { grants: list.into_values().collect(), requests, narrowing: Some(narrowing) };
    found.danger(grants.known, path.severity, &format!("escalation-{}", path.id), needs, why)
}

/// `iam:PassRole` together with something that takes the role. What is to be taken away is the passing.
fn passes_role(document: &Document, grants: &Grants<'_>, taker: &Taker, paths: &[Danger]) -> Option<Danger> {
    let pass = actions::find(PASS_ROLE)?;
    let passing = grants.allowing(pass, Purpose { services: &taker.services, ..Purpose::default() });
    let passing: Vec<&Allowance<'_>> = passing.iter().filter(|seen| seen.reach == Reach::All).collect();
    if passing.is_empty() {
        return None;
    }
    let told = |name: &str| {
        let with_role = |danger: &&Danger| danger.needs.iter().any(|need| need == PASS_ROLE);
        paths.iter().filter(with_role).any(|danger| danger.needs.iter().any(|need| need == name))
    };
    let taking = taker
        .actions
        .iter()
        .filter(|name| !told(name))
        .filter_map(|name| actions::find(name))
        .flat_map(|action| {
            let types = grants.tables.escalations.types_of(&action.name);
            grants.allowing(action, Purpose { types, ..Purpose::default() }).to_vec()
        })
        .min_by_key(Allowance::hardness)?;
    let mut found = Found::default();
    for seen in passing {
        let mut grant = written(document, seen);
        grant.actions.push(pass.name.clone());
        found.add(grant, seen);
    }
    let why = format!("Whoever has {PASS_ROLE} and {} {}.", taking.request.action, taker.why);
    if let Some(narrowing) = &mut found.narrowing {
        narrowing.add(&taking);
    }
    found.requests.push(taking.request);
    let kind = format!("escalation-pass-role-to-{}", taker.id);
    found.danger(grants.known, taker.severity, &kind, vec![], why)
}

fn is_pass_role(action: &Action) -> bool {
    action.name == PASS_ROLE
}

/// `sts:AssumeRoot` on accounts that are named: it is their root user all the same.
fn root_of_one(document: &Document, grants: &Grants<'_>) -> Option<Danger> {
    let action = actions::find("sts:AssumeRoot")?;
    let seen = grants.allowing(action, Purpose::default());
    if seen.is_empty() || seen.iter().any(|seen| seen.reach == Reach::All) {
        return None;
    }
    let mut found = Found::default();
    for seen in seen.iter().filter(|seen| seen.narrowed_by.is_empty()) {
        let mut grant = written(document, seen);
        grant.actions.push(action.name.clone());
        found.add(grant, seen);
    }
    let why = "Whoever has it may act as the root user of the accounts that it names.".to_owned();
    found.danger(grants.known, Severity::Medium, "assume-root-of-one", vec![], why)
}

/// `iam:PassRole` for every role, to every service.
fn pass_any_role(document: &Document, grants: &Grants<'_>) -> Option<Danger> {
    let why = "Whoever has it may give more powerful roles to any service that they can set up, and act with them through it.";
    single(document, grants, "pass-any-role", Severity::High, actions::find(PASS_ROLE).into_iter(), why)
}

/// Actions that hand out credentials.
fn credentials(document: &Document, grants: &Grants<'_>) -> Vec<Danger> {
    let (assume, others): (Vec<_>, Vec<_>) =
        named(&grants.tables.escalations.credentials).partition(|action| action.name == "sts:AssumeRole");
    let why_assume = "Whoever has it may use every role whose trust policy lets this account in, an administrator's included.";
    let why = "Whoever has it can ask for credentials that belong to others, and act with them.";
    [
        single(document, grants, "assume-any-role", Severity::High, assume.into_iter(), why_assume),
        single(document, grants, "credentials-exposure", Severity::Medium, others.into_iter(), why),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Actions that change who may do what, but for those that are told by name elsewhere.
fn permissions(document: &Document, grants: &Grants<'_>) -> Option<Danger> {
    let known = &grants.tables.escalations;
    let named = known.paths.iter().filter(|path| path.needs.len() == 1).flat_map(|path| &path.needs);
    let told: BTreeSet<&str> = named
        .chain(&known.credentials)
        .chain(&known.harmless)
        .map(String::as_str)
        .chain([PASS_ROLE])
        .collect();
    let managing =
        actions::managing_permissions().iter().filter(|action| !told.contains(action.name.as_str()));
    let why = "Whoever has it may change who can reach resources that the policy does not name, and open them to others.";
    single(document, grants, "permissions-management", Severity::Medium, managing.copied(), why)
}

/// Actions that read data and secrets.
fn data(document: &Document, grants: &Grants<'_>) -> Option<Danger> {
    let why = "Whoever has it may read the data or the secrets of every application in the account.";
    let reading = named(&grants.tables.escalations.data);
    single(document, grants, "data-exfiltration", Severity::Medium, reading, why)
}

fn named(names: &'static [String]) -> impl Iterator<Item = &'static Action> {
    names.iter().filter_map(|name| actions::find(name))
}

/// A danger of which each action is enough.
fn single(
    document: &Document,
    grants: &Grants<'_>,
    kind: &str,
    severity: Severity,
    actions: impl Iterator<Item = &'static Action>,
    why: &str,
) -> Option<Danger> {
    let mut found = Found::default();
    let mut list: BTreeMap<(usize, Option<&str>), Grant> = BTreeMap::new();
    for action in actions {
        for allowance in grants.allowing(action, Purpose::default()).iter() {
            let is_narrow = !allowance.narrowed_by.is_empty();
            if allowance.reach != Reach::All || (is_narrow && severity.narrowed().is_none()) {
                continue;
            }
            found.note(allowance);
            let key = (allowance.statement, allowance.pattern.map(|item| item.pointer.as_str()));
            let grant = list.entry(key).or_insert_with(|| written(document, allowance));
            if grant.actions.len() < LISTED {
                grant.actions.push(action.name.clone());
            } else {
                grant.more += 1;
            }
        }
    }
    found.grants = list.into_values().collect();
    found.danger(grants.known, severity, kind, vec![], why.to_owned())
}

fn grant(statement: usize, written: &str, pointer: &str, actions: Vec<String>) -> Grant {
    Grant { statement, pointer: pointer.to_owned(), written: written.to_owned(), actions, more: 0 }
}

/// What stands in the document for an allowance.
fn written(document: &Document, allowance: &Allowance<'_>) -> Grant {
    match (allowance.pattern, document.statements().get(allowance.statement)) {
        (None, Some(statement)) => {
            Grant { actions: vec![], ..everything_but(allowance.statement, statement) }
        }
        (None, None) => grant(allowance.statement, "", "", vec![]),
        (Some(item), _) => grant(allowance.statement, &item.text, &item.pointer, vec![]),
    }
}

/// A statement that allows everything but what it names.
fn everything_but(index: usize, statement: &Statement) -> Grant {
    let Patterns { list, .. } = &statement.actions;
    let mut names: Vec<&str> = list.iter().take(LISTED).map(|item| item.text.as_str()).collect();
    if list.len() > LISTED {
        names.push("and so on");
    }
    let written = format!("everything but {}", names.join(", "));
    grant(index, &written, &format!("{}/NotAction", statement.pointer), vec!["*".to_owned()])
}
