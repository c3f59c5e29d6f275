//! What an expression sees, put together from values that stay where they are. Only what the expression reads enters the
//! library, so that an evaluation costs what it reads and not what it could read.

use super::convert::Exact;
use indexmap::IndexMap;
use jsonata_core::value::JValue;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// JSON whose parts are shared.
#[derive(Debug, Clone)]
pub(crate) enum View {
    Whole(Arc<Value>),
    /// An object, with its fields in their order.
    Fields(Vec<(&'static str, View)>),
}

impl View {
    /// Gives a field of an object a value: in the place of the one that it has, or behind all others.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<Self>) {
        let value = value.into();
        match self {
            Self::Fields(fields) => match fields.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => fields.push((name, value)),
            },
            Self::Whole(whole) => {
                if let Some(map) = Arc::make_mut(whole).as_object_mut() {
                    map.insert(name.to_owned(), value.to_value());
                }
            }
        }
    }

    /// A copy with nothing in it but what the names lead to, and what they lead through. What is missing stays missing.
    pub(crate) fn along(&self, names: &[&str]) -> Value {
        let Some((first, rest)) = names.split_first() else { return self.to_value() };
        let field = match self {
            Self::Whole(value) => return along(value, names),
            Self::Fields(fields) => {
                fields.iter().find(|(name, _)| name == first).map(|(_, field)| field.along(rest))
            }
        };
        Value::Object(field.map(|field| ((*first).to_owned(), field)).into_iter().collect())
    }

    /// A copy of all of it.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Whole(value) => Value::clone(value),
            Self::Fields(fields) => {
                let fields = fields.iter().map(|(name, field)| ((*name).to_owned(), field.to_value()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

fn along(value: &Value, names: &[&str]) -> Value {
    match (value, names) {
        (Value::Object(map), [first, rest @ ..]) => {
            let field = map.get(*first).map(|field| ((*first).to_owned(), along(field, rest)));
            Value::Object(field.into_iter().collect())
        }
        _ => value.clone(),
    }
}

impl From<Arc<Value>> for View {
    fn from(value: Arc<Value>) -> Self {
        Self::Whole(value)
    }
}

impl From<Value> for View {
    fn from(value: Value) -> Self {
        Self::Whole(Arc::new(value))
    }
}

impl From<&str> for View {
    fn from(text: &str) -> Self {
        Value::from(text).into()
    }
}

impl From<u64> for View {
    fn from(number: u64) -> Self {
        Value::from(number).into()
    }
}

/// What has entered the library, by the names that lead to it: several expressions of one state often read the same.
#[derive(Default)]
pub(super) struct Entered(HashMap<Vec<String>, JValue>);

impl Entered {
    /// Of a view that is called `name`, what the paths lead to. No names are the whole.
    pub(super) fn of(&mut self, name: &str, view: &View, paths: &[Vec<String>], exact: &mut Exact) -> JValue {
        let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
        self.view(view, &paths, &mut vec![name.to_owned()], exact)
    }

    fn view(
        &mut self,
        view: &View,
        paths: &[&[String]],
        trail: &mut Vec<String>,
        exact: &mut Exact,
    ) -> JValue {
        let fields = match view {
            View::Whole(value) => return self.value(value, paths, trail, exact),
            View::Fields(fields) => fields,
        };
        let read = fields.iter().filter_map(|(name, field)| {
            let behind = behind(paths, name)?;
            trail.push((*name).to_owned());
            let entered = self.view(field, &behind, trail, exact);
            trail.pop();
            Some(((*name).to_owned(), entered))
        });
        JValue::object(read.collect::<IndexMap<_, _>>())
    }

    fn value(
        &mut self,
        value: &Value,
        paths: &[&[String]],
        trail: &mut Vec<String>,
        exact: &mut Exact,
    ) -> JValue {
        match value {
            Value::Object(map) if paths.iter().all(|path| !path.is_empty()) => {
                let names: BTreeSet<&String> = paths.iter().filter_map(|path| path.first()).collect();
                let read = names.into_iter().filter_map(|name| {
                    let (field, behind) = (map.get(name)?, behind(paths, name)?);
                    trail.push(name.clone());
                    let entered = self.value(field, &behind, trail, exact);
                    trail.pop();
                    Some((name.clone(), entered))
                });
                JValue::object(read.collect::<IndexMap<_, _>>())
            }
            Value::Object(_) | Value::Array(_) => match self.0.get(trail.as_slice()) {
                Some(entered) => entered.clone(),
                None => {
                    let entered = exact.enter(value);
                    self.0.insert(trail.clone(), entered.clone());
                    entered
                }
            },
            scalar => exact.enter(scalar),
        }
    }
}

/// What is left of the paths behind a name, if one of them leads there. A path that ends before it reads it whole.
fn behind<'p>(paths: &[&'p [String]], name: &str) -> Option<Vec<&'p [String]>> {
    if paths.iter().any(|path| path.is_empty()) {
        return Some(vec![&[]]);
    }
    let behind: Vec<&[String]> = paths
        .iter()
        .filter_map(|path| path.split_first().filter(|(first, _)| *first == name).map(|(_, rest)| rest))
        .collect();
    (!behind.is_empty()).then_some(behind)
}
