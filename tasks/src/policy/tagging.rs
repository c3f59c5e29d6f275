//! Whether a document lets its holder set the tags that its own conditions ask for.

use super::actions::{self, Action, Level};
use super::document::{Condition, Effect};
use super::grants::Grants;
use super::home::{Home, is_ones_own, principals};
use super::matching::Effort;
use super::operators::{Operator, Set, Test};
use super::rules::Rule;
use super::solver::{Ease, solve};
use std::collections::BTreeSet;
use std::rc::Rc;

/// By which statements an action that sets tags is allowed and denied.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tagging {
    allowed_by: Vec<usize>,
    denied_by: Vec<usize>,
}

/// How much is spent on the question whether some tags can be set.
const QUESTION: u32 = 100_000;

/// The statements that allow an action that sets tags on a resource, and those that deny it.
type Way = (Vec<usize>, Vec<usize>);

/// The statement that asks for tags, by which family of keys, and the ways to set them.
pub(super) type Asked = (usize, String, Vec<Way>);

impl<'a> Grants<'a> {
    /// Whether the document lets its holder set those of the holder's own tags that a condition asks for.
    pub(super) fn can_tag_oneself(&self, asking: &Rule<'a>, denials: &[&Rule<'a>]) -> bool {
        let asks = |rule: &&Rule<'a>| {
            let is_about = |test: &Condition| {
                test.key.to_ascii_lowercase().starts_with("aws:principaltag/") || is_ones_own(test)
            };
            rule.statement.conditions.iter().any(is_about)
        };
        let asking: Vec<&Rule<'a>> =
            std::iter::once(asking).chain(denials.iter().copied()).filter(asks).collect();
        !asking.is_empty()
            && principals(self.known).iter().any(|arn| {
                asking.iter().all(|rule| self.can_tag(arn, rule, "principaltag/") == Some(Ease::Free))
            })
    }

    /// Whether the document lets its holder set those tags of a resource that a statement asks for by keys of this family,
    /// and how easily.
    pub(super) fn can_tag(&self, arn: &str, asking: &Rule<'a>, family: &str) -> Option<Ease> {
        let service = arn.split(':').nth(2).unwrap_or_default();
        let holds =
            |index: &usize| self.rules.get(*index).filter(|rule| rule.resources.hold(arn, &self.effort));
        let made = self.tagging.borrow().get(service).cloned();
        let tagging = made.unwrap_or_else(|| {
            let made: Rc<[Tagging]> = self.tagging(service).into();
            self.tagging.borrow_mut().insert(service.to_owned(), made.clone());
            made
        });
        let home = Home {
            tables: self.tables,
            known: self.known,
            service,
            shape: None,
            services: &[],
            policies: &self.policies,
            can_tag: None,
            can_tag_oneself: false,
            own: &|_, _, _| None,
            written: &[],
        };
        // The tags that are to be there are those that are set.
        let asked = asking.statement.conditions.iter().filter_map(|test| {
            let key = test.key.to_ascii_lowercase();
            let (_, name) = test.key.split_once('/').filter(|_| key.contains(family))?;
            Some(Condition { key: format!("aws:RequestTag/{name}"), ..test.clone() })
        });
        let asked: Vec<Condition> = asked.collect();
        let ways: Vec<Way> = tagging
            .iter()
            .map(|action| {
                let held =
                    |indexes: &[usize]| indexes.iter().filter_map(holds).map(|rule| rule.index).collect();
                (held(&action.allowed_by), held(&action.denied_by))
            })
            .collect();
        let question = (asking.index, family.to_owned(), ways);
        if let Some(known) = self.taggable.borrow().get(&question) {
            return *known;
        }
        let conditions =
            |index: &usize| self.rules.get(*index).map(|rule| rule.statement.conditions.as_slice());
        let effort = Effort::of(QUESTION);
        let easiest = question
            .2
            .iter()
            .flat_map(|(allowed_by, denied_by)| {
                let denials: Vec<&[Condition]> = denied_by.iter().filter_map(conditions).collect();
                let (home, asked, effort) = (&home, &asked, &effort);
                allowed_by.iter().filter_map(conditions).filter_map(move |tests| {
                    let tests: Vec<Condition> = tests.iter().chain(asked).cloned().collect();
                    let solution = solve(&tests, &denials, home, effort)?;
                    // What narrows the setting of the tag narrows what is behind it.
                    Some(if solution.narrowed_by.is_empty() { Ease::Free } else { Ease::Narrow })
                })
            })
            .min();
        let before = Effort::of(QUESTION).left();
        self.effort.spend(before.saturating_sub(effort.left()));
        // What is too tangled may be possible.
        let easiest = if effort.is_spent() { easiest.or(Some(Ease::Narrow)) } else { easiest };
        self.taggable.borrow_mut().insert(question, easiest);
        easiest
    }

    /// The actions of a service that set tags and that a statement allows of resources that are there already.
    fn tagging(&self, service: &str) -> Vec<Tagging> {
        let sets = |action: &&Action| {
            let name = action.lower.split_once(':').map_or("", |(_, name)| name);
            action.level == Level::Tagging
                && ["tag", "create", "add", "put"].iter().any(|verb| name.starts_with(verb))
        };
        let is_bound = |test: &Condition| {
            let key = test.key.to_ascii_lowercase();
            // A tag that has to be there already is there only by somebody else.
            let operator = Operator::of(&test.operator);
            let asks = match operator.test {
                Test::Null => test.values.iter().all(|value| value == "false"),
                _ => !operator.negated && !operator.if_exists && operator.set != Set::All,
            };
            (key.contains("resourcetag/") && asks) || key.ends_with(":createaction")
        };
        let tagging = |action: &'static Action| {
            let allows = |rule: &&Rule<'a>| {
                rule.statement.effect == Effect::Allow
                    && !rule.statement.conditions.iter().any(is_bound)
                    && !rule.patterns(action, &BTreeSet::new()).is_empty()
            };
            let allowed_by: Vec<usize> = self.rules.iter().filter(allows).map(|rule| rule.index).collect();
            if allowed_by.is_empty() {
                return None;
            }
            let denied_by = self.denying(action).iter().map(|rule| rule.index).collect();
            Some(Tagging { allowed_by, denied_by })
        };
        let mut all: Vec<Tagging> = actions::of_service(service).filter(sets).filter_map(tagging).collect();
        all.sort();
        all.dedup();
        all
    }
}
