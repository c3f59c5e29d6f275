//! Whether a document allows an action on all the resources that a request of it needs, and how far.

use super::actions::{self, Action};
use super::grants::{Allowance, Grants, Purpose, Reach, requested};
use super::home::account;
use super::request::{Request, Resource as Requested};
use super::resource::Format;
use super::rules::Rule;
use super::solver::Solution;
use super::targets::{Target, TargetKind};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The action that other accounts' roles are at stake for as well.
const ASSUME_ROLE: &str = "sts:assumerole";

/// The action by which one is the root user of another account.
const ASSUME_ROOT: &str = "sts:assumeroot";

/// The action that hands a role to a service.
const PASS_ROLE: &str = "iam:passrole";

/// So many different names with wildcards, of no more letters than these, are no list of things that somebody thought of.
const MANY: [(usize, usize); 2] = [(50, usize::MAX), (16, 3)];

/// What an action needs of its resources: one of these types.
struct Group<'f> {
    formats: Vec<&'f Format>,
    /// It counts only where the policy names resources of it.
    if_named: bool,
}

/// The best that a statement allows of a group.
struct Seen<'g, 'a> {
    rule: &'g Rule<'a>,
    reach: Reach,
    arn: String,
    solution: Rc<Solution>,
}

/// The answer for an action.
pub(super) struct Access<'g, 'a> {
    grants: &'g Grants<'a>,
    action: &'g Action,
    /// What allows the resources of the first group.
    first: Vec<Seen<'g, 'a>>,
    /// The best of each other group.
    others: Vec<Seen<'g, 'a>>,
}

impl<'g, 'a> Access<'g, 'a> {
    /// What allows the action; none where a request of it lacks something.
    pub(super) fn of(grants: &'g Grants<'a>, action: &'g Action, purpose: Purpose<'_>) -> Option<Self> {
        let rules: Vec<&Rule<'a>> =
            grants.allowing_rules().filter(|rule| !grants.patterns(rule, action).is_empty()).collect();
        Self::new(grants, action, &rules, purpose)
    }

    /// What one statement allows of the action.
    pub(super) fn by(grants: &'g Grants<'a>, rule: &'g Rule<'a>, action: &'g Action) -> Option<Self> {
        if grants.patterns(rule, action).is_empty() {
            return None;
        }
        Self::new(grants, action, &[rule], Purpose::default())
    }

    fn new(
        grants: &'g Grants<'a>,
        action: &'g Action,
        rules: &[&'g Rule<'a>],
        purpose: Purpose<'_>,
    ) -> Option<Self> {
        if rules.is_empty() {
            return None;
        }
        let look = Look { grants, action, purpose, rules, denying: grants.denying(action) };
        let mut groups = look.groups().into_iter();
        let of_group = |group: &Group<'_>| -> Vec<Seen<'g, 'a>> {
            rules.iter().filter_map(|rule| look.seen(rule, group)).collect()
        };
        let first = of_group(&groups.next()?);
        let mut others = Vec::new();
        for group in groups {
            let named = rules.iter().any(|rule| look.names(rule, &group));
            if group.if_named && !named {
                continue;
            }
            let best = of_group(&group)
                .into_iter()
                .min_by_key(|seen| (std::cmp::Reverse(seen.reach), seen.solution.hardness()));
            others.push(best?);
        }
        (!first.is_empty()).then_some(Self { grants, action, first, others })
    }

    /// Each pattern that allows it, with a whole request.
    pub(super) fn allowances(&self) -> Vec<Allowance<'a>> {
        let mut all = Vec::new();
        for seen in &self.first {
            let reach = self.others.iter().map(|other| other.reach).fold(seen.reach, Reach::min);
            let (mut narrowed_by, mut doubted_by) = (Vec::new(), Vec::new());
            let mut resources: Vec<Requested> = Vec::new();
            for part in std::iter::once(seen).chain(&self.others) {
                add(&mut narrowed_by, &part.solution.narrowed_by);
                add(&mut doubted_by, &part.solution.doubted_by);
                resources.push(requested(&part.arn, &part.solution));
            }
            let request = Request { action: self.action.name.clone(), resources };
            all.extend(self.grants.patterns(seen.rule, self.action).into_iter().map(|pattern| Allowance {
                statement: seen.rule.index,
                pattern,
                reach,
                narrowed_by: narrowed_by.clone(),
                doubted_by: doubted_by.clone(),
                request: request.clone(),
            }));
        }
        all
    }
}

/// Adds those keys that are not there yet.
fn add(all: &mut Vec<String>, keys: &[String]) {
    for key in keys {
        if !all.contains(key) {
            all.push(key.clone());
        }
    }
}

/// What is looked for.
struct Look<'g, 'a, 'p> {
    grants: &'g Grants<'a>,
    action: &'g Action,
    purpose: Purpose<'p>,
    /// The statements that allow the action.
    rules: &'p [&'g Rule<'a>],
    denying: Vec<&'g Rule<'a>>,
}

impl<'g, 'a> Look<'g, 'a, '_> {
    /// The groups of types of which a request needs one each.
    fn groups(&self) -> Vec<Group<'g>> {
        let all = |formats: Vec<&'g Format>| vec![Group { formats, if_named: false }];
        let Some(shape) = self.grants.tables.requests.find(&self.action.lower) else {
            return all(self.action.acts_on.iter().collect());
        };
        if let Some(types) = self.purpose.types {
            let group = |names: &Vec<String>| Group {
                formats: shape
                    .types
                    .iter()
                    .filter(|kind| names.iter().any(|name| name.trim_end_matches('?') == kind.name))
                    .map(|kind| &kind.format)
                    .collect(),
                if_named: names.iter().any(|name| name.ends_with('?')),
            };
            return types.iter().map(group).collect();
        }
        let required: Vec<&Format> =
            shape.types.iter().filter(|kind| kind.required).map(|kind| &kind.format).collect();
        if required.is_empty() {
            return all(shape.types.iter().map(|kind| &kind.format).collect());
        }
        required.into_iter().map(|format| Group { formats: vec![format], if_named: false }).collect()
    }

    /// The account whose resources are at stake.
    fn account(&self) -> &str {
        let is_others = [ASSUME_ROLE, ASSUME_ROOT].contains(&self.action.lower.as_str());
        if is_others { "*" } else { account(self.grants.known) }
    }

    /// Whether the statement names resources of the group, and not only everything.
    fn names(&self, rule: &Rule<'a>, group: &Group<'_>) -> bool {
        let effort = &self.grants.effort;
        group.formats.iter().any(|format| !rule.resources.named(format, "*", effort).is_empty())
    }

    /// The best that the statement allows.
    fn seen(&self, rule: &'g Rule<'a>, group: &Group<'_>) -> Option<Seen<'g, 'a>> {
        let mut narrow: Option<Seen<'g, 'a>> = None;
        for (reach, target, format) in self.tried(rule, group) {
            // Those that reach all come first.
            if reach < narrow.as_ref().map_or(Reach::Some, |best| best.reach) {
                break;
            }
            let by_wildcard =
                || format.is_none_or(|format| rule.resources.reach_by_wildcard(&target.arn, format));
            let counts = match target.kind {
                TargetKind::Unnamed | TargetKind::Anyones | TargetKind::Listed => true,
                // A role that is named is there to be used, and to be passed.
                TargetKind::Titled => ![ASSUME_ROLE, PASS_ROLE].contains(&self.action.lower.as_str()),
                // A role that is named is there to be used.
                TargetKind::Protected => self.action.lower != ASSUME_ROLE || by_wildcard(),
                TargetKind::Machinery => by_wildcard(),
                TargetKind::Own => self.purpose.on_oneself,
            };
            let effort = &self.grants.effort;
            if effort.is_spent() || !rule.resources.hold(&target.arn, effort) || !counts {
                continue;
            }
            let solution =
                self.grants.solution(rule, &self.denying, self.action, &target.arn, self.purpose.services);
            let Some(mut solution) = solution else { continue };
            let doubt = match target.kind {
                TargetKind::Anyones => Some(format!("the account of {}", target.arn)),
                TargetKind::Titled => Some(format!("the name of {}", target.arn)),
                TargetKind::Listed => Some(format!("a long list of names such as that of {}", target.arn)),
                _ => None,
            };
            if let Some(doubt) = doubt {
                Rc::make_mut(&mut solution).doubted_by.push(doubt);
            }
            let seen = Seen { rule, reach, arn: target.arn, solution };
            if seen.solution.hardness() == (0, 0) && (reach == Reach::All || narrow.is_none()) {
                return Some(seen);
            }
            let is_better = narrow.as_ref().is_none_or(|best| {
                (seen.reach, best.solution.hardness()) > (best.reach, seen.solution.hardness())
            });
            if is_better {
                narrow = Some(seen);
            }
        }
        narrow
    }

    /// How few letters a pattern may ask for to count as wide: more of them where there are many such patterns.
    fn letters(&self, format: &Format) -> usize {
        let many = |(number, most): &&(usize, usize)| {
            let names = self.rules.iter().flat_map(|rule| rule.resources.names(format, *most));
            names.collect::<BTreeSet<&str>>().len() >= *number
        };
        MANY.iter().find(many).map_or(1, |(_, most)| *most)
    }

    /// What the action runs that others decide about: strangers who share it, or whoever has this very policy, as it lets
    /// them write it.
    fn strangers(&self, rule: &Rule<'a>, format: &Format) -> Vec<Target> {
        let grants = self.grants;
        let mut found = grants.targets.foreign(format, &self.action.lower);
        let writers = grants.targets.writers(format, &self.action.lower);
        for writer in writers.iter().filter_map(|name| actions::find(name)) {
            let about = |other: &&Rule<'a>| !grants.patterns(other, writer).is_empty();
            let both = grants.allowing_rules().filter(about).flat_map(|other| {
                rule.resources.both(&other.resources, format, account(grants.known), &grants.effort)
            });
            let is_written = |target: &Target| grants.on(writer, &target.arn, &[]).is_some();
            found.extend(both.filter(is_written).take(1));
        }
        found
    }

    /// The resources that are tried, the widest first.
    fn tried<'f>(&self, rule: &Rule<'a>, group: &Group<'f>) -> Vec<(Reach, Target, Option<&'f Format>)> {
        let effort = &self.grants.effort;
        if group.formats.is_empty() {
            let target = Target { arn: "*".to_owned(), kind: TargetKind::Unnamed };
            return vec![(Reach::All, target, None)];
        }
        let mut tried = Vec::new();
        for format in &group.formats {
            let targets = self.grants.targets.of_format(format, effort);
            let spread = rule.resources.spread(
                format,
                self.account(),
                self.letters(format),
                self.grants.targets.ids(format),
                effort,
            );
            let protected = self.grants.targets.protected(format);
            let own = if self.purpose.on_oneself { self.grants.targets.own(format) } else { vec![] };
            let of_aws = self.grants.targets.of_aws(format, &self.action.lower);
            let wide = targets.iter().cloned().chain(of_aws).chain(protected).chain(own).chain(spread);
            let titled = rule.resources.titled(format, self.account(), effort);
            let wide = wide.chain(self.strangers(rule, format)).chain(titled);
            tried.extend(wide.map(|target| (Reach::All, target, Some(*format))));
        }
        for format in &group.formats {
            let named = rule.resources.named(format, self.account(), effort);
            let reach = if self.grants.targets.is_single(format) { Reach::All } else { Reach::Some };
            tried.extend(named.into_iter().map(|target| (reach, target, Some(*format))));
        }
        tried
    }
}
