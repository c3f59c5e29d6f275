//! Values in and out of the library.

use jsonata_core::value::{JValue, with_stack};
use serde_json::{Map, Number, Value};

/// How deep a result may be nested. JSON text cannot be read deeper than this, so a deeper result would be lost.
const DEPTH: usize = 120;

/// The greatest whole number that a double holds exactly, 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The library's own conversion takes a value apart, and is compiled with the library: it takes a third of the time that
/// one from here takes where the engine is not optimised.
pub(super) fn to_jsonata(value: Value) -> JValue {
    with_stack(|| JValue::from(value))
}

/// `None` is undefined. A function, or a number that JSON does not have, is an error.
pub(super) fn from_jsonata(value: &JValue) -> Result<Option<Value>, String> {
    convert(value, 0)
}

fn convert(value: &JValue, depth: usize) -> Result<Option<Value>, String> {
    if depth > DEPTH {
        return Err(format!("the result is nested more than {DEPTH} levels deep"));
    }
    Ok(Some(match value {
        JValue::Undefined => return Ok(None),
        JValue::Null => Value::Null,
        JValue::Bool(flag) => Value::Bool(*flag),
        JValue::Number(number) => self::number(*number)?,
        JValue::String(text) => Value::String(text.to_string()),
        JValue::Array(items) => {
            let items: Result<Vec<Value>, String> =
                items.iter().filter_map(|item| convert(item, depth + 1).transpose()).collect();
            Value::Array(items?)
        }
        JValue::Object(map) => {
            let mut object = Map::new();
            for (key, value) in map.iter() {
                if let Some(value) = convert(value, depth + 1)? {
                    object.insert(key.clone(), value);
                }
            }
            Value::Object(object)
        }
        JValue::Lambda(_) | JValue::Builtin { .. } | JValue::Regex { .. } => {
            return Err("the result is a function, which is not JSON".to_owned());
        }
    }))
}

fn number(number: f64) -> Result<Value, String> {
    if number.fract() == 0.0 && number.abs() <= EXACT {
        return Ok(Value::from(number as i64));
    }
    Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| "the result is a number that JSON does not have".to_owned())
}
