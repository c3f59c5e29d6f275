//! JSON with its faults: serde_json keeps the last of two equal keys in silence, and a state machine with two states of
//! one name must not lose one of them.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// A key that occurs twice in its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Twice {
    /// The JSON pointer of its object.
    pub(crate) object: String,
    pub(crate) key: String,
}

impl Twice {
    /// The JSON pointer of the key.
    pub(crate) fn pointer(&self) -> String {
        format!("{}/{}", self.object, escape(&self.key))
    }
}

/// Parses JSON, and returns every key that occurs twice in its object. The value has the last of them.
pub(crate) fn parse(text: &str) -> Result<(Value, Vec<Twice>), serde_json::Error> {
    let twice = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Reader { twice: &twice, pointer: String::new() }.deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, twice.into_inner()))
}

/// A key as one step of a JSON pointer (RFC 6901).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

struct Reader<'a> {
    twice: &'a RefCell<Vec<Twice>>,
    pointer: String,
}

impl Reader<'_> {
    fn child(&self, key: &str) -> Self {
        Reader { twice: self.twice, pointer: format!("{}/{}", self.pointer, escape(key)) }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
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

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.child(&array.len().to_string()))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let child = self.child(&key);
            let value = entries.next_value_seed(child)?;
            if object.insert(key.clone(), value).is_some() {
                self.twice.borrow_mut().push(Twice { object: self.pointer.clone(), key });
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    /// The cases are those of the tasks, which refuse a policy document in which a member occurs twice.
    #[test]
    fn every_member_that_occurs_twice_is_reported() {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/cases/duplicate-keys.json")).unwrap();
        let cases = file["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let (_, twice) = super::parse(case["json"].as_str().unwrap()).unwrap();
            let twice: Vec<String> = twice.iter().map(super::Twice::pointer).collect();
            assert_eq!(serde_json::json!(twice), case["twice"], "{}", case["json"]);
        }
    }
}
