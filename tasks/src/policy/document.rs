//! What an IAM policy document says, and how something is taken out of it.

use super::reading::{self, Malformed};
use serde_json::{Map, Value};

/// An IAM policy document. It keeps what it was read from, so that what nobody touched is written back as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    raw: Map<String, Value>,
    statements: Vec<Statement>,
}

/// A statement of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What its author called it.
    pub sid: Option<String>,
    /// Allow or deny.
    pub effect: Effect,
    /// Whom it is about. Only in trust policies and those of resources.
    pub principals: Option<Principals>,
    /// What may be done, or not.
    pub actions: Patterns,
    /// On what. Not in trust policies.
    pub resources: Option<Patterns>,
    /// When: all of these must hold.
    pub conditions: Vec<Condition>,
    /// Where it stands in the document, as a JSON pointer.
    pub pointer: String,
    pub(super) raw: Map<String, Value>,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// A list of patterns, or everything but these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns {
    /// Whether it is `NotAction` or `NotResource`.
    pub negated: bool,
    /// The patterns.
    pub list: Vec<Item>,
}

/// A string of a document, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The string.
    pub text: String,
    /// Its place in the document, as a JSON pointer.
    pub pointer: String,
}

/// Whom a statement is about, or everybody but these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principals {
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// Who.
    pub list: Vec<Principal>,
}

/// One of those whom a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What kind.
    pub kind: Kind,
    /// Who: an ARN, an account, a service, an identity provider, or `*`.
    pub who: Item,
}

/// The kinds of principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `"Principal": "*"`.
    Anyone,
    /// Accounts, roles and users, and `*` again.
    Aws,
    /// A service of AWS.
    Service,
    /// An identity provider.
    Federated,
    /// An account by its canonical id.
    CanonicalUser,
}

/// A test of a condition: the operator, the key, and the values, one of which must fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Such as `StringEqualsIfExists`.
    pub operator: String,
    /// Such as `aws:SourceIp`.
    pub key: String,
    /// The values. Numbers and booleans are written as strings, as IAM takes them.
    pub values: Vec<String>,
}

/// A change of a statement, by the pointers of its items. It can only take away.
#[derive(Debug, Clone, Default)]
pub(super) struct Cut {
    /// Actions or principals to be struck out.
    pub struck: Vec<String>,
    /// Actions that an allowing `NotAction` is to name as well.
    pub excepted: Vec<String>,
    /// The whole statement goes.
    pub whole: bool,
}

impl Cut {
    /// Has an allowing `NotAction` name an action as well.
    pub(super) fn except(&mut self, action: &str) {
        if !self.excepted.iter().any(|known| known == action) {
            self.excepted.push(action.to_owned());
        }
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// Where it is not a policy that IAM would take: what, where, and what to do.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Self::from_value(reading::json(text)?)
    }

    /// Reads a document that is JSON already.
    ///
    /// # Errors
    /// Where it is not a policy that IAM would take: what, where, and what to do.
    pub fn from_value(value: Value) -> Result<Self, Malformed> {
        let raw = reading::document(value)?;
        let statements = reading::statements(&raw)?;
        Ok(Self { raw, statements })
    }

    /// The statements, in the order of the document.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The document as JSON: what was read, where nothing was changed.
    pub fn to_value(&self) -> Value {
        Value::Object(self.raw.clone())
    }

    /// The document, printed for people: two spaces, one string a line.
    pub fn pretty(&self) -> String {
        // The alternate form of a `Value` is its pretty JSON, and cannot fail.
        format!("{:#}", self.to_value())
    }

    /// The document without what is cut, or nothing where no statement is left.
    pub(super) fn cut(&self, cuts: &std::collections::BTreeMap<usize, Cut>) -> Option<Self> {
        let kept: Vec<Value> = self
            .statements
            .iter()
            .enumerate()
            .filter_map(|(index, statement)| match cuts.get(&index) {
                Some(cut) => statement.cut(cut),
                None => Some(statement.raw.clone()),
            })
            .map(Value::Object)
            .collect();
        if kept.is_empty() {
            return None;
        }
        let mut raw = self.raw.clone();
        if let Some(statement) = raw.get_mut("Statement") {
            *statement = match statement {
                Value::Array(_) => Value::Array(kept),
                _ => kept.into_iter().next()?,
            };
        }
        let statements = reading::statements(&raw).ok()?;
        Some(Self { raw, statements })
    }
}

impl Document {
    /// The document with one statement changed.
    pub(super) fn less(&self, index: usize, change: impl FnOnce(&mut Map<String, Value>)) -> Option<Self> {
        let mut raw = self.raw.clone();
        let statement = match raw.get_mut("Statement")? {
            Value::Array(list) => list.get_mut(index)?.as_object_mut()?,
            one => one.as_object_mut().filter(|_| index == 0)?,
        };
        change(statement);
        let statements = reading::statements(&raw).ok()?;
        Some(Self { raw, statements })
    }
}

impl Statement {
    /// The statement as JSON: what was read.
    pub fn to_value(&self) -> Value {
        Value::Object(self.raw.clone())
    }

    /// The statement without what is cut, or nothing where no action or no principal is left.
    fn cut(&self, cut: &Cut) -> Option<Map<String, Value>> {
        let mut raw = self.raw.clone();
        if cut.whole || !strike(&mut raw, &self.pointer, "Action", &cut.struck) {
            return None;
        }
        if raw.contains_key("Principal") {
            if !strike(&mut raw, &self.pointer, "Principal", &cut.struck) {
                return None;
            }
            let place = format!("{}/Principal", self.pointer);
            if let Some(Value::Object(kinds)) = raw.get_mut("Principal") {
                let names: Vec<String> = kinds.keys().cloned().collect();
                for kind in names {
                    if !strike(kinds, &place, &kind, &cut.struck) {
                        kinds.shift_remove(&kind);
                    }
                }
                if kinds.is_empty() {
                    return None;
                }
            }
        }
        if let (false, Some(list)) = (cut.excepted.is_empty(), raw.get_mut("NotAction")) {
            let mut names = match list.take() {
                Value::Array(names) => names,
                one => vec![one],
            };
            names.extend(cut.excepted.iter().cloned().map(Value::String));
            *list = Value::Array(names);
        }
        Some(raw)
    }
}

/// Strikes out of a member, a string or a list of them, what stands at these pointers. False where all is gone.
fn strike(object: &mut Map<String, Value>, place: &str, member: &str, struck: &[String]) -> bool {
    let place = format!("{place}/{member}");
    match object.get_mut(member) {
        Some(Value::String(_)) => !struck.contains(&place),
        Some(Value::Array(list)) if !list.is_empty() => {
            let mut index = 0..;
            list.retain(|_| {
                index.next().is_some_and(|index: usize| !struck.contains(&format!("{place}/{index}")))
            });
            !list.is_empty()
        }
        _ => true,
    }
}
