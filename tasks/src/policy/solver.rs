//! Looks for a context in which a request is allowed: every condition of the statement that allows it holds, and of each
//! statement that denies it some condition does not.

use super::construct::{Demand, Pattern, text};
use super::dates::date;
use super::document::Condition;
use super::matching::Effort;
use super::operators::{Operator, Order, Prepared, Set, Test, expand, unprotected, variables};
use super::request::Context;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How often values are looked for that agree with the policy variables.
const AGAIN: usize = 3;

/// How easily somebody gets a request with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ease {
    /// It is so anyway, or the caller chooses it.
    Free,
    /// What the policy's author named may be ours or a stranger's: its name does not say.
    Doubtful,
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
    /// What the values of dangerous requests look like; nothing where they are no others than the usual ones.
    pub(super) forms: Vec<Pattern>,
    /// The same, where no text of the forms will do.
    pub(super) others: Vec<Pattern>,
    /// Whether every value of the forms costs nothing, though a policy asks for it.
    pub(super) is_free: bool,
}

/// What is known about the keys of a request.
pub(super) trait Keys {
    /// What a key is, in lower case, that these tests are about.
    fn nature(&self, key: &str, tests: &[&Condition]) -> Nature;
    /// How a request comes to have a value that the policy asks for; none where a dangerous request never has it.
    fn reach(&self, key: &str, value: &str, test: &Condition) -> Option<Ease>;
    /// Whether nobody dangerous can have a value that fits this one of a policy, whatever its wildcards stand for.
    fn is_barred(&self, _key: &str, _listed: &str) -> bool {
        false
    }
}

/// A context that satisfies the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Solution {
    pub(super) context: Context,
    /// The keys that narrow it, as they are written in the document.
    pub(super) narrowed_by: Vec<String>,
    /// The keys that would narrow it if what they name were known.
    pub(super) doubted_by: Vec<String>,
}

impl Solution {
    /// How much narrows it: the less, the easier somebody gets such a request.
    pub(super) fn hardness(&self) -> (usize, usize) {
        (self.narrowed_by.len(), self.doubted_by.len())
    }
}

#[derive(Debug, Clone)]
struct Candidate {
    values: Option<Vec<String>>,
    ease: Ease,
}

/// The keys of the conditions, each with its candidates.
type Choices<'t> = BTreeMap<String, Choice<'t>>;

#[derive(Clone)]
struct Choice<'t> {
    list: Vec<Rc<Candidate>>,
    /// The tests so far, with the outcomes that they are to have.
    wanted: Vec<(&'t Trial<'t>, bool)>,
}

/// A test made ready.
struct Trial<'c> {
    key: String,
    condition: &'c Condition,
    prepared: Prepared,
    /// IAM does not know the operator: it is taken for the worse, so that it allows and does not deny.
    is_unknown: bool,
}

/// By what values are built where no candidate is left.
struct Builder<'b> {
    keys: &'b dyn Keys,
    natures: BTreeMap<String, Nature>,
    /// The keys of which a value was filled in for the policy variables.
    filled: &'b Context,
    /// Whether only values that cost nothing are wanted.
    only_free: bool,
    effort: &'b Effort,
}

impl<'c> Trial<'c> {
    fn of(test: &'c Condition, filled: &Context) -> Self {
        Self {
            key: test.key.to_ascii_lowercase(),
            condition: test,
            prepared: Prepared::of(test, filled),
            is_unknown: Operator::of(&test.operator).test == Test::Unknown,
        }
    }

    /// Keeps the candidates with which the test has this outcome, or builds one. None where there is none.
    fn keep<'t>(&'t self, choices: &mut Choices<'t>, outcome: bool, builder: &Builder<'_>) -> Option<()> {
        if self.is_unknown {
            return Some(());
        }
        let choice = choices.get_mut(&self.key)?;
        if !builder.effort.spend(self.prepared.cost() * choice.list.len()) {
            return None;
        }
        choice.wanted.push((self, outcome));
        choice.list.retain(|candidate| self.prepared.passes(candidate.values.as_deref()) == outcome);
        if choice.list.is_empty() {
            choice.list.push(Rc::new(builder.built(&self.key, &choice.wanted)?));
        }
        Some(())
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
    let mut filled = variables_of(&tests, keys);
    // A key that is tested as well as filled in has one value in both places.
    for _ in 0..AGAIN {
        let solution = solve_with(filled.clone(), allow, denials, keys, effort)?;
        let differs: Vec<String> = filled
            .iter()
            .filter(|(key, values)| solution.context.get(key) != Some(values))
            .map(|(key, _)| key.to_owned())
            .collect();
        if differs.is_empty() {
            return Some(solution);
        }
        for key in differs {
            match solution.context.get(&key) {
                Some(values) => filled.set(&key, values.to_vec()),
                None => filled.remove(&key),
            }
        }
    }
    effort.give_up();
    None
}

/// The same, with these values for the policy variables.
fn solve_with(
    filled: Context,
    allow: &[Condition],
    denials: &[&[Condition]],
    keys: &dyn Keys,
    effort: &Effort,
) -> Option<Solution> {
    let tests: Vec<&Condition> = allow.iter().chain(denials.iter().copied().flatten()).collect();
    let mut builder = Builder { keys, natures: BTreeMap::new(), filled: &filled, only_free: true, effort };
    let mut candidates_of: BTreeMap<String, Vec<Rc<Candidate>>> = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for test in &tests {
        names.entry(test.key.to_ascii_lowercase()).or_insert_with(|| test.key.clone());
    }
    for key in names.keys() {
        let about: Vec<&Condition> =
            tests.iter().copied().filter(|test| test.key.eq_ignore_ascii_case(key)).collect();
        let nature = keys.nature(key, &about);
        let list = candidates(key, &about, &nature, keys, &filled);
        effort.spend(list.len() * 16);
        candidates_of.insert(key.clone(), list.into_iter().map(Rc::new).collect());
        builder.natures.insert(key.clone(), nature);
    }
    let allowing: Vec<Trial<'_>> = allow.iter().map(|test| Trial::of(test, &filled)).collect();
    let denials: Vec<Vec<Trial<'_>>> =
        denials.iter().map(|denial| denial.iter().map(|test| Trial::of(test, &filled)).collect()).collect();
    let look = |builder: &Builder<'_>| {
        let mut choices = Choices::new();
        for (key, list) in &candidates_of {
            let mut list = list.clone();
            list.retain(|candidate| candidate.ease == Ease::Free || !builder.only_free);
            choices.insert(key.clone(), Choice { list, wanted: vec![] });
        }
        for trial in &allowing {
            trial.keep(&mut choices, true, builder)?;
        }
        let solved = falsify(choices, &denials, builder)?;
        let chosen = solved.into_iter().map(|(key, choice)| {
            Some((key, choice.list.into_iter().min_by_key(|candidate| candidate.ease)?))
        });
        chosen.collect::<Option<Vec<_>>>()
    };
    let solved = look(&builder).or_else(|| {
        builder.only_free = false;
        look(&builder)
    })?;
    let mut context = filled.clone();
    let (mut narrowed_by, mut doubted_by) = (Vec::new(), Vec::new());
    for (key, chosen) in solved {
        match chosen.ease {
            Ease::Free => {}
            Ease::Doubtful => doubted_by.extend(names.get(&key).cloned()),
            Ease::Narrow => narrowed_by.extend(names.get(&key).cloned()),
        }
        match &chosen.values {
            Some(values) => context.set(&key, values.clone()),
            None => context.remove(&key),
        }
    }
    Some(Solution { context, narrowed_by, doubted_by })
}

/// Of every denial, makes one test fail.
fn falsify<'t>(
    choices: Choices<'t>,
    denials: &'t [Vec<Trial<'t>>],
    builder: &Builder<'_>,
) -> Option<Choices<'t>> {
    let Some((denial, rest)) = denials.split_first() else { return Some(choices) };
    for test in denial {
        if !builder.effort.spend(64) {
            return None;
        }
        if test.is_unknown {
            return falsify(choices, rest, builder);
        }
        let mut narrower = choices.clone();
        if test.keep(&mut narrower, false, builder).is_some()
            && let Some(solved) = falsify(narrower, rest, builder)
        {
            return Some(solved);
        }
    }
    None
}

/// What one value of a key has to be: whether it passes the test for one value.
type Wish<'w> = (&'w Trial<'w>, bool);

impl Builder<'_> {
    /// A candidate with which every test has its outcome.
    fn built(&self, key: &str, wanted: &[(&Trial<'_>, bool)]) -> Option<Candidate> {
        let nature = self.natures.get(key)?;
        // A value that a variable stands for as well would have to be the same in both places.
        if nature.forms.is_empty() || self.filled.get(key).is_some() {
            return None;
        }
        let mut every: Vec<Wish<'_>> = Vec::new();
        let mut some: Vec<Wish<'_>> = Vec::new();
        let is_single = wanted.iter().all(|(trial, _)| trial.prepared.operator().set == Set::One);
        for (trial, outcome) in wanted.iter().copied() {
            let operator = trial.prepared.operator();
            if operator.test == Test::Null {
                // A value is there.
                if trial.prepared.passes(Some(&["present".to_owned()])) != outcome {
                    return None;
                }
                continue;
            }
            match (operator.set, outcome) {
                (Set::One, _) if is_single => every.push((trial, outcome)),
                (Set::One | Set::All, true) | (Set::Any, false) => every.push((trial, outcome)),
                (Set::One | Set::All, false) | (Set::Any, true) => some.push((trial, outcome)),
            }
        }
        let mut values = Vec::new();
        let mut ease = Ease::Free;
        let sets: Vec<Vec<Wish<'_>>> = if some.is_empty() {
            vec![every]
        } else {
            some.into_iter().map(|one| every.iter().copied().chain([one]).collect()).collect()
        };
        for wishes in sets {
            let (value, reached) = self.value(key, &wishes, nature)?;
            ease = ease.max(reached);
            values.push(value);
        }
        Some(Candidate { values: Some(values), ease })
    }

    fn value(&self, key: &str, wishes: &[Wish<'_>], nature: &Nature) -> Option<(String, Ease)> {
        // Whether the value is to be among those that the test lists.
        let lists = |(trial, passes): &Wish<'_>| *passes != trial.prepared.operator().negated;
        let is_text = |(trial, _): &Wish<'_>| {
            let test = trial.prepared.operator().test;
            matches!(test, Test::Equals | Test::EqualsIgnoreCase | Test::Like | Test::ArnLike)
        };
        let accepted = |value: String| {
            let fits = wishes.iter().all(|wish| wish.0.prepared.lists(&value) == lists(wish));
            let ease = fits.then(|| self.ease(key, &value, wishes, nature)).flatten()?;
            (ease == Ease::Free || !self.only_free).then_some((value, ease))
        };
        if wishes.iter().all(is_text) {
            let demands = wishes.iter().map(|wish| {
                let fits = lists(wish);
                let is_barred = |at: usize| {
                    let listed = wish.0.condition.values.get(at);
                    fits && listed.is_some_and(|listed| self.keys.is_barred(key, listed))
                };
                Demand { patterns: wish.0.prepared.patterns(is_barred), fits }
            });
            let demands: Vec<Demand> = demands.collect();
            let of_forms = |forms: &Vec<Pattern>| {
                let forms = Demand { patterns: forms.clone(), fits: true };
                let demands: Vec<Demand> = std::iter::once(forms).chain(demands.iter().cloned()).collect();
                accepted(unprotected(&text(&demands, self.effort)?))
            };
            return of_forms(&nature.forms).or_else(|| of_forms(&nature.others));
        }
        let mut bounds = wishes.iter().flat_map(|(trial, _)| trial.prepared.bounds());
        let is_named = |value: &String| {
            let mut listed = wishes.iter().flat_map(|(trial, _)| &trial.condition.values);
            self.keys.is_barred(key, value) && listed.any(|listed| listed == value)
        };
        let found = bounds.find_map(|value| if is_named(&value) { None } else { accepted(value) });
        if found.is_none() && wishes.iter().any(is_text) && nature.is_free {
            // Texts and numbers together: there may be one.
            self.effort.give_up();
        }
        found
    }

    /// How a request comes to have the value: by what the policy asks for, where it asks for any.
    fn ease(&self, key: &str, value: &str, wishes: &[Wish<'_>], nature: &Nature) -> Option<Ease> {
        let mut ease = Ease::Free;
        for (trial, passes) in wishes {
            let operator = trial.prepared.operator();
            // What is not false is true, and what is not before comes later.
            let is_asked = matches!(operator.test, Test::Order { .. } | Test::Bool);
            if nature.is_free || (*passes == operator.negated && !is_asked) {
                continue;
            }
            ease = ease.max(self.keys.reach(key, value, trial.condition)?);
        }
        Some(ease)
    }
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

fn candidates(
    key: &str,
    tests: &[&Condition],
    nature: &Nature,
    keys: &dyn Keys,
    filled: &Context,
) -> Vec<Candidate> {
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
            let (less, more) = (number.saturating_sub(1), number.saturating_add(1));
            let fits = match order {
                Order::Less => less,
                Order::Greater => more,
                _ => number,
            };
            vec![fits.to_string(), less.to_string(), more.to_string()]
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
