//! Reads a policy document as strictly as IAM does, and says what is wrong with one that is not.

use super::document::{Condition, Effect, Item, Kind, Patterns, Principal, Principals, Statement};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text is not a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {place}: {what}; {remedy}", place = if pointer.is_empty() { "the top" } else { pointer })]
pub struct Malformed {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is there.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

type Read<T> = Result<T, Malformed>;

/// The longest piece of a document that an error repeats.
const REPEATED: usize = 60;

fn malformed<T>(pointer: &str, what: String, remedy: &str) -> Read<T> {
    Err(Malformed { pointer: pointer.to_owned(), what, remedy: remedy.to_owned() })
}

/// Reads JSON in which no member stands twice: of two, a reader takes one, and which one is a matter of luck.
pub(super) fn json(text: &str) -> Read<Value> {
    let mut source = serde_json::Deserializer::from_str(text);
    Strict.deserialize(&mut source).and_then(|value| source.end().map(|()| value)).or_else(|error| {
        malformed("", format!("this is not JSON ({error})"), "give the policy document as JSON, URL-decoded")
    })
}

pub(super) fn document(value: Value) -> Read<Map<String, Value>> {
    let raw = object("", value, "a policy document is an object with Version and Statement")?;
    for (name, value) in &raw {
        let pointer = format!("/{}", escaped(name));
        match name.as_str() {
            "Version" => match string(&pointer, value)? {
                "2012-10-17" | "2008-10-17" => {}
                other => {
                    return malformed(
                        &pointer,
                        format!("the version is {}", quoted(other)),
                        "use 2012-10-17",
                    );
                }
            },
            "Id" => string(&pointer, value).map(drop)?,
            "Statement" => {}
            _ => {
                return unknown(
                    &pointer,
                    name,
                    "a policy document has Version, Id and Statement, in this case",
                );
            }
        }
    }
    Ok(raw)
}

/// Without this version, `${` begins no variable.
const WITH_VARIABLES: &str = "2012-10-17";

pub(super) fn statements(raw: &Map<String, Value>) -> Read<Vec<Statement>> {
    let mut statements = as_written(raw)?;
    if raw.get("Version").and_then(Value::as_str) != Some(WITH_VARIABLES) {
        let literal = |text: &mut String| *text = text.replace("${", "${$}{");
        for statement in &mut statements {
            let resources = statement.resources.iter_mut().flat_map(|resources| &mut resources.list);
            resources.for_each(|item| literal(&mut item.text));
            statement.conditions.iter_mut().flat_map(|test| &mut test.values).for_each(literal);
        }
    }
    Ok(statements)
}

fn as_written(raw: &Map<String, Value>) -> Read<Vec<Statement>> {
    match raw.get("Statement") {
        None => malformed("", "there is no Statement".to_owned(), "add the list of statements"),
        Some(Value::Array(list)) if list.is_empty() => {
            malformed("/Statement", "the list is empty".to_owned(), "IAM wants at least one statement")
        }
        Some(Value::Array(list)) => list
            .iter()
            .enumerate()
            .map(|(index, value)| statement(format!("/Statement/{index}"), value.clone()))
            .collect(),
        Some(value) => Ok(vec![statement("/Statement".to_owned(), value.clone())?]),
    }
}

fn statement(pointer: String, value: Value) -> Read<Statement> {
    let raw = object(&pointer, value, "a statement is an object with Effect, Action and Resource")?;
    let mut sid = None;
    let mut effect = None;
    let mut principals = None;
    let mut actions = None;
    let mut resources = None;
    let mut tests = Vec::new();
    for (name, value) in &raw {
        let at = format!("{pointer}/{}", escaped(name));
        let negated = name.starts_with("Not");
        let twice = match name.as_str() {
            "Sid" => sid.replace(string(&at, value)?.to_owned()).is_some(),
            "Effect" => effect.replace(effect_of(&at, value)?).is_some(),
            "Principal" | "NotPrincipal" => {
                principals.replace(Principals { negated, list: principal_list(&at, value)? }).is_some()
            }
            "Action" | "NotAction" => {
                actions.replace(Patterns { negated, list: items(&at, value)? }).is_some()
            }
            "Resource" | "NotResource" => {
                resources.replace(Patterns { negated, list: items(&at, value)? }).is_some()
            }
            "Condition" => {
                tests = conditions(&at, value)?;
                false
            }
            _ => {
                let remedy = "a statement has Sid, Effect, Principal, Action, Resource, Condition and their Not-forms, in this case";
                return unknown(&at, name, remedy);
            }
        };
        if twice {
            let plain = name.trim_start_matches("Not");
            let what = format!("there are both {plain} and Not{plain}");
            return malformed(&pointer, what, "keep one of them");
        }
    }
    let Some(effect) = effect else {
        return malformed(&pointer, "there is no Effect".to_owned(), "say Allow or Deny");
    };
    let Some(actions) = actions else {
        return malformed(&pointer, "there is neither Action nor NotAction".to_owned(), "say which actions");
    };
    Ok(Statement { sid, effect, principals, actions, resources, conditions: tests, pointer, raw })
}

fn effect_of(pointer: &str, value: &Value) -> Read<Effect> {
    match value.as_str() {
        Some("Allow") => Ok(Effect::Allow),
        Some("Deny") => Ok(Effect::Deny),
        _ => malformed(pointer, format!("the effect is {}", shown(value)), "say Allow or Deny, in this case"),
    }
}

fn principal_list(pointer: &str, value: &Value) -> Read<Vec<Principal>> {
    let Value::Object(kinds) = value else {
        let text = string(pointer, value)?;
        if text != "*" {
            let what = format!("the principal is {}", quoted(text));
            return malformed(pointer, what, "say *, or an object such as {\"AWS\": ARN}");
        }
        let who = Item { text: text.to_owned(), pointer: pointer.to_owned() };
        return Ok(vec![Principal { kind: Kind::Anyone, who }]);
    };
    let mut list = Vec::new();
    for (name, value) in kinds {
        let at = format!("{pointer}/{}", escaped(name));
        let kind = match name.as_str() {
            "AWS" => Kind::Aws,
            "Service" => Kind::Service,
            "Federated" => Kind::Federated,
            "CanonicalUser" => Kind::CanonicalUser,
            _ => return unknown(&at, name, "a principal is AWS, Service, Federated or CanonicalUser"),
        };
        list.extend(items(&at, value)?.into_iter().map(|who| Principal { kind, who }));
    }
    Ok(list)
}

fn conditions(pointer: &str, value: &Value) -> Read<Vec<Condition>> {
    let mut tests = Vec::new();
    let operators = "a condition is an object of operators, each an object of keys";
    for (operator, keys) in object(pointer, value.clone(), operators)? {
        let at = format!("{pointer}/{}", escaped(&operator));
        for (key, values) in object(&at, keys, operators)? {
            let at = format!("{at}/{}", escaped(&key));
            let values = match &values {
                Value::Array(values) => values
                    .iter()
                    .enumerate()
                    .map(|(index, value)| scalar(&format!("{at}/{index}"), value))
                    .collect::<Read<_>>()?,
                value => vec![scalar(&at, value)?],
            };
            tests.push(Condition { operator: operator.clone(), key, values });
        }
    }
    Ok(tests)
}

fn scalar(pointer: &str, value: &Value) -> Read<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => malformed(
            pointer,
            format!("the value is {}", shown(value)),
            "use a string, a number or a boolean",
        ),
    }
}

fn items(pointer: &str, value: &Value) -> Read<Vec<Item>> {
    let item = |pointer: String, value: &Value| {
        string(&pointer, value).map(str::to_owned).map(|text| Item { text, pointer })
    };
    match value {
        Value::Array(list) => {
            list.iter().enumerate().map(|(index, value)| item(format!("{pointer}/{index}"), value)).collect()
        }
        value => Ok(vec![item(pointer.to_owned(), value)?]),
    }
}

fn string<'a>(pointer: &str, value: &'a Value) -> Read<&'a str> {
    match value.as_str() {
        Some(text) => Ok(text),
        None => malformed(pointer, format!("there is {}", shown(value)), "use a string"),
    }
}

fn object(pointer: &str, value: Value, remedy: &str) -> Read<Map<String, Value>> {
    match value {
        Value::Object(object) => Ok(object),
        other => malformed(pointer, format!("there is {}", shown(&other)), remedy),
    }
}

fn unknown<T>(pointer: &str, name: &str, remedy: &str) -> Read<T> {
    malformed(pointer, format!("{} is unknown", quoted(name)), remedy)
}

/// The kind of a value, with the value where it is short enough.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A string of the document in quotes, its control and bidirectional characters escaped, not too long.
fn quoted(text: &str) -> String {
    let short: String = text.chars().take(REPEATED).collect();
    if short.len() < text.len() { format!("{short:?} and so on") } else { format!("{short:?}") }
}

/// A name as part of a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    let short: String = name.chars().take(REPEATED).flat_map(char::escape_debug).collect();
    short.replace('~', "~0").replace('/', "~1")
}

/// Reads a `Value`, but refuses a member that stands twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = source.next_element_seed(Self)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = source.next_key::<String>()? {
            let value = source.next_value_seed(Self)?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("{} stands twice", quoted(&name))));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    /// The cases are those of the engine, which reports a member that occurs twice in a definition.
    #[test]
    fn json_with_a_member_that_occurs_twice_is_refused() {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/cases/duplicate-keys.json")).unwrap();
        let cases = file["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let read = super::json(case["json"].as_str().unwrap());
            assert_eq!(read.is_err(), case["twice"] != serde_json::json!([]), "{}", case["json"]);
            assert!(read.err().is_none_or(|error| error.to_string().contains("twice")), "{}", case["json"]);
        }
    }
}
