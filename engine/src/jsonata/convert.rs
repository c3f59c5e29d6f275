//! Values in and out of the library.
//!
//! The library knows numbers as doubles only. AWS keeps an integer exact while it fits in 64 bits: `Exact` remembers
//! those that a double cannot hold, and what comes out as the same double is taken for the same integer. So an id of
//! nineteen digits goes through an expression unharmed; only what is computed with it is computed in doubles.

use indexmap::IndexMap;
use jsonata_core::value::{JValue, with_stack};
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// How deep a result may be nested. JSON text cannot be read deeper than this, so a deeper result would be lost.
const DEEPEST: usize = 120;

/// The most that one value may hold, in bytes: a number, true, false and null count as eight, a text as one for each
/// character. Source: measured on AWS, where `[1..873782]` is taken and `[1..873783]` is not.
pub(super) const MEMORY: usize = 873_782 * 8;

/// What a number or another small value counts.
pub(super) const SCALAR: usize = 8;

/// Above this, a double does not hold every integer: 2^53.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// Above this, AWS writes no integers: 2^63.
const LONG: f64 = 9_223_372_036_854_775_808.0;

/// Why a value cannot leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It holds more than `MEMORY`.
    Memory,
    /// It is nested too deep.
    Depth,
    /// It is, or has in it, a function.
    Function,
}

/// The integers that went in and that a double cannot hold, by that double. `None` where two went in as the same one.
#[derive(Default)]
pub(super) struct Exact(HashMap<u64, Option<i64>>);

impl Exact {
    pub(super) fn enter(&mut self, value: &Value) -> JValue {
        match value {
            Value::Null => JValue::Null,
            Value::Bool(flag) => JValue::Bool(*flag),
            Value::Number(number) => JValue::Number(self.number(number)),
            Value::String(text) => JValue::string(text.as_str()),
            Value::Array(items) => {
                with_stack(|| JValue::array(items.iter().map(|item| self.enter(item)).collect()))
            }
            Value::Object(map) => with_stack(|| {
                let entries = map.iter().map(|(key, value)| (key.clone(), self.enter(value)));
                JValue::object(entries.collect::<IndexMap<_, _>>())
            }),
        }
    }

    fn number(&mut self, number: &Number) -> f64 {
        let double = number.as_f64().unwrap_or(f64::NAN);
        if let Some(whole) = number.as_i64().filter(|_| double.abs() >= WHOLE) {
            self.0
                .entry(double.to_bits())
                .and_modify(|known| *known = known.filter(|known| *known == whole))
                .or_insert(Some(whole));
        }
        double
    }

    /// `None` is undefined.
    pub(super) fn leave(&self, value: &JValue) -> Result<Option<Value>, Unfit> {
        self.convert(value, 0, &mut 0)
    }

    fn convert(&self, value: &JValue, depth: usize, held: &mut usize) -> Result<Option<Value>, Unfit> {
        if depth > DEEPEST {
            return Err(Unfit::Depth);
        }
        *held += match value {
            JValue::String(text) => text.len(),
            _ => SCALAR,
        };
        if *held > MEMORY {
            return Err(Unfit::Memory);
        }
        Ok(Some(match value {
            JValue::Undefined => return Ok(None),
            JValue::Null => Value::Null,
            JValue::Bool(flag) => Value::Bool(*flag),
            JValue::Number(number) => self.json_number(*number),
            JValue::String(text) => Value::String(text.to_string()),
            JValue::Array(items) => {
                let items: Result<Vec<Value>, Unfit> =
                    items.iter().filter_map(|item| self.convert(item, depth + 1, held).transpose()).collect();
                Value::Array(items?)
            }
            JValue::Object(map) => {
                let mut object = Map::new();
                for (key, value) in map.iter() {
                    *held += key.len();
                    if let Some(value) = self.convert(value, depth + 1, held)? {
                        object.insert(key.clone(), value);
                    }
                }
                Value::Object(object)
            }
            JValue::Lambda(_) | JValue::Builtin { .. } | JValue::Regex { .. } => return Err(Unfit::Function),
        }))
    }

    /// Whole numbers have no point. What JSON has no number for is the text that JavaScript has for it.
    fn json_number(&self, number: f64) -> Value {
        if let Some(Some(whole)) = self.0.get(&number.to_bits()) {
            return Value::from(*whole);
        }
        if number.fract() == 0.0 && number.abs() < LONG {
            return Value::from(number as i64);
        }
        match Number::from_f64(number) {
            Some(number) => Value::Number(number),
            None if number.is_nan() => Value::from("NaN"),
            None if number > 0.0 => Value::from("Infinity"),
            None => Value::from("-Infinity"),
        }
    }
}

/// Whether a value holds no more than `limit` bytes. It looks no further than it must.
pub(super) fn holds_at_most(value: &JValue, limit: usize) -> bool {
    let mut held = 0;
    let mut to_do = vec![value];
    while let Some(value) = to_do.pop() {
        held += match value {
            JValue::String(text) => text.len(),
            JValue::Array(items) => {
                to_do.extend(items.iter());
                SCALAR
            }
            JValue::Object(map) => {
                to_do.extend(map.values());
                map.keys().map(String::len).sum::<usize>() + SCALAR
            }
            _ => SCALAR,
        };
        if held > limit {
            return false;
        }
    }
    true
}
