//! Texts with `*` in them, and when they would cost too much to look for.

use std::collections::{BTreeSet, HashSet};

/// How many steps one letter may let a matcher take at once. EventBridge refuses `*:*:*:*:*:event-bus/*`, where it would
/// be eleven, and takes `/Users/*/dir/dir/dir/dir/dir/doc.txt`, where it is seven; where between them its limit lies is
/// not published.
const MOST_STEPS: usize = 10;

/// How many sets of places are looked at before a text counts as too complex.
const MOST_SETS: usize = 4_096;

/// One element of a text: a letter, or any number of any letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Letter(char),
    Any,
}

/// A text in which `*` stands for any text; `\*` and `\\` stand for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildcard(Vec<Element>);

impl Wildcard {
    /// Reads one. What is wrong with it is said with EventBridge's places, which count the quotation mark before it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (mut elements, mut letters) = (Vec::new(), text.char_indices().peekable());
        while let Some((at, letter)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            elements.push(match (letter, next) {
                ('\\', Some(escaped @ ('*' | '\\'))) => {
                    letters.next();
                    Element::Letter(escaped)
                }
                ('\\', _) => return Err(format!("Invalid escape character at pos {}", at + 1)),
                ('*', Some('*')) => return Err(format!("Consecutive wildcard characters at pos {}", at + 1)),
                ('*', _) => Element::Any,
                (other, _) => Element::Letter(other),
            });
        }
        Ok(Self(elements))
    }

    /// Whether a text has this form. What stands between two `*` is found where it first occurs: later occurrences
    /// could not do better.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut place, mut restart) = (0, 0, None);
        while let Some(letter) = text.get(at) {
            match self.0.get(place) {
                Some(Element::Any) => {
                    restart = Some((place, at));
                    place += 1;
                }
                Some(Element::Letter(expected)) if expected == letter => {
                    (at, place) = (at + 1, place + 1);
                }
                _ => match restart {
                    Some((star, from)) => {
                        restart = Some((star, from + 1));
                        (at, place) = (from + 1, star + 1);
                    }
                    None => return false,
                },
            }
        }
        self.0.get(place..).is_some_and(|rest| rest.iter().all(|element| *element == Element::Any))
    }
}

/// Whether looking for all these texts at once costs more than EventBridge allows.
pub(super) fn are_too_complex(texts: &[&Wildcard]) -> bool {
    let letters: BTreeSet<char> = texts
        .iter()
        .flat_map(|text| &text.0)
        .filter_map(|element| match element {
            Element::Letter(letter) => Some(*letter),
            Element::Any => None,
        })
        // A letter that stands in none of them.
        .chain(['\u{0}'])
        .collect();
    let start = settle(texts, (0..texts.len()).map(|text| (text, 0)));
    let (mut seen, mut open) = (HashSet::from([start.clone()]), vec![start]);
    while let Some(places) = open.pop() {
        for letter in &letters {
            let steps: Vec<(usize, usize)> = places
                .iter()
                .filter_map(|&(text, place)| match texts.get(text)?.0.get(place)? {
                    Element::Any => Some((text, place)),
                    Element::Letter(expected) => (expected == letter).then_some((text, place + 1)),
                })
                .collect();
            if steps.len() >= MOST_STEPS || seen.len() > MOST_SETS {
                return true;
            }
            let next = settle(texts, steps.into_iter());
            if !next.is_empty() && seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    false
}

/// The places, and those behind a `*` that stands for nothing.
fn settle(texts: &[&Wildcard], places: impl Iterator<Item = (usize, usize)>) -> Vec<(usize, usize)> {
    let mut settled = BTreeSet::new();
    for (text, place) in places {
        settled.insert((text, place));
        if texts.get(text).is_some_and(|it| it.0.get(place) == Some(&Element::Any)) {
            settled.insert((text, place + 1));
        }
    }
    settled.into_iter().collect()
}
