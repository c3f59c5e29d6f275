//! Whether a document lets its holder set the tags that its own conditions ask for.

use super::actions::{self, Action, Level};
use super::document::{Condition, Effect};
use super::grants::Grants;
use super::home::{Home, principals};
use super::rules::Rule;
use super::solver::solve;
use std::collections::BTreeSet;
use std::rc::Rc;

/// By which statements an action that sets tags is allowed and denied.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tagging {
    allowed_by: Vec<usize>,
    denied_by: Vec<usize>,
}

impl<'a> Grants<'a> {
    /// Whether the document lets its holder set those of the holder's own tags that a condition asks for.
    pub(super) fn can_tag_oneself(&self, asking: &Rule<'a>, denials: &[&Rule<'a>]) -> bool {
        let asks = |rule: &&Rule<'a>| {
            let mut keys = rule.statement.conditions.iter().map(|test| test.key.to_ascii_lowercase());
            keys.any(|key| key.starts_with("aws:principaltag/"))
        };
        let asking: Vec<&Rule<'a>> =
            std::iter::once(asking).chain(denials.iter().copied()).filter(asks).collect();
        !asking.is_empty()
            && principals(self.known)
                .iter()
                .any(|arn| asking.iter().all(|rule| self.can_tag(arn, rule, "principaltag/")))
    }

    /// Whether the document lets its holder set those tags of a resource that a statement asks for by keys of this family.
    pub(super) fn can_tag(&self, arn: &str, asking: &Rule<'a>, family: &str) -> bool {
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
            can_tag: false,
            can_tag_oneself: false,
            own: &|_, _| None,
        };
        // The tags that are to be there are those that are set.
        let asked = asking.statement.conditions.iter().filter_map(|test| {
            let key = test.key.to_ascii_lowercase();
            let (_, name) = test.key.split_once('/').filter(|_| key.contains(family))?;
            Some(Condition { key: format!("aws:RequestTag/{name}"), ..test.clone() })
        });
        let asked: Vec<Condition> = asked.collect();
        tagging.iter().any(|action| {
            let denials: Vec<&[Condition]> = action
                .denied_by
                .iter()
                .filter_map(holds)
                .map(|rule| rule.statement.conditions.as_slice())
                .collect();
            action.allowed_by.iter().filter_map(holds).any(|rule| {
                let tests: Vec<Condition> = rule.statement.conditions.iter().chain(&asked).cloned().collect();
                solve(&tests, &denials, &home, &self.effort)
                    .is_some_and(|solution| solution.narrowed_by.is_empty())
            })
        })
    }

    /// The actions of a service that set tags and that a statement allows of resources that are there already, whatever
    /// their tags.
    fn tagging(&self, service: &str) -> Vec<Tagging> {
        let sets = |action: &&Action| {
            let name = action.lower.split_once(':').map_or("", |(_, name)| name);
            action.level == Level::Tagging
                && ["tag", "create", "add", "put"].iter().any(|verb| name.starts_with(verb))
        };
        let is_bound = |test: &Condition| {
            let key = test.key.to_ascii_lowercase();
            key.contains("resourcetag/") || key.ends_with(":createaction")
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
