//! What an identity policy really allows: its Allow statements, less what its Deny statements take away.

use super::Known;
use super::actions::Action;
use super::conditions;
use super::document::{Document, Effect, Item, Patterns, Statement};
use super::matching::{Effort, Glob};
use super::resource::{Format, Resource};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How far an allowance reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// To some resources, which the policy names.
    Some,
    /// To all resources on which the action can act, or all of one type.
    All,
}

/// That a pattern of a statement allows an action.
#[derive(Debug, Clone)]
pub(super) struct Allowance<'a> {
    pub(super) statement: usize,
    /// The pattern, or none where the statement allows everything but what it names.
    pub(super) pattern: Option<&'a Item>,
    pub(super) reach: Reach,
    /// Whether a condition narrows it.
    pub(super) narrow: bool,
    /// The services to which a role may be passed, where a condition says so.
    pub(super) passed_to: Option<Vec<Glob>>,
}

/// The patterns of the statements, made ready for matching.
pub(super) struct Grants<'a> {
    pub(super) rules: Vec<Rule<'a>>,
    home: Home<'a>,
    /// Statements and patterns that were found dangerous as a whole, by pointer; nothing more is said of them.
    told: BTreeSet<&'a str>,
}

/// What the comparison of resources needs: whose account it is, and how much may be spent.
struct Home<'a> {
    account: &'a str,
    effort: Effort,
}

pub(super) struct Rule<'a> {
    pub(super) index: usize,
    pub(super) statement: &'a Statement,
    pub(super) actions: Vec<(&'a Item, Glob)>,
    resources: Resources,
    narrow: bool,
    passed_to: Option<Vec<Glob>>,
}

/// The resources of a statement.
struct Resources {
    negated: bool,
    list: Vec<Resource>,
}

impl<'a> Grants<'a> {
    pub(super) fn of(document: &'a Document, known: &'a Known) -> Self {
        let rules = document.statements().iter().enumerate().map(|(index, statement)| Rule {
            index,
            statement,
            actions: statement.actions.list.iter().map(|item| (item, Glob::action(&item.text))).collect(),
            resources: Resources::of(statement.resources.as_ref()),
            narrow: statement.conditions.iter().any(conditions::narrows_at_home),
            passed_to: conditions::passed_to(&statement.conditions),
        });
        let home = Home { account: &known.account, effort: Effort::default() };
        Self { rules: rules.collect(), home, told: BTreeSet::new() }
    }

    /// Says no more of this statement or pattern.
    pub(super) fn tell(&mut self, pointer: &'a str) {
        self.told.insert(pointer);
    }

    /// Every pattern that allows the action, after what is denied.
    pub(super) fn allowing(&self, action: &Action) -> Vec<Allowance<'a>> {
        self.allowing_rules().flat_map(|rule| self.by(rule, action)).collect()
    }

    /// How much may still be spent on comparing patterns.
    pub(super) fn effort(&self) -> &Effort {
        &self.home.effort
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

    /// The patterns of one statement that allow the action, after what is denied.
    pub(super) fn by(&self, rule: &Rule<'a>, action: &Action) -> Vec<Allowance<'a>> {
        let patterns = rule.patterns(action, &self.told);
        if patterns.is_empty() {
            return vec![];
        }
        let Some(reach) = self.reach(rule, action) else { return vec![] };
        let narrow = rule.narrow || self.narrowed_by_denial(rule, action);
        patterns
            .into_iter()
            .map(|pattern| Allowance {
                statement: rule.index,
                pattern,
                reach,
                narrow,
                passed_to: rule.passed_to.clone(),
            })
            .collect()
    }

    /// How far the statement allows the action, or none where it is denied or has no resource to act on.
    fn reach(&self, rule: &Rule<'a>, action: &Action) -> Option<Reach> {
        let home = &self.home;
        let denying: Vec<&Rule<'a>> =
            self.denying(action).filter(|rule| rule.statement.conditions.is_empty()).collect();
        if action.acts_on.is_empty() {
            let denied = denying.iter().any(|denial| denial.resources.hold_everything());
            return (rule.resources.hold_everything() && !denied).then_some(Reach::All);
        }
        let unnamed = |format: &Format| {
            let denied = denying.iter().any(|denial| denial.resources.hold_each_unnamed(format, home));
            rule.resources.hold_an_unnamed(format, home) && !denied
        };
        if action.acts_on.iter().any(unnamed) {
            return Some(Reach::All);
        }
        let denied = |resource: &Resource| {
            denying.iter().any(|denial| denial.resources.hold_all_of(resource, action, home))
        };
        let acts_on = |resource: &Resource| {
            action.acts_on.iter().any(|format| resource.overlaps(format.any(), &home.effort))
        };
        let some = rule.resources.named().iter().any(|resource| acts_on(resource) && !denied(resource));
        some.then_some(Reach::Some)
    }

    /// The statements that deny the action on something.
    fn denying(&self, action: &Action) -> impl Iterator<Item = &Rule<'a>> {
        let denies = |rule: &&Rule<'a>| {
            rule.statement.effect == Effect::Deny && !rule.patterns(action, &BTreeSet::new()).is_empty()
        };
        self.rules.iter().filter(denies)
    }

    /// "Denied unless" is a condition of everything that is allowed.
    fn narrowed_by_denial(&self, rule: &Rule<'a>, action: &Action) -> bool {
        let unless = |rule: &&Rule<'a>| {
            conditions::left_by_denial(&rule.statement.conditions)
                .is_some_and(|left| conditions::narrows_at_home(&left))
        };
        let denying: Vec<&Rule<'a>> = self.denying(action).filter(unless).collect();
        let denied = |resource: &Resource| {
            denying.iter().any(|denial| denial.resources.hold_all_of(resource, action, &self.home))
        };
        rule.resources.named().iter().all(denied)
    }
}

impl<'a> Rule<'a> {
    /// The patterns that stand for the action; one `None` where the statement is about everything but its patterns.
    fn patterns(&self, action: &Action, told: &BTreeSet<&str>) -> Vec<Option<&'a Item>> {
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
    fn of(resources: Option<&Patterns>) -> Self {
        match resources {
            Some(patterns) => Self {
                negated: patterns.negated,
                list: patterns.list.iter().map(|item| Resource::of(&item.text)).collect(),
            },
            None => Self { negated: true, list: vec![] },
        }
    }

    /// The patterns; everything where they are exceptions.
    fn named(&self) -> Cow<'_, [Resource]> {
        if self.negated { Cow::Owned(vec![Resource::of("*")]) } else { Cow::Borrowed(&self.list) }
    }

    /// Whether what acts on no resource in particular is among them.
    fn hold_everything(&self) -> bool {
        self.list.iter().any(Resource::is_everything) != self.negated
    }

    /// Whether some resource of this format that nobody named is among them.
    fn hold_an_unnamed(&self, format: &Format, home: &Home<'_>) -> bool {
        if self.negated {
            !self.list.iter().any(|pattern| pattern.covers_all(format, home.account, &home.effort))
        } else {
            self.list.iter().any(|pattern| pattern.overlaps(format.unnamed(), &home.effort))
        }
    }

    /// Whether each resource of this format that nobody named is among them.
    fn hold_each_unnamed(&self, format: &Format, home: &Home<'_>) -> bool {
        if self.negated {
            !self.list.iter().any(|pattern| pattern.overlaps(format.unnamed(), &home.effort))
        } else {
            self.list.iter().any(|pattern| pattern.covers_all(format, home.account, &home.effort))
        }
    }

    /// Whether all that this pattern stands for, as far as the action acts on it, is among them.
    fn hold_all_of(&self, resource: &Resource, action: &Action, home: &Home<'_>) -> bool {
        if self.negated {
            return !self.list.iter().any(|pattern| pattern.overlaps(resource, &home.effort));
        }
        let covered = |format: &Format| {
            self.list.iter().any(|pattern| pattern.covers_all(format, home.account, &home.effort))
        };
        self.list.iter().any(|pattern| pattern.covers(resource, &home.effort))
            || (!action.acts_on.is_empty() && action.acts_on.iter().all(covered))
    }
}
