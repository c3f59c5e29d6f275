//! Builds a text that some patterns stand for and others do not. The search is exact: where it finds nothing, there is
//! nothing, unless the effort is spent.

use super::matching::Effort;
use std::collections::{BTreeSet, HashSet};

/// Letters of which one that stands in no pattern is taken for what is free.
const FRESH: &str = "xqzkvjywbhnmpgfdulrtcsieaoXQZKVJYWBHNMPGFDULRTCSIEAO7395182460";

/// What a step of the search costs for each place, beside the comparison of a letter.
const STEP: usize = 8;

/// A pattern, as a row of tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Letter(char),
    /// Upper and lower case are the same.
    Folded(char),
    One(Class),
    Run(Class),
}

/// What a wildcard stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Any,
    /// A part of an ARN.
    NoColon,
    /// A name in a list of names.
    Name,
}

impl Class {
    fn holds(self, letter: char) -> bool {
        match self {
            Self::Any => true,
            Self::NoColon => letter != ':',
            Self::Name => !matches!(letter, ':' | '/' | '@'),
        }
    }
}

impl Pattern {
    /// Every text.
    pub(super) fn any() -> Self {
        Self(vec![Token::Run(Class::Any)])
    }

    /// From the letters of a pattern of IAM.
    pub(super) fn like(pattern: impl IntoIterator<Item = char>) -> Self {
        Self::default().then(pattern, Class::Any)
    }

    pub(super) fn literal(text: &str) -> Self {
        Self(text.chars().map(Token::Letter).collect())
    }

    pub(super) fn folded(text: &str) -> Self {
        Self(text.chars().map(Token::Folded).collect())
    }

    /// From the parts of an ARN: of all but the last, a star does not reach over a colon.
    pub(super) fn arn<'p>(parts: impl ExactSizeIterator<Item = &'p [char]>) -> Self {
        let last = parts.len().saturating_sub(1);
        parts.enumerate().fold(Self::default(), |whole, (at, part)| {
            let colon = (at > 0).then_some(':');
            let class = if at == last { Class::Any } else { Class::NoColon };
            whole.then(colon, class).then(part.iter().copied(), class)
        })
    }

    fn then(mut self, pattern: impl IntoIterator<Item = char>, class: Class) -> Self {
        self.0.extend(pattern.into_iter().map(|letter| match letter {
            '*' => Token::Run(class),
            '?' => Token::One(class),
            _ => Token::Letter(letter),
        }));
        self
    }

    /// From a form: `{any}` is any text, `{name}` and `{same}` are names. `{owner}`, `{id}` and `{mark}` hold the mark,
    /// a letter that stands in no pattern, so that what spells an owner out does not stand for a text of the form.
    pub(super) fn form(form: &str, mark: char) -> Self {
        let mut tokens = Vec::new();
        let mut rest = form;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else { break };
            tokens.extend(before.chars().map(Token::Letter));
            match name {
                "same" if form != "{same}" => {
                    tokens.extend([Token::One(Class::Name), Token::Run(Class::Name)])
                }
                "any" | "same" => tokens.push(Token::Run(Class::Any)),
                "mark" => {
                    tokens.extend([Token::Run(Class::Any), Token::Letter(mark), Token::Run(Class::Any)])
                }
                "name" => tokens.extend([Token::One(Class::Name), Token::Run(Class::Name)]),
                _ => tokens.extend([Token::Run(Class::Name), Token::Letter(mark), Token::Run(Class::Name)]),
            }
            rest = behind;
        }
        tokens.extend(rest.chars().map(Token::Letter));
        Self(tokens)
    }

    fn has_wildcard(&self) -> bool {
        self.0.iter().any(|token| matches!(token, Token::One(_) | Token::Run(_)))
    }

    fn letters(&self) -> impl Iterator<Item = char> {
        self.0.iter().filter_map(|token| match token {
            Token::Letter(letter) | Token::Folded(letter) => Some(*letter),
            _ => None,
        })
    }
}

/// A letter that stands in none of the texts.
pub(super) fn mark<'t>(texts: impl IntoIterator<Item = &'t str>) -> char {
    let used: BTreeSet<char> = texts.into_iter().flat_map(str::chars).collect();
    fresh(&used)
}

fn fresh(used: &BTreeSet<char>) -> char {
    let mut free = FRESH.chars().chain('\u{e000}'..='\u{f8ff}').filter(|letter| !used.contains(letter));
    free.next().unwrap_or('\u{f8ff}')
}

/// What a text has to be: something that one of the patterns stands for, or that none of them does.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    pub(super) patterns: Vec<Pattern>,
    pub(super) fits: bool,
}

/// The places in the patterns of one demand at which a text may have come.
type Places = Vec<(usize, usize)>;

impl Demand {
    fn token(&self, (pattern, at): (usize, usize)) -> Option<Token> {
        self.patterns.get(pattern)?.0.get(at).copied()
    }

    /// A run of letters may be empty.
    fn closed(&self, mut places: Places) -> Places {
        let mut next = 0;
        while let Some(place) = places.get(next).copied() {
            if let Some(Token::Run(_)) = self.token(place) {
                places.push((place.0, place.1 + 1));
            }
            next += 1;
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    fn start(&self) -> Places {
        self.closed((0..self.patterns.len()).map(|pattern| (pattern, 0)).collect())
    }

    fn after(&self, places: &Places, letter: char) -> Places {
        let step = |place: &(usize, usize)| {
            let (pattern, at) = *place;
            match self.token(*place)? {
                Token::Letter(token) => (token == letter).then_some((pattern, at + 1)),
                Token::Folded(token) => token.eq_ignore_ascii_case(&letter).then_some((pattern, at + 1)),
                Token::One(class) => class.holds(letter).then_some((pattern, at + 1)),
                Token::Run(class) => class.holds(letter).then_some((pattern, at)),
            }
        };
        self.closed(places.iter().filter_map(step).collect())
    }

    fn is_met(&self, places: &Places) -> bool {
        places.iter().any(|place| self.token(*place).is_none()) == self.fits
    }

    fn is_lost(&self, places: &Places) -> bool {
        self.fits && places.is_empty()
    }

    /// Whether nothing but letters can follow.
    fn is_spelled(&self, places: &Places) -> bool {
        let wild = |place: &(usize, usize)| matches!(self.token(*place), Some(Token::One(_) | Token::Run(_)));
        self.fits && !places.iter().any(wild)
    }
}

/// A text that is not empty and meets every demand, as short as possible. None where there is none, and where the effort
/// is spent.
pub(super) fn text(demands: &[Demand], effort: &Effort) -> Option<String> {
    let wild = |demand: &Demand| demand.patterns.iter().any(Pattern::has_wildcard);
    if demands.iter().any(|demand| demand.fits && demand.patterns.is_empty()) {
        return None;
    }
    let used: BTreeSet<char> =
        demands.iter().flat_map(|demand| &demand.patterns).flat_map(Pattern::letters).collect();
    let free = demands.iter().all(|demand| !demand.fits || wild(demand)).then(|| fresh(&used));
    let start: Vec<Places> = demands.iter().map(Demand::start).collect();
    // An empty text is none, so that one may come back to the start.
    let mut seen = HashSet::new();
    // Each with the one before it, and the letter between them.
    let mut steps: Vec<(Vec<Places>, usize, char)> = vec![(start, 0, ' ')];
    let mut next = 0;
    while let Some((state, _, _)) = steps.get(next).cloned() {
        let met = demands.iter().zip(&state).all(|(demand, places)| demand.is_met(places));
        if met && next > 0 {
            return Some(walked(&steps, next));
        }
        for letter in letters(demands, &state, free) {
            if !effort.spend((state.iter().map(Vec::len).sum::<usize>() + 2) * STEP) {
                return None;
            }
            let after: Vec<Places> =
                demands.iter().zip(&state).map(|(demand, places)| demand.after(places, letter)).collect();
            let is_lost = demands.iter().zip(&after).any(|(demand, places)| demand.is_lost(places));
            if !is_lost && seen.insert(after.clone()) {
                steps.push((after, next, letter));
            }
        }
        next += 1;
    }
    None
}

/// The letters that lead to different places.
fn letters(demands: &[Demand], state: &[Places], free: Option<char>) -> BTreeSet<char> {
    let spelled = demands.iter().zip(state).find(|(demand, places)| demand.is_spelled(places));
    let of = |(demand, places): (&Demand, &Places)| -> Vec<char> {
        let letter = |place: &(usize, usize)| match demand.token(*place) {
            Some(Token::Letter(letter)) => vec![letter],
            Some(Token::Folded(letter)) => vec![letter.to_ascii_lowercase(), letter.to_ascii_uppercase()],
            _ => vec![],
        };
        places.iter().flat_map(letter).collect()
    };
    match spelled {
        Some(only) => of(only).into_iter().collect(),
        None => demands.iter().zip(state).flat_map(of).chain(free).collect(),
    }
}

fn walked(steps: &[(Vec<Places>, usize, char)], end: usize) -> String {
    let mut letters = Vec::new();
    let mut at = end;
    while at > 0 {
        let Some((_, before, letter)) = steps.get(at) else { break };
        letters.push(*letter);
        at = *before;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::matching::Glob;
    use proptest::prelude::*;

    fn demand(patterns: &[String], fits: bool) -> Demand {
        Demand { patterns: patterns.iter().map(|one| Pattern::like(one.chars())).collect(), fits }
    }

    #[test]
    fn what_spells_a_name_out_is_not_of_the_form() {
        let form = |pattern: &str| {
            let mark = mark([pattern]);
            let form = Demand { patterns: vec![Pattern::form("org:{owner}:{name}", mark)], fits: true };
            text(&[form, demand(&[pattern.to_owned()], true)], &Effort::default())
        };
        assert!(form("org:*:prod").is_some());
        assert!(form("*:prod").is_some());
        assert!(form("org:ac*:prod*").is_some());
        assert_eq!(form("org:acme:*"), None);
        assert_eq!(form("*:acme:prod"), None);
    }

    proptest! {
        #[test]
        fn a_text_is_found_where_there_is_one(
            fit in prop::collection::vec("[ab*?]{0,4}", 1..3),
            also in "[ab*?]{0,4}",
            avoid in prop::collection::vec("[ab*?]{0,3}", 0..3),
        ) {
            let demands = [demand(&fit, true), demand(std::slice::from_ref(&also), true), demand(&avoid, false)];
            let globs = |list: &[String]| list.iter().map(|one| Glob::resource(one)).collect::<Vec<_>>();
            let (fit, avoid, also) = (globs(&fit), globs(&avoid), Glob::resource(&also));
            let is_one = |text: &String| {
                fit.iter().any(|glob| glob.matches(text))
                    && also.matches(text)
                    && !avoid.iter().any(|glob| glob.matches(text))
            };
            let found = text(&demands, &Effort::default());
            prop_assert!(found.iter().all(&is_one), "{found:?}");
            let mut last = vec![String::new()];
            let mut any = false;
            for _ in 0..5 {
                last = last.iter().flat_map(|text| ['a', 'b', 'c'].map(|letter| format!("{text}{letter}"))).collect();
                any |= last.iter().any(&is_one);
            }
            prop_assert!(found.is_some() || !any);
        }
    }
}
