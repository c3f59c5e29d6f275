//! The functions that AWS adds to JSONata, and those that it takes away.
//!
//! Source: Step Functions developer guide, "Transforming data with JSONata in Step Functions".

use super::convert::{from_jsonata, to_jsonata};
use jiff::Timestamp;
use jsonata_core::evaluator::{Evaluator, EvaluatorError};
use jsonata_core::value::JValue;
use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::cell::RefCell;
use std::rc::Rc;

/// The most that `$range` may make. AWS's number.
const RANGE: f64 = 1_000.0;

/// Randomness that can be repeated: a stream for each event of an execution.
#[derive(Clone)]
pub(crate) struct Chance {
    seed: [u8; 32],
    event: u64,
    purpose: &'static str,
    drawn: u64,
}

impl Chance {
    /// The stream of one event and one purpose: no two purposes share a number.
    pub(crate) fn new(seed: [u8; 32], event: u64, purpose: &'static str) -> Self {
        Self { seed, event, purpose, drawn: 0 }
    }

    /// The next 32 bytes.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.event.to_be_bytes());
        hash.update(self.purpose);
        hash.update(self.drawn.to_be_bytes());
        self.drawn += 1;
        hash.finalize().into()
    }

    /// A number from 0 to 1, without 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        let mut eight = [0; 8];
        eight.iter_mut().zip(self.bytes()).for_each(|(to, from)| *to = from);
        (u64::from_be_bytes(eight) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn uuid(&mut self) -> String {
        let mut sixteen = [0; 16];
        sixteen.iter_mut().zip(self.bytes()).for_each(|(to, from)| *to = from);
        uuid::Builder::from_random_bytes(sixteen).into_uuid().to_string()
    }
}

/// Registers them. The names that JSONata has already are those whose answer must come from the execution.
pub(super) fn register(evaluator: &mut Evaluator, now: Timestamp, chance: Chance) {
    let chance = Rc::new(RefCell::new(chance));
    let (for_random, for_uuid) = (Rc::clone(&chance), chance);
    let millis = now.as_millisecond() as f64;
    // A name that cannot be registered would be a change of the library; the tests call every one of them.
    let _ = evaluator.register_fn_override("millis", move |_: &[JValue]| Ok(JValue::Number(millis)));
    let _ = evaluator.register_fn_override("now", move |args: &[JValue]| now_as(millis, args));
    let _ = evaluator.register_fn_override("eval", |_: &[JValue]| {
        fail("Step Functions does not support $eval; use $parse for JSON")
    });
    let _ = evaluator
        .register_fn_override("random", move |args: &[JValue]| random(&mut for_random.borrow_mut(), args));
    let _ =
        evaluator.register_fn("uuid", move |_: &[JValue]| Ok(JValue::string(for_uuid.borrow_mut().uuid())));
    let _ = evaluator.register_fn("parse", parse);
    let _ = evaluator.register_fn("hash", hash);
    let _ = evaluator.register_fn("partition", partition);
    let _ = evaluator.register_fn("range", range);
}

fn fail(message: &str) -> Result<JValue, EvaluatorError> {
    Err(EvaluatorError::EvaluationError(message.to_owned()))
}

/// `$now([picture [, timezone]])` is `$fromMillis` of the execution's clock.
fn now_as(millis: f64, args: &[JValue]) -> Result<JValue, EvaluatorError> {
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

/// `$random([seed])`: with a seed the same number every time.
fn random(chance: &mut Chance, args: &[JValue]) -> Result<JValue, EvaluatorError> {
    match args {
        [] | [JValue::Undefined] => Ok(JValue::Number(chance.fraction())),
        [JValue::Number(seed)] => {
            let mut bytes = [0; 32];
            bytes.iter_mut().zip(seed.to_be_bytes()).for_each(|(to, from)| *to = from);
            Ok(JValue::Number(Chance::new(bytes, 0, "seeded").fraction()))
        }
        _ => fail("$random takes a number as its seed"),
    }
}

/// `$parse(text)`: JSON.
fn parse(args: &[JValue]) -> Result<JValue, EvaluatorError> {
    match args {
        [JValue::Undefined] => Ok(JValue::Undefined),
        [JValue::String(text)] => match serde_json::from_str::<Value>(text) {
            Ok(value) => Ok(to_jsonata(value)),
            Err(error) => fail(&format!("$parse was given a string that is not JSON: {error}")),
        },
        _ => fail("$parse takes a string"),
    }
}

/// `$hash(content [, algorithm])`, in hexadecimal.
fn hash(args: &[JValue]) -> Result<JValue, EvaluatorError> {
    let (content, algorithm) = match args {
        [JValue::Undefined, ..] => return Ok(JValue::Undefined),
        [content] => (content, "SHA-256"),
        [content, JValue::String(algorithm)] => (content, &**algorithm),
        _ => return fail("$hash takes a string and the name of an algorithm"),
    };
    let text = match content {
        JValue::String(text) => text.to_string(),
        other => match from_jsonata(other) {
            Ok(Some(value)) => value.to_string(),
            Ok(None) => return Ok(JValue::Undefined),
            Err(why) => return fail(&why),
        },
    };
    let digest = match algorithm {
        "MD5" => hex::encode(Md5::digest(text)),
        "SHA-1" => hex::encode(Sha1::digest(text)),
        "SHA-256" => hex::encode(Sha256::digest(text)),
        "SHA-384" => hex::encode(Sha384::digest(text)),
        "SHA-512" => hex::encode(Sha512::digest(text)),
        _ => return fail("$hash takes MD5, SHA-1, SHA-256, SHA-384 or SHA-512"),
    };
    Ok(JValue::string(digest))
}

/// `$partition(array, size)`: chunks of the array.
fn partition(args: &[JValue]) -> Result<JValue, EvaluatorError> {
    match args {
        [JValue::Undefined, ..] => Ok(JValue::Undefined),
        [JValue::Array(items), JValue::Number(size)] if *size >= 1.0 => {
            let chunks = items.chunks(size.trunc() as usize).map(|chunk| JValue::array(chunk.to_vec()));
            Ok(JValue::array(chunks.collect()))
        }
        _ => fail("$partition takes an array and a size of at least 1"),
    }
}

/// `$range(first, last, step)`: with both ends, at most 1,000 numbers.
fn range(args: &[JValue]) -> Result<JValue, EvaluatorError> {
    let [JValue::Number(first), JValue::Number(last), JValue::Number(step)] = args else {
        return fail("$range takes three numbers: first, last and step");
    };
    let (first, last, step) = (first.trunc(), last.trunc(), step.trunc());
    if step == 0.0 {
        return fail("$range cannot make steps of 0");
    }
    let count = ((last - first) / step).floor() + 1.0;
    if !count.is_finite() || count > RANGE {
        return fail("$range makes at most 1000 numbers");
    }
    let count = count.max(0.0) as u64;
    Ok(JValue::array((0..count).map(|n| JValue::Number(first + n as f64 * step)).collect()))
}
