//! What takes bytes from outside, each behind a function of bytes: the fuzz targets in `engine/fuzz/` call them, and so
//! does the test over the seeds there. None of them may panic, take long, or say that something is not as it must be.

use crate::api;
use crate::arn::Kind;
use crate::asl::StateMachine;
use crate::asl::state::item_reader::Format;
use crate::datasets;
use crate::events::input::Delivery;
use crate::events::{Pattern, Schedule, Target as RuleTarget};
use crate::execution::About;
use crate::intrinsics::{self, Call, Random};
use crate::jsonata::{Chance, Evaluation, Expr, View};
use crate::jsonpath::{Root, Rooted};
use crate::simulation::{self, Ends, Simulation, World};
use crate::workflow::Place;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;

/// How many things may happen in an execution.
const STEPS: usize = 60;

/// How many milliseconds an expression may take.
const MILLISECONDS: u64 = 300;

/// How many items of a dataset are wanted.
const MOST_ITEMS: usize = 100;

/// What begins with it is compressed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What is not as it must be.
pub type Outcome = Result<(), String>;

/// One of them.
pub type Target = fn(&[u8]) -> Outcome;

/// Everything that takes bytes, by its name; the seeds of each are in a folder of that name.
pub const TARGETS: [(&str, Target); 9] = [
    ("definition", definition),
    ("path", path),
    ("intrinsic", intrinsic),
    ("expression", expression),
    ("pattern", pattern),
    ("request", request),
    ("schedule", schedule),
    ("input", input),
    ("dataset", dataset),
];

/// The first line, and what follows it.
fn first_line(data: &[u8]) -> Option<(&str, &[u8])> {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let first = std::str::from_utf8(data.get(..end)?).ok()?;
    Some((first, data.get(end + 1..).unwrap_or_default()))
}

/// The first line, and the JSON that follows; what is no JSON is some JSON.
fn with_json(data: &[u8]) -> Option<(&str, Value)> {
    let text = std::str::from_utf8(data).ok()?;
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let some = || json!({ "a": [1, "x", { "b": null }], "n": -0.5 });
    Some((first, serde_json::from_str(rest).unwrap_or_else(|_| some())))
}

/// A state machine: it is parsed, and run with what its calls get as their results. Its history makes the same
/// execution again.
pub fn definition(data: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(data) else { return Ok(()) };
    let (Some(machine), _) = StateMachine::check(text) else { return Ok(()) };
    let machine_arn = Place::example().machine("machine");
    let about = About {
        arn: machine_arn.execution(Kind::Standard, "test"),
        name: "test".to_owned(),
        machine_arn,
        machine_name: "machine".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/test".to_owned(),
        region: "us-east-1".to_owned(),
        input: r#"{"a":[1,"x",{"b":null}],"n":-0.5}"#.into(),
        seed: [1; 32],
    };
    let Ok(mut run) = Simulation::start(about, Arc::new(machine), Timestamp::UNIX_EPOCH, Echo);
    for _ in 0..STEPS {
        if !matches!(run.step(), Ok(true)) {
            break;
        }
    }
    let status = run.execution().status().clone();
    run.recover().map_err(|diverged| diverged.to_string())?;
    if *run.execution().status() == status { Ok(()) } else { Err(format!("it was {status:?}")) }
}

/// A world in which every call gives back what it was called with, and every third fails.
struct Echo;

impl World for Echo {
    type Error = Infallible;

    fn call(&mut self, call: &simulation::Call) -> Result<Option<Ends>, Infallible> {
        let fails = call.arguments.to_string().len().is_multiple_of(3);
        let with = if fails { Err(("Odd".to_owned(), String::new())) } else { Ok(call.arguments.clone()) };
        Ok(Some(Ends { after: 1, with }))
    }

    fn answer(&mut self, call: &simulation::Call) -> Result<Option<Ends>, Infallible> {
        Ok(Some(Ends { after: 1, with: Ok(call.arguments.clone()) }))
    }
}

/// A path on the first line, and a document.
pub fn path(data: &[u8]) -> Outcome {
    let Some((text, document)) = with_json(data) else { return Ok(()) };
    let Ok(rooted) = Rooted::parse(text) else { return Ok(()) };
    let _ = rooted.read(&document);
    match rooted.path().write(document, json!([1])) {
        Ok(written) if rooted.read(&written) != Ok(json!([1])) => {
            Err(format!("{text} was written to and not read"))
        }
        _ => Ok(()),
    }
}

/// A call of an intrinsic function on the first line, and a document.
pub fn intrinsic(data: &[u8]) -> Outcome {
    let Some((text, document)) = with_json(data) else { return Ok(()) };
    let Ok(call) = Call::parse(text) else { return Ok(()) };
    let lookup = |path: &Rooted| match path.root() {
        Root::Input => path.read(&document).map_err(|error| intrinsics::missing(path, &error, &document)),
        Root::Context | Root::Variable(_) => Ok(json!("else")),
    };
    if let Err(error) = call.evaluate(&lookup, &mut Counting(0)) {
        let _ = call.cause(&error);
    }
    Ok(())
}

/// Randomness that is none.
struct Counting(u8);

impl Random for Counting {
    fn bytes(&mut self) -> [u8; 32] {
        self.0 = self.0.wrapping_add(1);
        [self.0; 32]
    }
}

/// An expression on the first line, and what it finds in `$states.input` and in `$x`.
pub fn expression(data: &[u8]) -> Outcome {
    let Some((text, input)) = with_json(data) else { return Ok(()) };
    let Ok(expr) = Expr::parse(text) else { return Ok(()) };
    let states = View::Fields(vec![("input", input.clone().into())]);
    let variables: serde_json::Map<_, _> = [("x".to_owned(), input)].into_iter().collect();
    let chance = Chance::new([1; 32], 1, "fuzzing");
    let mut evaluation = Evaluation::new(states, variables.into(), Timestamp::UNIX_EPOCH, chance);
    let _ = evaluation.of_within(&expr, MILLISECONDS);
    Ok(())
}

/// An event pattern on the first line, and an event.
pub fn pattern(data: &[u8]) -> Outcome {
    let Some((text, event)) = with_json(data) else { return Ok(()) };
    if let Ok(pattern) = Pattern::read(text) {
        let _ = pattern.matches(&event);
    }
    Ok(())
}

/// An action of Step Functions on the first line, and its request.
pub fn request(data: &[u8]) -> Outcome {
    if let Some((action, body)) = first_line(data) {
        api::decode(action, body);
    }
    Ok(())
}

/// The expression of a schedule on the first line, and a time.
pub fn schedule(data: &[u8]) -> Outcome {
    let Some((text, rest)) = first_line(data) else { return Ok(()) };
    let Some(schedule) = Schedule::read(text) else { return Ok(()) };
    let since = std::str::from_utf8(rest).ok().and_then(|text| text.trim().parse().ok());
    let since: Timestamp = since.unwrap_or(Timestamp::UNIX_EPOCH);
    let Some(first) = schedule.next(since, since) else { return Ok(()) };
    if first <= since {
        return Err(format!("{text} is due at {first}, which is not after {since}"));
    }
    // Nothing is due before the first time, and what is due after it is later.
    let before = first.as_millisecond().checked_sub(1).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    if let Some(before) = before.filter(|before| *before >= since)
        && schedule.next(since, before) != Some(first)
    {
        return Err(format!("{text} is not due at {first} right before it"));
    }
    match schedule.next(since, first) {
        Some(second) if second <= first => Err(format!("{text} is due at {second} after {first}")),
        _ => Ok(()),
    }
}

/// What a target of a rule gets, in the words of `PutTargets`, on the first line, and an event.
pub fn input(data: &[u8]) -> Outcome {
    let Some((text, event)) = with_json(data) else { return Ok(()) };
    let Ok(Value::Object(mut fields)) = serde_json::from_str(text) else { return Ok(()) };
    fields.insert("Id".to_owned(), "t".into());
    fields.insert("Arn".to_owned(), "arn:aws:sqs:us-east-1:123456789012:q".into());
    let Ok(target) = serde_json::from_value::<RuleTarget>(Value::Object(fields)) else { return Ok(()) };
    if target.check().is_ok() {
        let rule_arn = "arn:aws:events:us-east-1:123456789012:rule/r";
        let delivery = Delivery { rule_arn, rule_name: "r", ingested: Timestamp::UNIX_EPOCH };
        let _ = target.made_of(&event, &delivery);
    }
    Ok(())
}

/// `inventory`, `athena` or the format of an object on the first line, and the object, which GZIP may have compressed.
pub fn dataset(data: &[u8]) -> Outcome {
    let Some((kind, object)) = first_line(data) else { return Ok(()) };
    match kind {
        "inventory" => drop(datasets::inventory(object)),
        "athena" => drop(datasets::athena(object)),
        format => {
            let Ok(format) = serde_json::from_str::<Format>(format) else { return Ok(()) };
            let source = if object.starts_with(&GZIP) { "s3://b/k.gz" } else { "s3://b/k" };
            match datasets::items(&format, source, object, MOST_ITEMS) {
                Ok(items) if items.len() > MOST_ITEMS => return Err(format!("{} items", items.len())),
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::TARGETS;
    use proptest::prelude::*;
    use std::path::Path;

    /// The seeds of a target, by their file names.
    fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        let mut seeds: Vec<(String, Vec<u8>)> = entries
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
            .collect();
        seeds.sort();
        seeds
    }

    /// What fuzzing found, or began with, stays sound.
    #[test]
    fn the_seeds_of_fuzzing_do_no_harm() {
        for (name, target) in TARGETS {
            let seeds = seeds(name);
            assert!(!seeds.is_empty(), "{name} has no seeds");
            for (path, seed) in seeds {
                assert_eq!(target(&seed), Ok(()), "{path}");
            }
        }
    }

    /// A change of some bytes: where, how many of them go, and what comes in their place. Places are parts of a whole.
    type Change = (f64, usize, Vec<u8>);

    fn changes() -> impl Strategy<Value = Vec<Change>> {
        let token = prop::sample::select(vec![
            "\"",
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            ",",
            ":",
            "$",
            "$.",
            "$$",
            "@",
            "..",
            "*",
            "?",
            "'",
            "\\",
            "-",
            "0",
            "-1",
            "99999999999999999999",
            "1e999",
            "null",
            "true",
            "\n",
            "\u{0}",
            "é",
            "\u{10ffff}",
            "{% ",
            " %}",
            "States.ALL",
            "States.Format(",
            "&",
            "~>",
            ":=",
            "function($x){",
            "&&",
            "=~",
            "/",
            "anything-but",
            "wildcard",
            "numeric",
        ]);
        let bytes = prop_oneof![
            6 => token.prop_map(|token| token.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..4),
        ];
        prop::collection::vec((0.0..1.0, 0_usize..6, bytes), 1..5)
    }

    proptest! {
        #[test]
        fn seeds_that_are_spoiled_do_no_harm(target in 0..TARGETS.len(), seed in any::<prop::sample::Index>(), changes in changes()) {
            let (name, run) = TARGETS[target];
            let seeds = seeds(name);
            let mut data = seed.get(&seeds).1.clone();
            for (place, gone, new) in changes {
                let start = (place * data.len() as f64) as usize;
                let end = (start + gone).min(data.len());
                data.splice(start..end, new);
            }
            prop_assert_eq!(run(&data), Ok(()), "{}", String::from_utf8_lossy(&data));
        }
    }
}
