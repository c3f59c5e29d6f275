//! The parameters of a call as data of the operation's shapes, and the body that the JSON protocols make of them.

use super::model::{Kind, Member, Model, Shape};
use super::names::Casing;
use super::time::{self, Format};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Number, Value};

/// How deep parameters may lie in each other: shapes may hold themselves.
const MOST_LEVELS: usize = 100;

/// A value of a shape. What was null is not there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    /// Members by their names in the model.
    Structure(Vec<(String, Data)>),
    List(Vec<Data>),
    Map(Vec<(String, Data)>),
    Text(String),
    Blob(Vec<u8>),
    Boolean(bool),
    Number(Number),
    Time(Timestamp),
    /// Any JSON, where the shape allows that.
    Document(Value),
}

impl Data {
    /// A member of a structure.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Structure(members) => members.iter().find(|(member, _)| member == name).map(|(_, it)| it),
            _ => None,
        }
    }

    /// A value without parts as text, as it stands in headers, addresses, forms and XML.
    pub(super) fn text(&self, format: Format) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Blob(bytes) => STANDARD.encode(bytes),
            Self::Boolean(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Time(at) => format.write(*at),
            Self::Document(value) => value.to_string(),
            Self::Structure(_) | Self::List(_) | Self::Map(_) => String::new(),
        }
    }
}

/// Reads parameters. Whatever is wrong with them is said in Step Functions' words, all of it.
pub(super) fn read(model: &Model, shape: &Shape, value: &Value, casing: Casing) -> Result<Data, Vec<String>> {
    let mut reader = Reader { model, casing, faults: Vec::new() };
    let data = reader.structure(shape, value, "Parameters", 0);
    if reader.faults.is_empty() { Ok(data) } else { Err(reader.faults) }
}

struct Reader<'m> {
    model: &'m Model,
    casing: Casing,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn structure(&mut self, shape: &Shape, value: &Value, name: &str, level: usize) -> Data {
        let empty = Map::new();
        let map = value.as_object().unwrap_or_else(|| {
            self.faults.push(format!("The field '{name}' must be an object"));
            &empty
        });
        if shape.document == 1 {
            return Data::Document(value.clone());
        }
        let (mut members, mut given) = (Vec::new(), Vec::new());
        for (key, value) in map {
            match self.casing.find(shape, key) {
                Some((member, of)) => {
                    given.push(member);
                    if let Some(data) = self.value(of, value, key, level) {
                        members.push((member.to_owned(), data));
                    }
                }
                None => self.faults.push(format!("The field \"{key}\" is not supported by Step Functions")),
            }
        }
        for required in &shape.required {
            let makes_itself = shape.members.get(required).is_some_and(|it| it.idempotency_token == 1);
            let is_there = given.contains(&required.as_str()) && !is_null(map, &self.casing.of(required));
            if !makes_itself && !is_there {
                let name = self.casing.of(required);
                self.faults.push(format!("The field '{name}' is required but was missing"));
            }
        }
        Data::Structure(members)
    }

    fn value(&mut self, member: &Member, value: &Value, name: &str, level: usize) -> Option<Data> {
        let shape = self.model.shape(member);
        if value.is_null() {
            return None;
        }
        if level > MOST_LEVELS {
            self.faults.push(format!("The field '{name}' is too deep"));
            return None;
        }
        let wrong = |expected: &str| format!("The field '{name}' must be {expected}");
        let data = match shape.kind {
            Kind::Structure => Ok(self.structure(shape, value, name, level + 1)),
            Kind::List => match value.as_array() {
                Some(items) => {
                    let items = items.iter();
                    Ok(Data::List(
                        items.filter_map(|it| self.value(shape.value(), it, name, level + 1)).collect(),
                    ))
                }
                None => Err(wrong("an array")),
            },
            Kind::Map => match value.as_object() {
                Some(map) => {
                    let entries = map.iter().filter_map(|(key, it)| {
                        Some((key.clone(), self.value(shape.value(), it, key, level + 1)?))
                    });
                    Ok(Data::Map(entries.collect()))
                }
                None => Err(wrong("an object")),
            },
            Kind::String | Kind::Character => Ok(Data::Text(as_text(value))),
            Kind::Blob => Ok(Data::Blob(as_text(value).into_bytes())),
            Kind::Boolean => match as_text(value).as_str() {
                "true" => Ok(Data::Boolean(true)),
                "false" => Ok(Data::Boolean(false)),
                _ => Err(wrong("a boolean")),
            },
            Kind::Timestamp => time::read(value).map(Data::Time).ok_or_else(|| wrong("a timestamp")),
            _ => as_text(value).parse().map(Data::Number).map_err(|_| wrong("a number")),
        };
        data.map_err(|fault| self.faults.push(fault)).ok()
    }
}

fn is_null(map: &Map<String, Value>, name: &str) -> bool {
    map.get(name).is_some_and(Value::is_null)
}

/// What is no string becomes the JSON of it, where a string is wanted.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The JSON of data, as the protocols `json` and `rest-json` have it.
pub(super) fn json(model: &Model, member: &Member, data: &Data) -> Value {
    let shape = model.shape(member);
    match data {
        Data::Structure(members) => Value::Object(structure(model, shape, members)),
        Data::List(items) => items.iter().map(|item| json(model, shape.value(), item)).collect(),
        Data::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), json(model, shape.value(), value)));
            Value::Object(entries.collect())
        }
        Data::Text(text) => Value::from(text.as_str()),
        Data::Blob(_) => Value::from(data.text(Format::Iso)),
        Data::Boolean(flag) => Value::from(*flag),
        Data::Number(number) => Value::Number(number.clone()),
        Data::Time(at) => match Format::of(member, shape, Format::Unix) {
            Format::Unix => serde_json::from_str(&Format::Unix.write(*at)).unwrap_or_default(),
            format => Value::from(format.write(*at)),
        },
        Data::Document(value) => value.clone(),
    }
}

/// The JSON of those members of a structure that are in the body.
pub(super) fn structure(model: &Model, shape: &Shape, members: &[(String, Data)]) -> Map<String, Value> {
    let in_body = members.iter().filter_map(|(name, data)| {
        let member = shape.members.get(name).filter(|member| member.location.is_none())?;
        Some((member.wire.as_deref().unwrap_or(name).to_owned(), json(model, member, data)))
    });
    in_body.collect()
}
