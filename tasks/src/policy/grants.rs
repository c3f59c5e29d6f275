//! What an identity policy really allows: its Allow statements, less what its Deny statements take away.

use super::actions::{self, Action};
use super::construct::Pattern;
use super::document::{Condition, Document, Effect, Item};
use super::home::{Home, account};
use super::knowledge::Tables;
use super::matching::Effort;
use super::operators::Prepared;
use super::request::{Context, Request, Resource as Requested};
use super::rules::Rule;
use super::solver::{Ease, Keys, Solution, solve};
use super::tagging::{Asked, Tagging};
use super::targets::{TargetKind, Targets};
use super::{Known, access};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How many patterns of policies that can be written are tried.
const WRITTEN: usize = 32;

/// How far an allowance reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// To some resources, which the policy names.
    Some,
    /// To all resources on which the action can act, or to those by which one has everything.
    All,
}

/// That a pattern of a statement allows an action.
#[derive(Debug, Clone)]
pub(super) struct Allowance<'a> {
    pub(super) statement: usize,
    /// The pattern, or none where the statement allows everything but what it names.
    pub(super) pattern: Option<&'a Item>,
    pub(super) reach: Reach,
    /// The condition keys that narrow it.
    pub(super) narrowed_by: Vec<String>,
    /// Those that would if what they name were known.
    pub(super) doubted_by: Vec<String>,
    /// A request that it allows.
    pub(super) request: Request,
}

impl Allowance<'_> {
    /// How much narrows it: the less, the easier somebody gets such a request.
    pub(super) fn hardness(&self) -> (usize, usize) {
        (self.narrowed_by.len(), self.doubted_by.len())
    }
}

/// What an action is wanted for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Purpose<'p> {
    /// The services that a role may be passed to.
    pub(super) services: &'p [String],
    /// The types of resources that are needed, where they are not those that the reference requires.
    pub(super) types: Option<&'p [Vec<String>]>,
    /// Whether it is enough to be allowed it on oneself.
    pub(super) on_oneself: bool,
}

/// The patterns of the statements, made ready for matching.
pub(super) struct Grants<'a> {
    pub(super) rules: Vec<Rule<'a>>,
    pub(super) tables: &'static Tables,
    pub(super) known: &'a Known,
    pub(super) targets: Targets<'a>,
    pub(super) effort: Effort,
    /// Policies whose attachment is dangerous.
    pub(super) policies: Vec<String>,
    /// How many patterns of actions there are.
    patterns: usize,
    /// How many letters those have that name no service: an action is compared with all of them.
    unserviced: usize,
    /// Whether a condition is about the service that a role is passed to.
    asks_for_services: bool,
    /// The policies that the document lets somebody write.
    written: OnceCell<Vec<Pattern>>,
    /// Whether boundaries can be removed or replaced.
    loose: OnceCell<bool>,
    /// What was asked for before.
    allowing: RefCell<BTreeMap<Question, Rc<[Allowance<'a>]>>>,
    /// What sets tags, by service.
    pub(super) tagging: RefCell<BTreeMap<String, Rc<[Tagging]>>>,
    /// How easily tags can be set, as it was asked before.
    pub(super) taggable: RefCell<BTreeMap<Asked, Option<Ease>>>,
    /// Solutions that were looked for before.
    solved: RefCell<BTreeMap<Puzzle, Option<Rc<Solution>>>>,
    /// Statements and patterns that were found dangerous as a whole, by pointer; nothing more is said of them.
    told: BTreeSet<&'a str>,
}

/// An action, the services that a role may be passed to for it, and the types of resources that it needs.
type Question = (String, Vec<String>, Option<Vec<Vec<String>>>, bool);

/// What a solution depends on: the statement that allows and those that deny, and the keys that the request has.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Puzzle {
    rule: usize,
    denials: Vec<usize>,
    service: String,
    /// The action, where the reference lists the keys of its requests.
    action: Option<String>,
    services: Vec<String>,
    /// Whether the tags of the resource are the caller's to set, where a condition is about them.
    can_tag: Option<Ease>,
    /// The same of the caller's own tags.
    can_tag_oneself: bool,
}

impl<'a> Grants<'a> {
    pub(super) fn of(
        document: &'a Document,
        known: &'a Known,
        tables: &'static Tables,
        effort: Effort,
    ) -> Self {
        let statements = document.statements().iter().enumerate();
        let rules = statements.map(|(index, statement)| Rule::of(index, statement, known, &tables.keys));
        let mut policies: Vec<String> =
            tables.managed.dangerous.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect();
        policies.push(format!("arn:aws:iam::{}:policy/example", account(known)));
        Self {
            rules: rules.collect(),
            tables,
            known,
            targets: Targets::of(&tables.targets, document, known),
            effort,
            policies,
            patterns: document.statements().iter().map(|statement| statement.actions.list.len()).sum(),
            unserviced: document
                .statements()
                .iter()
                .flat_map(|statement| &statement.actions.list)
                .filter(|item| {
                    item.text.split(':').next().is_some_and(|service| service.contains(['*', '?']))
                })
                .map(|item| item.text.len())
                .sum(),
            asks_for_services: document
                .statements()
                .iter()
                .flat_map(|statement| &statement.conditions)
                .any(|condition| condition.key.eq_ignore_ascii_case("iam:PassedToService")),
            written: OnceCell::new(),
            loose: OnceCell::new(),
            allowing: RefCell::default(),
            tagging: RefCell::default(),
            taggable: RefCell::default(),
            solved: RefCell::default(),
            told: BTreeSet::new(),
        }
    }

    /// Says no more of this statement or pattern.
    pub(super) fn tell(&mut self, pointer: &'a str) {
        self.allowing.get_mut().clear();
        self.told.insert(pointer);
    }

    pub(super) fn is_told(&self, pointer: &str) -> bool {
        self.told.contains(pointer)
    }

    pub(super) fn allowing_rules(&self) -> impl Iterator<Item = &Rule<'a>> {
        let allows = |rule: &&Rule<'a>| {
            rule.statement.effect == Effect::Allow && !self.told.contains(rule.statement.pointer.as_str())
        };
        self.rules.iter().filter(allows)
    }

    /// Every pattern that allows the action, after what is denied, for a request that has all it needs.
    pub(super) fn allowing(&self, action: &Action, purpose: Purpose<'_>) -> Rc<[Allowance<'a>]> {
        let services = if self.asks_for_services { purpose.services } else { &[] };
        let key =
            (action.lower.clone(), services.to_vec(), purpose.types.map(<[_]>::to_vec), purpose.on_oneself);
        self.effort.spend(16);
        if let Some(known) = self.allowing.borrow().get(&key) {
            return known.clone();
        }
        self.effort.spend(self.unserviced);
        let access = access::Access::of(self, action, purpose);
        let found: Rc<[Allowance<'a>]> = access.map(|access| access.allowances()).unwrap_or_default().into();
        self.allowing.borrow_mut().insert(key, found.clone());
        found
    }

    /// The patterns of one statement that allow the action, after what is denied.
    pub(super) fn by(&self, rule: &Rule<'a>, action: &Action) -> Vec<Allowance<'a>> {
        access::Access::by(self, rule, action).map(|access| access.allowances()).unwrap_or_default()
    }

    /// The patterns of a statement that stand for the action and were not told.
    pub(super) fn patterns(&self, rule: &Rule<'a>, action: &Action) -> Vec<Option<&'a Item>> {
        rule.patterns(action, &self.told)
    }

    /// The statements that deny the action on something.
    pub(super) fn denying(&self, action: &Action) -> Vec<&Rule<'a>> {
        self.effort.spend(self.patterns);
        let denies = |rule: &&Rule<'a>| {
            rule.statement.effect == Effect::Deny && !rule.patterns(action, &BTreeSet::new()).is_empty()
        };
        self.rules.iter().filter(denies).collect()
    }

    /// A context in which the statement allows the action on the resource, and nothing denies it.
    pub(super) fn solution(
        &self,
        rule: &Rule<'a>,
        denying: &[&Rule<'a>],
        action: &Action,
        arn: &str,
        services: &[String],
    ) -> Option<Rc<Solution>> {
        let denies = |denial: &&Rule<'a>| denial.denies(arn, rule, &self.effort);
        let denials: Vec<&Rule<'a>> = denying.iter().copied().filter(denies).collect();
        if denials.iter().any(|denial| denial.statement.conditions.is_empty()) {
            return None;
        }
        let shape = self.tables.requests.find(&action.lower);
        let asks_for_tags = rule.asks_for_tags || denials.iter().any(|denial| denial.asks_for_tags);
        let puzzle = Puzzle {
            rule: rule.index,
            denials: denials.iter().map(|denial| denial.index).collect(),
            service: action.lower.split(':').next().unwrap_or_default().to_owned(),
            action: shape.map(|_| action.lower.clone()),
            services: services.to_vec(),
            can_tag: if asks_for_tags { self.can_tag(arn, rule, "resourcetag/") } else { None },
            can_tag_oneself: asks_for_tags && self.can_tag_oneself(rule, &denials),
        };
        self.effort.spend(64);
        if let Some(known) = self.solved.borrow().get(&puzzle) {
            return known.clone();
        }
        let home = Home {
            tables: self.tables,
            known: self.known,
            service: &puzzle.service,
            shape,
            services,
            policies: &self.policies,
            can_tag: puzzle.can_tag,
            can_tag_oneself: puzzle.can_tag_oneself,
            own: &|key, value, test| {
                self.own(key, value, test).or_else(|| self.unknown_service(key, value, test, services))
            },
            written: self.written(),
        };
        let found = self.solve(rule, &denials, &home).map(Rc::new);
        self.solved.borrow_mut().insert(puzzle, found.clone());
        found
    }

    fn solve(&self, rule: &Rule<'a>, denials: &[&Rule<'a>], home: &Home<'_>) -> Option<Solution> {
        let denials: Vec<&[Condition]> =
            denials.iter().map(|denial| denial.statement.conditions.as_slice()).collect();
        let mut solution = solve(&rule.statement.conditions, &denials, home, &self.effort)?;
        for variable in &rule.resources.variables {
            let usual = home.nature(variable, &[]).usual.into_iter().next();
            if let (Some(usual), None) = (usual, solution.context.get(variable)) {
                solution.context.set(variable, vec![usual]);
            }
        }
        solution.context = solution.context.with_account(account(self.known));
        Some(solution)
    }

    /// How a policy that bounds an escalation is of no use: it allows much itself, or the holder can change or remove it.
    fn own(&self, key: &str, value: &str, test: &Condition) -> Option<Ease> {
        if self.tables.managed.is_dangerous(value) {
            return Some(Ease::Free);
        }
        let may = |names: &[&str], arn: &str| {
            let mut actions = names.iter().filter_map(|name| actions::find(name));
            actions.any(|action| self.may(action, arn))
        };
        // A policy that is there is not made again, unless it is deleted first.
        let is_new = test.values.iter().all(|listed| listed != value) || may(&["iam:DeletePolicy"], value);
        let is_written = may(&["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], value)
            || (is_new && may(&["iam:CreatePolicy"], value));
        if value.contains(":policy/") && is_written {
            return Some(Ease::Narrow);
        }
        (key == "iam:permissionsboundary" && self.is_boundary_loose()).then_some(Ease::Narrow)
    }

    /// Whether the document lets somebody remove boundaries, or put others in their place.
    fn is_boundary_loose(&self) -> bool {
        let look = || {
            let removes = ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"];
            let replaces = ["iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"];
            let mut removes = removes.iter().filter_map(|name| actions::find(name));
            let mut replaces = replaces.iter().filter_map(|name| actions::find(name));
            removes.any(|action| self.bounded(action).iter().any(|target| self.may(action, target)))
                || replaces
                    .any(|action| self.bounded(action).iter().any(|target| self.may_replace(action, target)))
        };
        *self.loose.get_or_init(look)
    }

    /// Roles or users that nobody named, and that no denial is about.
    fn bounded(&self, action: &Action) -> Vec<String> {
        let shape = self.tables.requests.find(&action.lower);
        let formats = shape.iter().flat_map(|shape| &shape.types).map(|kind| &kind.format);
        let targets = formats.flat_map(|format| self.targets.of_format(format, &self.effort).to_vec());
        let unnamed = targets.filter(|target| target.kind == TargetKind::Unnamed);
        unnamed.map(|target| target.arn).collect()
    }

    /// The policies of the own account that the document lets somebody write, as patterns.
    fn written(&self) -> &[Pattern] {
        self.written.get_or_init(|| {
            let names = ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"];
            let actions: Vec<&Action> = names.iter().filter_map(|name| actions::find(name)).collect();
            let about = |rule: &&Rule<'a>| {
                rule.statement.effect == Effect::Allow
                    && actions.iter().any(|action| !rule.patterns(action, &BTreeSet::new()).is_empty())
            };
            let account = account(self.known);
            let patterns = self.rules.iter().filter(about).flat_map(|rule| rule.resources.own(account));
            patterns.take(WRITTEN).collect()
        })
    }

    /// A role that may be passed to a service of which nothing is known serves whoever sets that service up; one that may be
    /// passed to every service serves everybody.
    fn unknown_service(&self, key: &str, value: &str, test: &Condition, wanted: &[String]) -> Option<Ease> {
        if key != "iam:passedtoservice" || !wanted.is_empty() {
            return None;
        }
        let is_every = |listed: &String| {
            let end = listed.trim_start_matches('*').trim_end_matches('*');
            listed.starts_with('*')
                && matches!(end, "" | "." | ".amazonaws.com" | "amazonaws.com" | ".amazonaws.com.cn")
        };
        if test.values.iter().any(is_every) {
            return Some(Ease::Free);
        }
        (!self.tables.escalations.is_known_service(value)).then_some(Ease::Narrow)
    }

    /// A request for the action on this very resource, where a statement allows it without narrowing it.
    pub(super) fn on(&self, action: &Action, arn: &str, services: &[String]) -> Option<Allowance<'a>> {
        let denying = self.denying(action);
        self.allowing_rules().filter(|rule| rule.resources.hold(arn, &self.effort)).find_map(|rule| {
            let pattern = self.patterns(rule, action).into_iter().next()?;
            let solution = self.solution(rule, &denying, action, arn, services)?;
            let request = Request { action: action.name.clone(), resources: vec![requested(arn, &solution)] };
            let Solution { narrowed_by, doubted_by, .. } = (*solution).clone();
            narrowed_by.is_empty().then_some(Allowance {
                statement: rule.index,
                pattern,
                reach: Reach::Some,
                narrowed_by,
                doubted_by,
                request,
            })
        })
    }

    /// Resources that statements about the first action and statements about each other one name alike.
    pub(super) fn on_both(&self, needed: &[&Action]) -> Vec<String> {
        let Some((first, others)) = needed.split_first() else { return vec![] };
        let Some(shape) = self.tables.requests.find(&first.lower) else { return vec![] };
        let about = |action: &Action| -> Vec<&Rule<'a>> {
            self.allowing_rules().filter(|rule| !self.patterns(rule, action).is_empty()).collect()
        };
        let ours = about(first);
        let mut found = Vec::new();
        for theirs in others.iter().map(|action| about(action)) {
            for (one, other) in ours.iter().flat_map(|one| theirs.iter().map(move |other| (one, other))) {
                for kind in shape.types.iter().filter(|kind| kind.required) {
                    let both =
                        one.resources.both(&other.resources, &kind.format, account(self.known), &self.effort);
                    found.extend(both.into_iter().map(|target| target.arn));
                }
            }
        }
        found
    }

    /// Whether the document allows to set a boundary that bounds nothing: every condition that names one, of what allows, is
    /// met by AdministratorAccess, and no denial is about it.
    fn may_replace(&self, action: &Action, arn: &str) -> bool {
        let admits = |test: &Condition| {
            let prepared = Prepared::of(test, &Context::default());
            let is_met = |partition: &str| {
                prepared.passes(Some(&[format!("arn:{partition}:iam::aws:policy/AdministratorAccess")]))
            };
            !test.key.eq_ignore_ascii_case("iam:PermissionsBoundary") || is_met("aws") || is_met("aws-cn")
        };
        let holds = |rule: &Rule<'a>| {
            !rule.patterns(action, &BTreeSet::new()).is_empty() && rule.resources.hold(arn, &self.effort)
        };
        let mut allowing = self.rules.iter().filter(|rule| rule.statement.effect == Effect::Allow);
        let denies = |denial: &&&Rule<'a>| denial.resources.hold(arn, &self.effort);
        allowing.any(|rule| holds(rule) && rule.statement.conditions.iter().all(admits))
            && !self
                .denying(action)
                .iter()
                .filter(denies)
                .any(|rule| rule.statement.conditions.iter().all(admits))
    }

    /// Whether the document allows the action on the resource at all, whatever its conditions; denials count where they
    /// have none.
    fn may(&self, action: &Action, arn: &str) -> bool {
        let about = |rule: &Rule<'a>| !rule.patterns(action, &BTreeSet::new()).is_empty();
        let allowed = self
            .rules
            .iter()
            .filter(|rule| rule.statement.effect == Effect::Allow)
            .any(|rule| about(rule) && rule.resources.hold(arn, &self.effort));
        let denied = self
            .denying(action)
            .iter()
            .any(|denial| denial.statement.conditions.is_empty() && denial.resources.hold(arn, &self.effort));
        allowed && !denied
    }
}

/// The resource of a request with the context in which it is allowed.
pub(super) fn requested(arn: &str, solution: &Solution) -> Requested {
    Requested { arn: arn.to_owned(), context: solution.context.clone() }
}
