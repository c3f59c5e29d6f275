//! What can be said of the parameters of a call before it is made: names that the operation does not take, and those
//! that it needs and does not get. What a value is, is known at the call.
//!
//! Source: what AWS was seen to answer to CreateStateMachine and published. `The field "static" is not supported by Step
//! Functions at /States/.../Parameters` is said of a name at any depth; the name of a field that a path fills
//! (`"Token.$"`) is looked at at the call only.

use super::model::{Kind, Member, Model, Operation, Shape};
use super::names::Casing;
use crate::json::escape;
use serde_json::{Map, Value};

/// What is wrong with a parameter.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where, as a JSON pointer from the parameters.
    pub(crate) pointer: String,
    pub(crate) kind: FaultKind,
}

/// What is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The operation has no such parameter; a name that it has is like it.
    Unknown { name: String, similar: Option<String> },
    /// The operation has no such parameter, and AWS finds out at the call.
    UnknownAtCall(String),
    /// It is needed.
    Missing(String),
}

/// How deep parameters are followed: shapes may hold themselves.
const MOST_LEVELS: usize = 50;

/// What optimized integrations take besides the parameters of the API.
const ADDED: &[(&str, &[&str])] = &[("InvokeModel", &["Input", "Output"])];

/// What the API needs and optimized integrations do not, since it can come from elsewhere.
const OPTIONAL: &[(&str, &[&str])] = &[("InvokeModel", &["body", "Body"])];

/// Looks at parameters as a definition writes them. With `paths` a name that ends with `.$` stands for one without.
pub(crate) fn check(operation: &Operation, casing: Casing, parameters: &Value, paths: bool) -> Vec<Fault> {
    let Some(shape) = operation.input() else { return Vec::new() };
    let mut checker =
        Checker { model: operation.model(), operation: operation.name(), casing, paths, faults: Vec::new() };
    if let Some(map) = parameters.as_object() {
        checker.structure(shape, map, "", 0);
    }
    checker.faults
}

struct Checker<'m> {
    model: &'m Model,
    operation: &'m str,
    casing: Casing,
    paths: bool,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn structure(&mut self, shape: &Shape, map: &Map<String, Value>, pointer: &str, level: usize) {
        if shape.document == 1 || level > MOST_LEVELS {
            return;
        }
        let mut given = Vec::new();
        for (key, value) in map {
            let at = format!("{pointer}/{}", escape(key));
            let (name, by_path) = match key.strip_suffix(".$").filter(|_| self.paths) {
                Some(name) => (name, true),
                None => (key.as_str(), false),
            };
            match self.casing.find(shape, name) {
                Some((member, of)) => {
                    given.push(member);
                    if !by_path {
                        self.value(of, value, &at, level);
                    }
                }
                None if level == 0 && listed(ADDED, self.operation, name) => {}
                None if by_path => self.fault(at, FaultKind::UnknownAtCall(key.clone())),
                None => {
                    let similar = self.similar(shape, name);
                    self.fault(at, FaultKind::Unknown { name: key.clone(), similar });
                }
            }
        }
        for required in &shape.required {
            let makes_itself = shape.members.get(required).is_some_and(|it| it.idempotency_token == 1);
            let optional = level == 0 && listed(OPTIONAL, self.operation, required);
            if !makes_itself && !optional && !given.contains(&required.as_str()) {
                self.fault(pointer.to_owned(), FaultKind::Missing(self.casing.of(required)));
            }
        }
    }

    fn value(&mut self, member: &Member, value: &Value, pointer: &str, level: usize) {
        let shape = self.model.shape(member);
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(map)) => self.structure(shape, map, pointer, level + 1),
            (Kind::List, Value::Array(items)) if level < MOST_LEVELS => {
                for (n, item) in items.iter().enumerate() {
                    self.value(shape.value(), item, &format!("{pointer}/{n}"), level + 1);
                }
            }
            (Kind::Map, Value::Object(map)) if level < MOST_LEVELS => {
                for (key, value) in map {
                    self.value(shape.value(), value, &format!("{pointer}/{}", escape(key)), level + 1);
                }
            }
            // What a value is, is known at the call: it can be an expression.
            _ => {}
        }
    }

    fn fault(&mut self, pointer: String, kind: FaultKind) {
        self.faults.push(Fault { pointer, kind });
    }

    /// The name that is spelt the same but for capitals, hyphens and underlines.
    fn similar(&self, shape: &Shape, name: &str) -> Option<String> {
        let plain = |name: &str| name.replace(['-', '_'], "").to_lowercase();
        let wanted = plain(name);
        shape.members.keys().map(|member| self.casing.of(member)).find(|member| plain(member) == wanted)
    }
}

fn listed(list: &[(&str, &[&str])], operation: &str, name: &str) -> bool {
    list.iter().any(|(of, names)| *of == operation && names.contains(&name))
}
