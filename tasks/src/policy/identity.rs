//! The dangers of a policy of an identity. Each layer says what it found and takes it out of sight of the next, so that
//! a policy that allows everything is told once and not fifty times.

use super::Known;
use super::actions::{self, Action};
use super::analyse::{Danger, Grant, Severity};
use super::document::{Document, Patterns, Statement};
use super::escalation::{self, Path};
use super::grants::{Allowance, Grants, Reach, Rule};
use super::matching::Glob;
use std::collections::{BTreeMap, BTreeSet};

/// How many actions a grant lists.
const LISTED: usize = 8;

const PASS_ROLE: &str = "iam:PassRole";

pub(super) fn dangers(document: &Document, known: &Known) -> Vec<Danger> {
    let mut grants = Grants::of(document, known);
    let mut dangers = full_admin(&mut grants);
    dangers.extend(whole_iam(&mut grants));
    dangers
        .extend(escalation::knowledge().paths.iter().filter_map(|path| escalates(document, &grants, path)));
    dangers.extend(pass_any_role(document, &grants));
    dangers.extend(credentials(document, &grants));
    dangers.extend(permissions(document, &grants));
    dangers.extend(data(document, &grants));
    dangers
}

/// Allow `*` on `*`, in each of its forms.
fn full_admin<'a>(grants: &mut Grants<'a>) -> Vec<Danger> {
    let everything = Glob::action("?*:?*");
    let mut found: BTreeMap<&str, (bool, Vec<Grant>)> = BTreeMap::new();
    let mut told = Vec::new();
    for rule in grants.allowing_rules().filter(|rule| rule.is_about_everything()) {
        let Some(narrow) = makes_admins(grants, rule) else { continue };
        let statement = rule.statement;
        let mut add = |kind: &'static str, grant: Grant, pointer: &'a str| {
            let (all_narrow, list) = found.entry(kind).or_insert((true, vec![]));
            *all_narrow &= narrow;
            list.push(grant);
            told.push(pointer);
        };
        if statement.actions.negated {
            add("full-admin-by-not-action", everything_but(rule.index, statement), &statement.pointer);
            continue;
        }
        let kind = if rule.excepts_resources() { "full-admin-by-not-resource" } else { "full-admin" };
        for (item, _) in rule.actions.iter().filter(|(_, glob)| glob.covers(&everything, grants.effort())) {
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
    let danger = |(kind, (narrow, list)): (&str, (bool, Vec<Grant>))| {
        danger(Severity::Critical, narrow, kind, list, vec![], why(kind).to_owned())
    };
    found.into_iter().filter_map(danger).collect()
}

/// `iam:*`, where it is not a part of everything.
fn whole_iam<'a>(grants: &mut Grants<'a>) -> Option<Danger> {
    let iam = Glob::action("iam:?*");
    let mut list = Vec::new();
    let mut told = Vec::new();
    let mut all_narrow = true;
    for rule in grants.allowing_rules().filter(|rule| !rule.statement.actions.negated) {
        let Some(narrow) = makes_admins(grants, rule) else { continue };
        for (item, _) in rule.actions.iter().filter(|(_, glob)| glob.covers(&iam, grants.effort())) {
            if grants.is_told(&item.pointer) {
                continue;
            }
            all_narrow &= narrow;
            list.push(grant(rule.index, &item.text, &item.pointer, vec!["iam:*".to_owned()]));
            told.push(item.pointer.as_str());
        }
    }
    told.into_iter().for_each(|pointer| grants.tell(pointer));
    let why =
        "Whoever has it may change every user, role and policy, and so can give themselves every permission.";
    danger(Severity::Critical, all_narrow, "whole-iam", list, vec![], why.to_owned())
}

/// Whether the statement still has, after what is denied, one of the actions of IAM by which one makes oneself an
/// administrator in one step; and then, whether each is narrowed by a condition.
fn makes_admins(grants: &Grants<'_>, rule: &Rule<'_>) -> Option<bool> {
    let steps = escalation::knowledge().paths.iter().filter(|path| path.severity == Severity::Critical);
    let steps = steps.flat_map(|path| &path.needs).filter_map(|name| actions::find(name));
    let allowed: Vec<_> =
        steps.flat_map(|action| grants.by(rule, action)).filter(|seen| seen.reach == Reach::All).collect();
    if allowed.is_empty() { None } else { Some(allowed.iter().all(|allowance| allowance.narrow)) }
}

/// A known combination of actions.
fn escalates(document: &Document, grants: &Grants<'_>, path: &Path) -> Option<Danger> {
    let mut narrow = false;
    let mut list: BTreeMap<(usize, Option<&str>), Grant> = BTreeMap::new();
    for name in &path.needs {
        let action = actions::find(name)?;
        let everywhere = path.everywhere.contains(name);
        let mut allowances = grants.allowing(action);
        allowances.retain(|seen| (seen.reach == Reach::All || !everywhere) && passes(seen, action, path));
        let is_narrow =
            |seen: &Allowance<'_>| seen.narrow || (is_pass_role(action) && seen.passed_to.is_some());
        if path.severity.narrowed().is_none() {
            allowances.retain(|seen| !is_narrow(seen));
        }
        if allowances.is_empty() {
            return None;
        }
        narrow |= allowances.iter().all(is_narrow);
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
    let why = format!("{has} {}.", path.why);
    let kind = format!("escalation-{}", path.id);
    let needs = path.needs.clone();
    danger(path.severity, narrow, &kind, list.into_values().collect(), needs, why)
}

/// Whether a role can be passed to one of the services of the path.
fn passes(allowance: &Allowance<'_>, action: &Action, path: &Path) -> bool {
    let Some(services) = &allowance.passed_to else { return true };
    !is_pass_role(action) || path.services.iter().any(|name| services.iter().any(|glob| glob.matches(name)))
}

fn is_pass_role(action: &Action) -> bool {
    action.name == PASS_ROLE
}

/// `iam:PassRole` for every role, to every service.
fn pass_any_role(document: &Document, grants: &Grants<'_>) -> Option<Danger> {
    let why = "Whoever has it may give any role to any service that they can set up, and act with that role through it.";
    let of_interest = |seen: &Allowance<'_>| seen.passed_to.is_none();
    single(
        document,
        grants,
        "pass-any-role",
        Severity::High,
        actions::find(PASS_ROLE).into_iter(),
        of_interest,
        why,
    )
}

/// Actions that hand out credentials.
fn credentials(document: &Document, grants: &Grants<'_>) -> Vec<Danger> {
    let (assume, others): (Vec<_>, Vec<_>) =
        named(&escalation::knowledge().credentials).partition(|action| action.name == "sts:AssumeRole");
    let any = |_: &Allowance<'_>| true;
    let why_assume = "Whoever has it may use every role whose trust policy lets this account in, an administrator's included.";
    let why = "Whoever has it can ask for credentials that belong to others, and act with them.";
    [
        single(document, grants, "assume-any-role", Severity::High, assume.into_iter(), any, why_assume),
        single(document, grants, "credentials-exposure", Severity::Medium, others.into_iter(), any, why),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Actions that change who may do what, but for those that are told by name elsewhere.
fn permissions(document: &Document, grants: &Grants<'_>) -> Option<Danger> {
    let known = escalation::knowledge();
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
    single(document, grants, "permissions-management", Severity::Medium, managing.copied(), |_| true, why)
}

/// Actions that read data and secrets.
fn data(document: &Document, grants: &Grants<'_>) -> Option<Danger> {
    let why = "Whoever has it may read the data or the secrets of every application in the account.";
    single(
        document,
        grants,
        "data-exfiltration",
        Severity::Medium,
        named(&escalation::knowledge().data),
        |_| true,
        why,
    )
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
    of_interest: impl Fn(&Allowance<'_>) -> bool,
    why: &str,
) -> Option<Danger> {
    let mut all_narrow = true;
    let mut list: BTreeMap<(usize, Option<&str>), Grant> = BTreeMap::new();
    for action in actions {
        for allowance in grants.allowing(action) {
            let counts = allowance.reach == Reach::All && of_interest(&allowance);
            if !counts || (allowance.narrow && severity.narrowed().is_none()) {
                continue;
            }
            all_narrow &= allowance.narrow;
            let key = (allowance.statement, allowance.pattern.map(|item| item.pointer.as_str()));
            let grant = list.entry(key).or_insert_with(|| written(document, &allowance));
            if grant.actions.len() < LISTED {
                grant.actions.push(action.name.clone());
            } else {
                grant.more += 1;
            }
        }
    }
    danger(severity, all_narrow, kind, list.into_values().collect(), vec![], why.to_owned())
}

/// The danger, where anything grants it, and where it is one after the conditions.
fn danger(
    severity: Severity,
    narrow: bool,
    kind: &str,
    mut grants: Vec<Grant>,
    needs: Vec<String>,
    why: String,
) -> Option<Danger> {
    if grants.is_empty() {
        return None;
    }
    grants.sort_by_key(|grant| grant.statement);
    let severity = if narrow { severity.narrowed()? } else { severity };
    Some(Danger { severity, kind: kind.to_owned(), grants, needs, why })
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
