//! The functions that AWS adds to JSONata, those whose answer must come from the execution, and the one that AWS takes
//! away.
//!
//! Sources: Step Functions developer guide, "Transforming data with JSONata in Step Functions"; what was measured on
//! AWS and published: fractions are cut off, several arguments give nothing rather than fail, the words of the errors.

use super::chance::Chance;
use super::convert::{Exact, MEMORY, holds_at_most};
use super::guard::FURTHEST;
use super::needs::Needs;
use super::urls;
use crate::intrinsics::digest;
use crate::java;
use crate::json;
use jiff::Timestamp;
use jsonata_core::evaluator::{Evaluator, EvaluatorError};
use jsonata_core::value::JValue;
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;

/// The most that `$range` makes. Source: measured on AWS.
const LONGEST_RANGE: i128 = 360_145;

/// What the library is made to say when memory is up; `wording` makes AWS's words of it.
pub(super) const OUT_OF_MEMORY: &str = "D2015: out of memory";

type Result<T> = std::result::Result<T, EvaluatorError>;

/// Registers those that the expression names.
pub(super) fn register(
    evaluator: &mut Evaluator,
    needs: &Needs,
    now: Timestamp,
    chance: &Rc<RefCell<Chance>>,
    exact: &Rc<RefCell<Exact>>,
) {
    let millis = now.as_millisecond() as f64;
    let for_random = Rc::clone(chance);
    let for_uuid = Rc::clone(chance);
    let for_parse = Rc::clone(exact);
    let mut register = Registry { evaluator, needs };
    register.replacement("millis", move |_: &[JValue]| Ok(JValue::Number(millis)));
    register.replacement("now", move |args: &[JValue]| now_as(millis, args));
    register.replacement("eval", |_: &[JValue]| fail("T1006: Attempted to invoke a non-function"));
    register.replacement("random", move |args: &[JValue]| random(&mut for_random.borrow_mut(), args));
    register.addition("uuid", move |args: &[JValue]| uuid(&mut for_uuid.borrow_mut(), args));
    register.addition("parse", move |args: &[JValue]| parse(&mut for_parse.borrow_mut(), args));
    register.addition("hash", hash);
    register.replacement("encodeUrlComponent", |args: &[JValue]| {
        url("encodeUrlComponent", args, |text| Some(urls::encode_component(text)))
    });
    register.replacement("encodeUrl", |args: &[JValue]| {
        url("encodeUrl", args, |text| Some(urls::encode_url(text)))
    });
    register.replacement("decodeUrlComponent", |args: &[JValue]| {
        url("decodeUrlComponent", args, urls::decode_component)
    });
    register.replacement("decodeUrl", |args: &[JValue]| url("decodeUrl", args, urls::decode_url));
    register.addition("partition", partition);
    register.addition("range", range);
    register.addition(super::guard::HELD, held);
    register.addition(super::guard::WIDTH, width);
    register.addition(super::guard::PRODUCT, product);
    register.addition(super::guard::END, |args: &[JValue]| Ok(end(args)));
}

/// The functions of an evaluator that an expression names. A name that cannot be registered would be a change of the
/// library; the tests call every one of them.
struct Registry<'e> {
    evaluator: &'e mut Evaluator,
    needs: &'e Needs,
}

impl Registry<'_> {
    /// Adds a function that the library does not have.
    fn addition(&mut self, name: &str, function: impl Fn(&[JValue]) -> Result<JValue> + 'static) {
        if self.needs.has(name) {
            let _ = self.evaluator.register_fn(name, function);
        }
    }

    /// Puts a function in the place of one of the library's.
    fn replacement(&mut self, name: &str, function: impl Fn(&[JValue]) -> Result<JValue> + 'static) {
        if self.needs.has(name) {
            let _ = self.evaluator.register_fn_override(name, function);
        }
    }
}

fn fail<T>(message: &str) -> Result<T> {
    Err(EvaluatorError::EvaluationError(message.to_owned()))
}

fn mismatch<T>(function: &str, argument: usize) -> Result<T> {
    fail(&format!("T0410: Argument {argument} of function \"{function}\" does not match function signature"))
}

/// The arguments of a function that takes `N` at most; those that are missing are undefined.
fn arguments<'a, const N: usize>(function: &str, args: &'a [JValue]) -> Result<[&'a JValue; N]> {
    if args.len() > N {
        return mismatch(function, N + 1);
    }
    Ok(std::array::from_fn(|n| args.get(n).unwrap_or(&JValue::Undefined)))
}

/// A whole number; what stands after the point is cut off.
fn whole(value: &JValue, function: &str, argument: usize) -> Result<i64> {
    match value {
        // A number that is out of range becomes the nearest that is not.
        JValue::Number(number) => Ok(number.trunc() as i64),
        _ => mismatch(function, argument),
    }
}

/// `$now([picture [, timezone]])` is `$fromMillis` of the execution's clock.
fn now_as(millis: f64, args: &[JValue]) -> Result<JValue> {
    let mut context = jsonata_core::evaluator::Context::new();
    context.bind("millis".to_owned(), JValue::Number(millis));
    let call = match args {
        [] => "$fromMillis($millis)",
        [picture] => {
            context.bind("picture".to_owned(), picture.clone());
            "$fromMillis($millis, $picture)"
        }
        [picture, zone, ..] => {
            context.bind("picture".to_owned(), picture.clone());
            context.bind("zone".to_owned(), zone.clone());
            "$fromMillis($millis, $picture, $zone)"
        }
    };
    let ast = jsonata_core::parser::parse(call)
        .map_err(|error| EvaluatorError::EvaluationError(error.to_string()))?;
    Evaluator::with_context(context).evaluate(&ast, &JValue::Undefined)
}

/// `$random([seed])`: with a seed what `java.util.Random` gives for it.
fn random(chance: &mut Chance, args: &[JValue]) -> Result<JValue> {
    let [seed] = arguments("random", args)?;
    Ok(JValue::Number(match seed {
        JValue::Undefined => chance.fraction(),
        seed => java::Random::new(whole(seed, "random", 1)?).next_double(),
    }))
}

/// `$uuid()`: a UUID of version 4.
fn uuid(chance: &mut Chance, args: &[JValue]) -> Result<JValue> {
    arguments::<0>("uuid", args)?;
    Ok(JValue::string(chance.uuid()))
}

/// `$parse(text)`: JSON, without any of what a lenient reader lets through.
fn parse(exact: &mut Exact, args: &[JValue]) -> Result<JValue> {
    match arguments("parse", args)? {
        [JValue::Undefined] => Ok(JValue::Undefined),
        [JValue::String(text)] => match json::parse(text) {
            Ok((value, problems)) if problems.is_empty() => Ok(exact.enter(&value)),
            _ => fail("D3137: Invalid JSON"),
        },
        [_] => mismatch("parse", 1),
    }
}

/// `$hash(text, algorithm)`, in hexadecimal.
fn hash(args: &[JValue]) -> Result<JValue> {
    match arguments("hash", args)? {
        [JValue::String(_), JValue::Undefined] => Ok(JValue::Undefined),
        [JValue::String(text), JValue::String(algorithm)] => match digest(text, algorithm) {
            Some(digest) => Ok(JValue::string(digest)),
            None => fail(&format!(
                "D3137: Hash algorithm '{algorithm}' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"
            )),
        },
        [JValue::String(_), _] => mismatch("hash", 2),
        [_, _] => mismatch("hash", 1),
    }
}

/// `$partition(array, size)`: chunks of the array.
fn partition(args: &[JValue]) -> Result<JValue> {
    let [array, size] = arguments("partition", args)?;
    let items = match array {
        JValue::Undefined => return Ok(JValue::Undefined),
        JValue::Array(items) => items,
        _ => return fail("T0412: Argument 1 of function \"partition\" must be an array of undefined"),
    };
    if items.is_empty() {
        return Ok(JValue::Undefined);
    }
    if matches!(size, JValue::Undefined) {
        return Ok(JValue::array(vec![array.clone()]));
    }
    match whole(size, "partition", 2)? {
        0 => Ok(JValue::Undefined),
        size => match usize::try_from(size) {
            Ok(size) => {
                let chunks = items.chunks(size).map(|chunk| JValue::array(chunk.to_vec()));
                Ok(JValue::array(chunks.collect()))
            }
            Err(_) => fail("D3137: Second argument must be zero or greater"),
        },
    }
}

/// `$range(first, last, step)`: with both ends. One number is no array.
fn range(args: &[JValue]) -> Result<JValue> {
    let [first, last, step] = arguments("range", args)?;
    let (first, last) = (whole(first, "range", 1)?, whole(last, "range", 2)?);
    if matches!(step, JValue::Undefined) {
        return Ok(JValue::Undefined);
    }
    let step = whole(step, "range", 3)?;
    let distance = i128::from(last) - i128::from(first);
    if step == 0 || (step > 0 && distance < 0) || (step < 0 && distance > 0) {
        return Ok(JValue::Undefined);
    }
    let count = distance / i128::from(step) + 1;
    if count > LONGEST_RANGE {
        return fail(OUT_OF_MEMORY);
    }
    let numbers: Vec<JValue> =
        (0..count).map(|n| JValue::Number((i128::from(first) + n * i128::from(step)) as f64)).collect();
    Ok(match <[JValue; 1]>::try_from(numbers) {
        Ok([one]) => one,
        Err(numbers) => JValue::array(numbers),
    })
}

/// A function of one text.
fn url(function: &str, args: &[JValue], of: fn(&str) -> Option<String>) -> Result<JValue> {
    match arguments(function, args)? {
        [JValue::Undefined] => Ok(JValue::Undefined),
        [JValue::String(text)] => match of(text) {
            Some(text) => Ok(JValue::string(text)),
            None => fail(&format!("D3140: Malformed URL passed to ${function}(): {}", Value::from(&**text))),
        },
        [_] => mismatch(function, 1),
    }
}

/// The value, if it does not hold more than a value may.
fn held(args: &[JValue]) -> Result<JValue> {
    let value = args.first().unwrap_or(&JValue::Undefined);
    if holds_at_most(value, MEMORY) { Ok(value.clone()) } else { fail(OUT_OF_MEMORY) }
}

/// The width that a text is to be padded to, if such a text may be.
fn width(args: &[JValue]) -> Result<JValue> {
    match args.first() {
        Some(JValue::Number(width)) if width.abs() > MEMORY as f64 => fail(OUT_OF_MEMORY),
        other => Ok(other.cloned().unwrap_or(JValue::Undefined)),
    }
}

/// What a range begins or ends with, no further from zero than can be counted.
fn end(args: &[JValue]) -> JValue {
    match args.first() {
        Some(JValue::Number(number)) if number.abs() > FURTHEST => JValue::Number(FURTHEST.copysign(*number)),
        other => other.cloned().unwrap_or(JValue::Undefined),
    }
}

/// The text in which something is to be replaced, if what comes of it may be.
fn product(args: &[JValue]) -> Result<JValue> {
    let fits = match args {
        [JValue::String(text), JValue::String(pattern), JValue::String(replacement)]
            if !pattern.is_empty() =>
        {
            text.matches(&**pattern).count().saturating_mul(replacement.len()) <= MEMORY
        }
        // How often a regular expression matches is not known beforehand; what comes of it is looked at afterwards.
        [JValue::String(text), _, JValue::String(replacement)] => {
            text.len().saturating_mul(replacement.len()) <= MEMORY * 64
        }
        _ => true,
    };
    if fits { Ok(args.first().cloned().unwrap_or(JValue::Undefined)) } else { fail(OUT_OF_MEMORY) }
}
