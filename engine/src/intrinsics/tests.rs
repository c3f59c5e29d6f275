//! What intrinsic functions give, and what they refuse: the cases are data in `cases/`.

use super::{Call, IntrinsicError, Random, missing};
use crate::jsonpath::{Root, Rooted};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// The same randomness every time.
struct Seeded(crate::java::Random);

impl Seeded {
    fn new() -> Self {
        Self(crate::java::Random::new(1))
    }
}

impl Random for Seeded {
    fn bytes(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| self.0.next_int(256) as u8)
    }
}

fn evaluate(text: &str, input: &Value) -> Result<Value, String> {
    let call = Call::parse(text).map_err(|error| error.to_string())?;
    let lookup = |path: &Rooted| {
        let document = match path.root() {
            Root::Input => input.clone(),
            Root::Context => json!({ "Execution": { "Input": input } }),
            Root::Variable(_) => json!("a variable"),
        };
        path.read(&document).map_err(|error| missing(path, &error, input))
    };
    call.evaluate(&lookup, &mut Seeded::new()).map_err(|error| call.cause(&error))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    call: String,
    #[serde(default)]
    input: Value,
    #[serde(default, deserialize_with = "even_null")]
    gives: Option<Value>,
    /// What AWS says after the name of the function.
    fails: Option<String>,
}

fn even_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[track_caller]
fn check(text: &str) {
    let cases: Vec<Case> = serde_json::from_str(text).unwrap();
    for Case { call, input, gives, fails } in cases {
        let expected = match (gives, fails) {
            (Some(value), None) => Ok(value),
            (None, Some(why)) => Err(format!("The function '{call}' had the following error: {why}")),
            _ => panic!("{call}: a case says one of `gives` and `fails`"),
        };
        let result = evaluate(&call, &input);
        assert_eq!(result, expected, "{call} of {input}");
        // `1` and `1.0` are different on paper.
        assert_eq!(result.map(|value| value.to_string()), expected.map(|value| value.to_string()), "{call}");
    }
}

#[test]
fn arrays() {
    check(include_str!("cases/arrays.json"));
}

#[test]
fn texts() {
    check(include_str!("cases/texts.json"));
}

#[test]
fn formats() {
    check(include_str!("cases/format.json"));
}

#[test]
fn numbers() {
    check(include_str!("cases/numbers.json"));
}

#[test]
fn json_in_and_out_of_texts() {
    check(include_str!("cases/json.json"));
}

#[test]
fn arguments_and_what_they_miss() {
    check(include_str!("cases/arguments.json"));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    call: String,
    at: usize,
    problem: String,
}

#[test]
fn what_is_no_call_is_refused_with_its_place() {
    let cases: Vec<Refused> = serde_json::from_str(include_str!("cases/refused.json")).unwrap();
    for Refused { call, at, problem } in cases {
        match Call::parse(&call).expect_err(&call) {
            IntrinsicError::Syntax { at: found, problem: said, .. } => {
                assert_eq!((said.as_str(), found), (problem.as_str(), at), "{call}");
            }
            IntrinsicError::Path(error) => {
                assert_eq!((error.problem.as_str(), error.at), (problem.as_str(), at), "{call}");
            }
            other => panic!("{call}: {other:?}"),
        }
    }
}

#[test]
fn texts_of_more_than_ten_thousand_characters_are_refused() {
    let of = |length: usize| json!({ "t": "a".repeat(length), "u": "é".repeat(length) });
    for call in ["States.Base64Encode($.t)", "States.Base64Decode($.t)", "States.Hash($.t, 'MD5')"] {
        assert!(evaluate(call, &of(10_000)).is_ok(), "{call}");
        assert!(evaluate(call, &of(10_001)).unwrap_err().contains("Invalid arguments in States."), "{call}");
    }
    assert!(evaluate("States.Hash($.u, 'SHA-256')", &of(10_000)).is_ok());
}

#[test]
fn ranges_have_at_most_a_thousand_items() {
    for call in
        ["States.ArrayRange(1, 1000, 1)", "States.ArrayRange(1000, 1, -1)", "States.ArrayRange(0, 1998, 2)"]
    {
        assert_eq!(evaluate(call, &Value::Null).unwrap().as_array().unwrap().len(), 1000, "{call}");
    }
    for call in [
        "States.ArrayRange(1, 1001, 1)",
        "States.ArrayRange(1001, 1, -1)",
        "States.ArrayRange(-2147483648, 2147483647, 1)",
    ] {
        assert!(evaluate(call, &Value::Null).is_err(), "{call}");
    }
}

#[test]
fn random_numbers_stay_in_their_interval() {
    let call = Call::parse("States.MathRandom(-3, 2)").unwrap();
    let mut random = Seeded::new();
    let mut drawn = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let value = call.evaluate(&|_| Err(String::new()), &mut random).unwrap();
        drawn.insert(value.as_i64().unwrap());
    }
    assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [-3, -2, -1, 0, 1]);
}

#[test]
fn uuids_are_of_version_four_and_differ() {
    let call = Call::parse("States.Array(States.UUID(), States.UUID())").unwrap();
    let value = call.evaluate(&|_| Err(String::new()), &mut Seeded::new()).unwrap();
    let texts: Vec<String> = serde_json::from_value(value).unwrap();
    let uuids: Vec<uuid::Uuid> = texts.iter().map(|text| text.parse().unwrap()).collect();
    assert!(uuids.iter().all(|uuid| uuid.get_version_num() == 4));
    assert_ne!(uuids[0], uuids[1]);
}

#[test]
fn ten_calls_can_be_nested_and_eleven_cannot() {
    let nested = |depth: usize| format!("{}1{}", "States.Array(".repeat(depth), ")".repeat(depth));
    assert!(Call::parse(&nested(10)).is_ok());
    let error = Call::parse(&nested(11)).unwrap_err();
    assert!(error.to_string().contains("at most 10 intrinsic functions can be nested"), "{error}");
}

#[test]
fn every_path_of_a_call_is_known() {
    let call =
        Call::parse("States.Format($.t, States.Array($$.a, 'x', States.ArrayLength($v.b[?(@.c == ')')])))")
            .unwrap();
    let mut paths: Vec<&str> = call.paths().into_iter().map(Rooted::source).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["$$.a", "$.t", "$v.b[?(@.c == ')')]"]);
}

proptest! {
    #[test]
    fn no_text_panics(text in "(States\\.)?[A-Za-z0-9]{0,12}[ -~é]{0,40}") {
        let _ = evaluate(&text, &json!({ "a": [1, "x"] }));
    }

    #[test]
    fn no_arguments_panic(
        function in prop::sample::select(super::Function::ALL.map(|(_, name, ..)| name).to_vec()),
        arguments in prop::collection::vec(
            prop::sample::select(vec!["$.n", "$.big", "$.neg", "$.x", "$.o", "$.l", "$.f", "$.t", "-1", "0", "2.5", "null", "true", "'{}'", "'a\\'", "'\\n'", "'SHA-1'", "1e300", "$.nothing"]),
            0..4,
        ),
    ) {
        let input = json!({ "n": 3, "big": u64::MAX, "neg": i64::MIN, "x": "text,{}", "o": { "a": 1 }, "l": [1, [2], 1.0], "f": 1e308, "t": true });
        let _ = evaluate(&format!("{function}({})", arguments.join(", ")), &input);
    }

    #[test]
    fn what_is_encoded_is_decoded(text in ".{0,60}") {
        let input = json!({ "t": text });
        prop_assert_eq!(evaluate("States.Base64Decode(States.Base64Encode($.t))", &input), Ok(json!(text)));
        prop_assert_eq!(evaluate("States.StringToJson(States.JsonToString($.t))", &input), Ok(json!(text)));
    }
}
