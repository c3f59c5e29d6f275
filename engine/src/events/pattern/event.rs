//! An event as patterns see it: its values, by the dotted names of their fields, and the places of the arrays that each
//! of them is in.

use super::Branch;
use super::matcher::Matcher;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};

/// An event, flattened. An empty object or array has no value in it, so its field is not there.
pub(super) struct Fields<'e> {
    by_name: HashMap<String, Vec<Found<'e>>>,
    arrays: u32,
}

/// A value, and where it is.
struct Found<'e> {
    value: &'e Value,
    places: Places,
}

/// In which element of which array a value is, for each array of objects around it. Sorted by the arrays' numbers.
type Places = Vec<(u32, u32)>;

impl<'e> Fields<'e> {
    pub(super) fn of(event: &'e Value) -> Self {
        let mut fields = Self { by_name: HashMap::new(), arrays: 0 };
        fields.add("", event, &mut Vec::new());
        fields
    }

    fn add(&mut self, name: &str, value: &'e Value, places: &mut Places) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    self.add(&inner, value, places);
                }
            }
            Value::Array(items) => {
                let array = self.arrays;
                self.arrays += 1;
                for (n, item) in (0..).zip(items) {
                    // Only what is in an object or in another array must be there together with something else.
                    let holds = item.is_object() || item.is_array();
                    if holds {
                        places.push((array, n));
                    }
                    self.add(name, item, places);
                    if holds {
                        places.pop();
                    }
                }
            }
            value => {
                let found = Found { value, places: places.clone() };
                self.by_name.entry(name.to_owned()).or_default().push(found);
            }
        }
    }

    /// Whether each field of a branch has a value that matches, all of them in the same elements of the arrays that they
    /// share. Fields are looked at in the order of their names: what must be absent must be so where the fields before it
    /// were found.
    pub(super) fn match_branch(&self, branch: &Branch) -> bool {
        let wanted: Vec<Wanted> = branch.iter().map(|(name, matchers)| self.wanted(name, matchers)).collect();
        let mut standing: HashSet<Places> = HashSet::from([Places::new()]);
        for (n, field) in wanted.iter().enumerate() {
            let after = wanted.get(n + 1..).unwrap_or_default();
            let needed: HashSet<u32> = after.iter().flat_map(Wanted::arrays).collect();
            let mut next = HashSet::new();
            for places in &standing {
                field.join(places, |mut joined| {
                    joined.retain(|(array, _)| needed.contains(array));
                    next.insert(joined);
                });
            }
            standing = next;
            if standing.is_empty() {
                return false;
            }
        }
        true
    }

    fn wanted(&self, name: &str, matchers: &[Matcher]) -> Wanted {
        let found = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let matching = found.iter().filter(|it| matchers.iter().any(|matcher| matcher.matches(it.value)));
        Wanted {
            matching: Index::of(matching.map(|it| &it.places)),
            absent_from: matchers
                .contains(&Matcher::Absent)
                .then(|| Index::of(found.iter().map(|it| &it.places))),
        }
    }
}

/// What one field of a branch finds in an event.
struct Wanted {
    /// Where its values are that match.
    matching: Index,
    /// Where its values are at all, if it may be absent.
    absent_from: Option<Index>,
}

impl Wanted {
    fn arrays(&self) -> BTreeSet<u32> {
        let of = |index: &Index| index.all().flatten().map(|(array, _)| *array).collect::<BTreeSet<_>>();
        let mut arrays = of(&self.matching);
        arrays.extend(self.absent_from.iter().flat_map(of));
        arrays
    }

    /// The places that come about if this field is found as well.
    fn join(&self, places: &Places, mut then: impl FnMut(Places)) {
        if self.absent_from.as_ref().is_some_and(|present| present.together_with(places).next().is_none()) {
            then(places.clone());
        }
        for other in self.matching.together_with(places) {
            let mut joined: BTreeSet<(u32, u32)> = places.iter().copied().collect();
            joined.extend(other);
            then(joined.into_iter().collect());
        }
    }
}

/// Places, to be looked up by the outermost array that they are in.
#[derive(Default)]
struct Index {
    anywhere: bool,
    by_array: HashMap<u32, HashMap<u32, HashSet<Places>>>,
}

impl Index {
    fn of<'p>(all: impl Iterator<Item = &'p Places>) -> Self {
        let mut index = Self::default();
        for places in all {
            match places.first() {
                None => index.anywhere = true,
                Some((array, n)) => {
                    let of_array = index.by_array.entry(*array).or_default();
                    of_array.entry(*n).or_default().insert(places.clone());
                }
            }
        }
        index
    }

    fn all(&self) -> impl Iterator<Item = &Places> {
        self.by_array.values().flat_map(|of_array| of_array.values().flatten())
    }

    /// Those that can be together with other places: in each array that both are in, they are in the same element.
    fn together_with<'i>(&'i self, places: &'i Places) -> impl Iterator<Item = &'i [(u32, u32)]> {
        let nowhere: Option<&[(u32, u32)]> = self.anywhere.then_some(&[]);
        let others = self.by_array.iter().flat_map(move |(array, of_array)| {
            let (one, all) = match places.iter().find(|(it, _)| it == array) {
                Some((_, n)) => (of_array.get(n), None),
                None => (None, Some(of_array.values())),
            };
            one.into_iter().chain(all.into_iter().flatten()).flatten()
        });
        nowhere.into_iter().chain(others.filter(|other| agree(places, other)).map(Vec::as_slice))
    }
}

fn agree(left: &[(u32, u32)], right: &[(u32, u32)]) -> bool {
    left.iter().all(|(array, n)| right.iter().all(|(other, m)| array != other || n == m))
}
