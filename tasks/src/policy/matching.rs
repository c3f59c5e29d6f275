//! The wildcards of IAM: what a pattern stands for, and how two patterns lie to each other.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use wildmatch::WildMatch;

/// A pattern of a policy: `*` stands for any run of characters, `?` for exactly one.
#[derive(Debug, Clone)]
pub struct Glob {
    tokens: Vec<char>,
    matcher: WildMatch,
    folds: bool,
}

/// How much may be spent on one document and the search for its smallest change, about one step for a letter that is compared. The most tangled of AWS's own
/// policies takes half of it. A step takes some 3.5 ns of a core, and a function with 256 MiB has a seventh of one, so
/// that it is spent after 100 ms.
const LIMIT: u32 = 4_000_000;

/// How much may still be spent on comparing patterns. Whoever writes a policy could make it hard to judge, and so put
/// off the judgement; when the effort is spent, it is too large to judge, and people are told.
#[derive(Debug)]
pub struct Effort(Cell<u32>);

impl Default for Effort {
    fn default() -> Self {
        Self(Cell::new(LIMIT))
    }
}

impl Effort {
    /// Spends; false where it is all spent.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.0.get().saturating_sub(u32::try_from(steps).unwrap_or(u32::MAX));
        self.0.set(left);
        left > 0
    }

    /// As much as is left, for one judgement of several.
    pub(super) fn lent(&self) -> Self {
        Self(self.0.clone())
    }

    /// Takes back what is left of it.
    pub(super) fn settle(&self, lent: &Self) {
        self.0.set(lent.0.get());
    }

    /// So much, for one question.
    pub(super) fn of(steps: u32) -> Self {
        Self(Cell::new(steps))
    }

    /// How much is left.
    pub(super) fn left(&self) -> usize {
        usize::try_from(self.0.get()).unwrap_or(usize::MAX)
    }

    /// Spends all: a question was met that has no sure answer.
    pub(super) fn give_up(&self) {
        self.0.set(0);
    }

    /// Whether it is all spent, so that the answers are not to be trusted.
    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

impl Glob {
    /// The pattern of an action: upper and lower case are the same.
    pub fn action(pattern: &str) -> Self {
        Self { folds: true, ..Self::resource(&pattern.to_ascii_lowercase()) }
    }

    /// The pattern of a resource, or a value of a condition: upper and lower case differ.
    pub fn resource(pattern: &str) -> Self {
        Self { tokens: normalised(pattern), matcher: WildMatch::new(pattern), folds: false }
    }

    /// Whether this text, without wildcards, is one that the pattern stands for.
    pub fn matches(&self, text: &str) -> bool {
        if self.folds { self.matches_lower(&text.to_ascii_lowercase()) } else { self.matcher.matches(text) }
    }

    /// The same for a text that is in lower case already.
    pub(super) fn matches_lower(&self, text: &str) -> bool {
        self.matcher.matches(text)
    }

    /// About how much it costs to match a text.
    pub(super) fn cost(&self) -> usize {
        if self.is_literal() { self.tokens.len() / 4 + 1 } else { self.tokens.len() + 4 }
    }

    /// Its letters and wildcards.
    pub(super) fn tokens(&self) -> &[char] {
        &self.tokens
    }

    /// Whether the pattern stands for every text at all.
    pub fn is_everything(&self) -> bool {
        self.tokens.as_slice() == ['*']
    }

    /// Whether the pattern has no wildcard.
    pub fn is_literal(&self) -> bool {
        !self.tokens.iter().any(|token| matches!(token, '*' | '?'))
    }

    /// Whether every text that `narrow` stands for is one that this pattern stands for. When the effort is spent it says
    /// no, and never yes where it is not so.
    pub fn covers(&self, narrow: &Self, effort: &Effort) -> bool {
        if self.is_everything() || self.tokens == narrow.tokens {
            return true;
        }
        if self.is_literal() || self.is_apart_from(narrow) {
            return false;
        }
        let letters = self.letters(narrow);
        let start = (0, self.closed(BTreeSet::from([0])));
        let mut seen = HashSet::from([start.clone()]);
        let mut open = VecDeque::from([start]);
        while let Some((at, here)) = open.pop_front() {
            // A state of these is dearer than one of `overlaps`, and is kept until the end.
            if !effort.spend(4 * letters.len() * here.len()) {
                return false;
            }
            let mut next = Vec::new();
            match narrow.tokens.get(at) {
                None if here.contains(&self.tokens.len()) => {}
                None => return false,
                Some('*') => {
                    next.push((at + 1, here.clone()));
                    next.extend(letters.iter().map(|letter| (at, self.after(&here, *letter))));
                }
                Some('?') => next.extend(letters.iter().map(|letter| (at + 1, self.after(&here, *letter)))),
                Some(letter) => next.push((at + 1, self.after(&here, *letter))),
            }
            for state in next {
                if seen.insert(state.clone()) {
                    open.push_back(state);
                }
            }
        }
        true
    }

    /// Whether some text is one that both patterns stand for. When the effort is spent it says yes.
    pub fn overlaps(&self, other: &Self, effort: &Effort) -> bool {
        if self.is_apart_from(other) {
            return false;
        }
        let mut seen = HashSet::from([(0, 0)]);
        let mut open = vec![(0, 0)];
        while let Some((a, b)) = open.pop() {
            if !effort.spend(1) {
                return true;
            }
            let next = match (self.tokens.get(a), other.tokens.get(b)) {
                (None, None) => return true,
                (Some('*'), None) => vec![(a + 1, b)],
                (None, Some('*')) => vec![(a, b + 1)],
                (Some('*'), Some(_)) => vec![(a + 1, b), (a, b + 1)],
                (Some(_), Some('*')) => vec![(a, b + 1), (a + 1, b)],
                (Some(x), Some(y)) if x == y || *x == '?' || *y == '?' => vec![(a + 1, b + 1)],
                _ => vec![],
            };
            open.extend(next.into_iter().filter(|state| seen.insert(*state)));
        }
        false
    }

    /// A text that both patterns stand for, and a short one. None as well where the effort is spent.
    pub(super) fn meeting(&self, other: &Self, effort: &Effort) -> Option<String> {
        if self.is_apart_from(other) {
            return None;
        }
        let mut before = Steps::new();
        let mut open = VecDeque::from([(0, 0)]);
        while let Some((a, b)) = open.pop_front() {
            if !effort.spend(1) {
                return None;
            }
            let next = match (self.tokens.get(a), other.tokens.get(b)) {
                (None, None) => return Some(walked(&before, (a, b))),
                (Some('*'), None) => vec![((a + 1, b), None)],
                (None, Some('*')) => vec![((a, b + 1), None)],
                (Some('*'), Some('*')) => vec![((a + 1, b), None), ((a, b + 1), None)],
                (Some('*'), Some(letter)) => vec![((a + 1, b), None), ((a, b + 1), Some(plain(*letter)))],
                (Some(letter), Some('*')) => vec![((a, b + 1), None), ((a + 1, b), Some(plain(*letter)))],
                (Some('?'), Some(letter)) | (Some(letter), Some('?')) => {
                    vec![((a + 1, b + 1), Some(plain(*letter)))]
                }
                (Some(x), Some(y)) if x == y => vec![((a + 1, b + 1), Some(*x))],
                _ => vec![],
            };
            for (state, letter) in next {
                if state != (0, 0) && !before.contains_key(&state) {
                    before.insert(state, ((a, b), letter));
                    open.push_back(state);
                }
            }
        }
        None
    }

    /// Whether the two differ before the first wildcard, as patterns of two services do.
    fn is_apart_from(&self, other: &Self) -> bool {
        let pairs = self.tokens.iter().zip(&other.tokens);
        let literal = |token: &char| !matches!(token, '*' | '?');
        pairs.take_while(|(a, b)| literal(a) && literal(b)).any(|(a, b)| a != b)
    }

    /// The letters that tell the two patterns apart, and one that stands in neither.
    fn letters(&self, other: &Self) -> Vec<char> {
        let both: BTreeSet<char> = self.tokens.iter().chain(&other.tokens).copied().collect();
        let mut letters: Vec<char> = both.into_iter().filter(|token| !matches!(token, '*' | '?')).collect();
        letters.extend(('\u{e000}'..='\u{f8ff}').find(|letter| !letters.contains(letter)));
        letters
    }

    /// Where one can stand in the pattern after this letter.
    fn after(&self, here: &BTreeSet<usize>, letter: char) -> BTreeSet<usize> {
        let step = |at: &usize| match self.tokens.get(*at) {
            Some('*') => Some(*at),
            Some('?') => Some(at + 1),
            Some(token) if *token == letter => Some(at + 1),
            _ => None,
        };
        self.closed(here.iter().filter_map(step).collect())
    }

    /// A star may stand for nothing.
    fn closed(&self, mut here: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut open: Vec<usize> = here.iter().copied().collect();
        while let Some(at) = open.pop() {
            if self.tokens.get(at) == Some(&'*') && here.insert(at + 1) {
                open.push(at + 1);
            }
        }
        here
    }
}

/// For each place in two patterns, the one before it and the letter between them.
type Steps = HashMap<(usize, usize), ((usize, usize), Option<char>)>;

fn plain(token: char) -> char {
    if token == '?' { 'x' } else { token }
}

/// The letters on the way to a state.
fn walked(before: &Steps, end: (usize, usize)) -> String {
    let mut letters = Vec::new();
    let mut at = end;
    while let Some((previous, letter)) = before.get(&at) {
        letters.extend(*letter);
        at = *previous;
    }
    letters.iter().rev().collect()
}

/// Two runs of wildcards that stand for the same texts are written the same: first what must be there, then one star.
fn normalised(pattern: &str) -> Vec<char> {
    let mut tokens = Vec::new();
    let mut star = false;
    for token in pattern.chars() {
        match token {
            '*' => star = true,
            '?' => tokens.push('?'),
            _ => {
                if std::mem::take(&mut star) {
                    tokens.push('*');
                }
                tokens.push(token);
            }
        }
    }
    if star {
        tokens.push('*');
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn actions_match_whatever_their_case() {
        for (pattern, action, expected) in [
            ("iam:PassRole", "iam:passrole", true),
            ("IAM:pass*", "iam:PassRole", true),
            ("iam:Pass????", "iam:PassRole", true),
            ("iam:Pass???", "iam:PassRole", false),
            ("*", "iam:PassRole", true),
            ("*:*", "iam:PassRole", true),
            ("i*:*Role", "iam:PassRole", true),
            ("s3:*", "iam:PassRole", false),
            ("iam:P*s*e", "iam:PassRole", true),
        ] {
            assert_eq!(Glob::action(pattern).matches(action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn one_pattern_covers_or_overlaps_another() {
        for (wide, narrow, covers, overlaps) in [
            ("*", "anything*?", true, true),
            ("?*", "*?", true, true),
            ("?*", "*", false, true),
            ("?*", "*a", true, true),
            ("iam:*", "iam:Create*", true, true),
            ("iam:Create*", "iam:*Key", false, true),
            ("iam:*", "s3:*", false, false),
            ("i*", "iam:*", true, true),
            ("a*b", "a*c*b", true, true),
            ("a*c*b", "a*b", false, true),
            ("a?c", "abc", true, true),
            ("abc", "a?c", false, true),
            ("arn:aws:iam::*:role/*", "arn:aws:iam::1:role/x", true, true),
        ] {
            let (wide, narrow) = (Glob::resource(wide), Glob::resource(narrow));
            assert_eq!(wide.covers(&narrow, &Effort::default()), covers, "{wide:?} covers {narrow:?}");
            assert_eq!(wide.overlaps(&narrow, &Effort::default()), overlaps, "{wide:?} overlaps {narrow:?}");
            assert_eq!(narrow.overlaps(&wide, &Effort::default()), overlaps, "{narrow:?} overlaps {wide:?}");
        }
    }

    #[test]
    fn a_pattern_made_to_be_hard_ends() {
        let hard = Glob::resource(&format!("*a{}", "?".repeat(60)));
        assert!(!hard.covers(&Glob::resource("*b*a*b*a*"), &Effort::default()));
        assert!(hard.overlaps(&Glob::resource("*b*a*b*a*"), &Effort(Cell::new(1))));
    }

    proptest! {
        #[test]
        fn covering_and_overlapping_agree_with_matching(a in "[ab*?]{0,4}", b in "[ab*?]{0,4}") {
            let (wide, narrow) = (Glob::resource(&a), Glob::resource(&b));
            let meeting = wide.meeting(&narrow, &Effort::default());
            prop_assert!(meeting.iter().all(|text| wide.matches(text) && narrow.matches(text)), "{:?}", meeting);
            prop_assert_eq!(meeting.is_some(), wide.overlaps(&narrow, &Effort::default()));
            let texts = texts();
            let covers = texts.iter().all(|text| !narrow.matches(text) || wide.matches(text));
            let overlaps = texts.iter().any(|text| narrow.matches(text) && wide.matches(text));
            prop_assert_eq!(wide.covers(&narrow, &Effort::default()), covers);
            prop_assert_eq!(wide.overlaps(&narrow, &Effort::default()), overlaps);
        }
    }

    /// Every text of up to six of three letters, which is enough for patterns of four.
    fn texts() -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut last = texts.clone();
        for _ in 0..6 {
            last = last
                .iter()
                .flat_map(|text| ['a', 'b', 'c'].map(|letter| format!("{text}{letter}")))
                .collect();
            texts.extend(last.iter().cloned());
        }
        texts
    }
}
