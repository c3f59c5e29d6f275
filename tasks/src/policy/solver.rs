//! Looks for a context in which a request is allowed: every condition of the statement that allows it holds, and of each
//! statement that denies it some condition does not.

use super::document::Condition;
use super::matching::Effort;
use super::operators::{Operator, Order, Prepared, Set, Test, date, expand, variables};
use super::request::Context;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How easily somebody gets a request with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ease {
    /// It is so anyway, or the caller chooses it.
    Free,
    /// Only in circumstances that the policy's author chose: with a second factor, from a network, under a tag.
    Narrow,
}

/// What values a key can have in a dangerous request.
#[derive(Debug, Clone, Default)]
pub(super) struct Nature {
    /// Whether the request may lack the key.
    pub(super) absent: bool,
    /// Values that cost nothing.
    pub(super) usual: Vec<String>,
}

/// What is known about the keys of a request.
pub(super) trait Keys {
    /// What a key is, in lower case, that these tests are about.
    fn nature(&self, key: &str, tests: &[&Condition]) -> Nature;
    /// How a request comes to have a value that the policy asks for; none where a dangerous request never has it.
    fn reach(&self, key: &str, value: &str, test: &Condition) -> Option<Ease>;
}

/// A context that satisfies the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Solution {
    pub(super) context: Context,
    /// The keys that narrow it, as they are written in the document.
    pub(super) narrowed_by: Vec<String>,
}

#[derive(Debug, Clone)]
struct Candidate {
    values: Option<Vec<String>>,
    ease: Ease,
}

/// The keys of the conditions, each with its candidates.
type Choices = BTreeMap<String, Vec<Rc<Candidate>>>;

/// A test made ready.
struct Trial {
    key: String,
    prepared: Prepared,
    /// IAM does not know the operator: it is taken for the worse, so that it allows and does not deny.
    is_unknown: bool,
}

impl Trial {
    fn of(test: &Condition, filled: &Context) -> Self {
        Self {
            key: test.key.to_ascii_lowercase(),
            prepared: Prepared::of(test, filled),
            is_unknown: Operator::of(&test.operator).test == Test::Unknown,
        }
    }

    /// Keeps the candidates with which the test has this outcome. None where no candidate is left.
    fn keep(&self, choices: &mut Choices, outcome: bool, effort: &Effort) -> Option<()> {
        if self.is_unknown {
            return Some(());
        }
        let list = choices.get_mut(&self.key)?;
        if !effort.spend(self.prepared.cost() * list.len()) {
            return None;
        }
        list.retain(|candidate| self.prepared.passes(candidate.values.as_deref()) == outcome);
        (!list.is_empty()).then_some(())
    }
}

/// A context in which `allow` holds and each of `denials` does not, with as few narrowing keys as possible.
pub(super) fn solve(
    allow: &[Condition],
    denials: &[&[Condition]],
    keys: &dyn Keys,
    effort: &Effort,
) -> Option<Solution> {
    if denials.iter().any(|denial| denial.is_empty()) {
        return None;
    }
    let tests: Vec<&Condition> = allow.iter().chain(denials.iter().copied().flatten()).collect();
    let filled = variables_of(&tests, keys);
    let mut choices = Choices::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for test in &tests {
        names.entry(test.key.to_ascii_lowercase()).or_insert_with(|| test.key.clone());
    }
    for key in names.keys() {
        let about: Vec<&Condition> =
            tests.iter().copied().filter(|test| test.key.eq_ignore_ascii_case(key)).collect();
        let list = candidates(key, &about, keys, &filled);
        effort.spend(list.len() * 16);
        choices.insert(key.clone(), list.into_iter().map(Rc::new).collect());
    }
    for test in allow {
        Trial::of(test, &filled).keep(&mut choices, true, effort)?;
    }
    let denials: Vec<Vec<Trial>> =
        denials.iter().map(|denial| denial.iter().map(|test| Trial::of(test, &filled)).collect()).collect();
    let mut free = choices.clone();
    free.values_mut().for_each(|list| list.retain(|candidate| candidate.ease == Ease::Free));
    let all_free = free.values().all(|list| !list.is_empty());
    let solved = if all_free { falsify(free, &denials, effort) } else { None };
    let solved = solved.or_else(|| falsify(choices, &denials, effort))?;
    let mut context = filled;
    let mut narrowed_by = Vec::new();
    for (key, list) in solved {
        let chosen = list.into_iter().min_by_key(|candidate| candidate.ease)?;
        if chosen.ease == Ease::Narrow {
            narrowed_by.extend(names.get(&key).cloned());
        }
        match &chosen.values {
            Some(values) => context.set(&key, values.clone()),
            None => context.remove(&key),
        }
    }
    Some(Solution { context, narrowed_by })
}

/// Of every denial, makes one test fail.
fn falsify(choices: Choices, denials: &[Vec<Trial>], effort: &Effort) -> Option<Choices> {
    let Some((denial, rest)) = denials.split_first() else { return Some(choices) };
    for test in denial {
        if !effort.spend(64) {
            return None;
        }
        if test.is_unknown {
            return falsify(choices, rest, effort);
        }
        let mut narrower = choices.clone();
        if test.keep(&mut narrower, false, effort).is_some()
            && let Some(solved) = falsify(narrower, rest, effort)
        {
            return Some(solved);
        }
    }
    None
}

/// Values for the policy variables that the tests use.
fn variables_of(tests: &[&Condition], keys: &dyn Keys) -> Context {
    let mut context = Context::default();
    for name in tests.iter().flat_map(|test| &test.values).flat_map(|value| variables(value)) {
        let key = name.to_ascii_lowercase();
        if context.get(&key).is_none() {
            let usual = keys.nature(&key, &[]).usual.into_iter().find(|usual| usual != "example");
            // Different from what anything else is called by chance.
            context.set(&key, vec![usual.unwrap_or_else(|| "callers-own".to_owned())]);
        }
    }
    context
}

fn candidates(key: &str, tests: &[&Condition], keys: &dyn Keys, filled: &Context) -> Vec<Candidate> {
    let nature = keys.nature(key, tests);
    let free = |values| Candidate { values, ease: Ease::Free };
    let mut list: Vec<Candidate> = nature.usual.iter().map(|value| free(Some(vec![value.clone()]))).collect();
    if nature.absent {
        list.push(free(None));
    }
    let mut together: BTreeMap<Ease, Vec<String>> = BTreeMap::new();
    let mut multivalued = false;
    for test in tests {
        let operator = Operator::of(&test.operator);
        multivalued |= operator.set != Set::One;
        for value in &test.values {
            let Some(expanded) = expand(value, filled) else { continue };
            // To be there at all, an ordinary value does.
            if operator.test == Test::Null && !nature.usual.is_empty() {
                continue;
            }
            for instance in instances(operator, &expanded.text, value) {
                let Some(ease) = keys.reach(key, &instance, test) else { continue };
                together.entry(ease).or_default().push(instance.clone());
                list.push(Candidate { values: Some(vec![instance]), ease });
            }
        }
    }
    // A multivalued key can hold several of the values at once.
    if multivalued {
        let all: Vec<String> = together.values().flatten().cloned().collect();
        if all.len() > 1 {
            let ease = together.keys().max().copied().unwrap_or(Ease::Free);
            list.push(Candidate { values: Some(all), ease });
        }
    }
    list
}

/// Values that a test tells apart: for `a*`, one that fits.
fn instances(operator: Operator, text: &str, written: &str) -> Vec<String> {
    match operator.test {
        Test::Like | Test::ArnLike => vec![instance(written, text)],
        Test::Order { order, dates } => {
            let number: Option<i64> = if dates { date(text) } else { text.trim().parse().ok() };
            let Some(number) = number else { return vec![] };
            let fits = match order {
                Order::Less => number - 1,
                Order::Greater => number + 1,
                _ => number,
            };
            vec![fits.to_string(), (number - 1).to_string(), (number + 1).to_string()]
        }
        Test::Ip => {
            let address = text.split('/').next().unwrap_or(text);
            vec![address.to_owned()]
        }
        Test::Bool => vec!["true".to_owned(), "false".to_owned()],
        Test::Null => vec!["example".to_owned()],
        Test::Equals | Test::EqualsIgnoreCase | Test::Unknown => vec![text.to_owned()],
    }
}

/// A text that a pattern stands for: a star stands for "example", or for nothing beside a letter.
pub(super) fn instance(written: &str, expanded: &str) -> String {
    // `${*}` is a star, and the rest of the pattern was filled in by now.
    let literal = written.contains("${");
    let pattern = if literal { expanded } else { written };
    let mut text = String::new();
    for letter in pattern.chars() {
        match letter {
            '*' => text.push_str("example"),
            '?' => text.push('x'),
            _ => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
#[path = "solver_tests.rs"]
mod tests;
