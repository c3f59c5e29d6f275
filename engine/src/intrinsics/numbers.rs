//! Numbers, and chance. `None` says that an argument is not what the function takes.

use super::Random;
use crate::java;
use serde_json::Value;

/// A whole number of 32 bits: what stands after the point is cut off.
pub(super) fn whole(value: &Value) -> Option<i64> {
    within(value, f64::trunc)
}

/// The nearest whole number of 32 bits; halves go up.
fn nearest(value: &Value) -> Option<i64> {
    within(value, |number| (number + 0.5).floor())
}

fn within(value: &Value, cut: fn(f64) -> f64) -> Option<i64> {
    let number = value.as_number()?;
    let number = match number.as_i64() {
        Some(whole) => whole,
        // What is out of range does not come back into it.
        None => cut(number.as_f64()?) as i64,
    };
    i32::try_from(number).ok().map(i64::from)
}

pub(super) fn add(left: &Value, right: &Value) -> Option<Value> {
    let sum = nearest(left)? + nearest(right)?;
    i32::try_from(sum).ok().map(Value::from)
}

/// A number of at least `first` and below `end`.
pub(super) fn random(first: &Value, end: &Value, random: &mut dyn Random) -> Option<Value> {
    let (first, width) = interval(first, end)?;
    let mut eight = [0; 8];
    eight.iter_mut().zip(random.bytes()).for_each(|(to, from)| *to = from);
    // A width below 2^32 out of 64 bits: no number is noticeably likelier than another.
    let drawn = i64::try_from(u64::from_be_bytes(eight) % u64::try_from(width).ok()?).ok()?;
    Some(Value::from(first + drawn))
}

/// The same for the same seed. How AWS makes a number of a seed is not known; this is what `java.util.Random` draws.
pub(super) fn seeded(first: &Value, end: &Value, seed: &Value) -> Option<Value> {
    let (first, width) = interval(first, end)?;
    let mut random = java::Random::new(whole(seed)?);
    let drawn = match i32::try_from(width) {
        Ok(width) => i64::from(random.next_int(width)),
        Err(_) => (random.next_double() * width as f64) as i64,
    };
    Some(Value::from(first + drawn))
}

/// The first number, and how many there are.
fn interval(first: &Value, end: &Value) -> Option<(i64, i64)> {
    let (first, end) = (whole(first)?, whole(end)?);
    (first < end).then_some((first, end - first))
}

/// A UUID of version 4.
pub(super) fn uuid(random: &mut dyn Random) -> Value {
    let mut sixteen = [0; 16];
    sixteen.iter_mut().zip(random.bytes()).for_each(|(to, from)| *to = from);
    Value::from(uuid::Builder::from_random_bytes(sixteen).into_uuid().to_string())
}
