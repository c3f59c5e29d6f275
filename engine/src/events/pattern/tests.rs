//! Which events a pattern takes, and which patterns are refused in which words: the cases are data, a file for each
//! operator in `cases/`.

use super::Pattern;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    #[serde(rename = "source")]
    _source: String,
    matching: Vec<Matching>,
    refused: Vec<Refused>,
}

/// A pattern as JSON, or as text where a tree could not say it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matching {
    comment: String,
    pattern: Option<Value>,
    text: Option<String>,
    matches: Vec<Value>,
    misses: Vec<Value>,
}

/// A text, what is said of it, and the column that is named, if one is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    text: String,
    reason: String,
    column: Option<usize>,
}

fn cases() -> Vec<(String, Cases)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/events/pattern/cases");
    let files = crate::workflow::json_files(&folder).unwrap();
    assert!(files.len() >= 11, "{files:?}");
    let read = |file: &Path| serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    files.iter().map(|file| (file.display().to_string(), read(file))).collect()
}

#[test]
fn patterns_take_what_eventbridge_takes() {
    for (file, cases) in cases() {
        for Matching { comment, pattern, text, matches, misses } in cases.matching {
            let text = text.or(pattern.map(|it| it.to_string())).expect("a pattern or a text");
            let read = Pattern::read(&text).unwrap_or_else(|error| panic!("{file}, {comment}: {error}"));
            for event in matches {
                assert!(read.matches(&event), "{file}, {comment}: {text} takes {event}");
            }
            for event in misses {
                assert!(!read.matches(&event), "{file}, {comment}: {text} does not take {event}");
            }
        }
    }
}

#[test]
fn patterns_that_eventbridge_refuses_are_refused_in_its_words() {
    for (file, cases) in cases() {
        for Refused { text, reason, column } in cases.refused {
            let error = Pattern::read(&text).expect_err(&format!("{file}: {text}"));
            let expected = match column {
                Some(column) => {
                    format!("{reason}\n at [Source: (String)\"{text}\"; line: 1, column: {column}]")
                }
                None => reason,
            };
            assert_eq!(error.reason, expected, "{file}: {text}");
        }
    }
}

/// What is quoted of a long pattern ends after 500 characters, and lines are counted.
#[test]
fn a_place_in_a_long_pattern_is_said_with_its_line() {
    let text = format!("{{\n  \"a\": [\"{}\"],\n  \"é\": 55}}", "x".repeat(600));
    let reason = Pattern::read(&text).unwrap_err().reason;
    let quoted: String = text.chars().take(500).collect();
    let rest = text.chars().count() - 500;
    assert_eq!(
        reason,
        format!(
            "\"é\" must be an object or an array\n at [Source: (String)\"{quoted}\"[truncated {rest} chars]; line: 3, column: 10]"
        )
    );
}

/// Many elements of arrays that have nothing to do with each other do not multiply.
#[test]
fn large_arrays_are_looked_through_in_no_time() {
    let items = |name: &str| (0..3_000).map(|n| json!({ name: n })).collect::<Vec<_>>();
    let event = json!({"a": items("x"), "b": items("x"), "c": items("x"), "d": 1});
    let pattern = |d: i32| {
        let any = json!([{"exists": true}]);
        Pattern::new(&json!({"a": {"x": any}, "b": {"x": any}, "c": {"x": any}, "d": [d]})).unwrap()
    };
    assert!(pattern(1).matches(&event));
    assert!(!pattern(2).matches(&event));
    let pairs = (0..3_000).map(|n| json!({"x": n, "y": 3_000 - n})).collect::<Vec<_>>();
    let both = |x: i32, y: i32| Pattern::new(&json!({"a": {"x": [x, 7], "y": [y]}})).unwrap();
    assert!(both(1_000, 2_000).matches(&json!({ "a": pairs })));
    assert!(!both(1_000, 2_001).matches(&json!({ "a": pairs })));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        "[ab*.]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            "[ab]",
            Just("$or".to_owned()),
            Just("prefix".to_owned()),
            Just("anything-but".to_owned()),
            Just("exists".to_owned()),
            Just("numeric".to_owned()),
            Just("wildcard".to_owned()),
            Just("cidr".to_owned())
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    /// No text makes the reader panic, and what it takes can be matched with anything.
    #[test]
    fn no_pattern_and_no_event_panic(text in "\\PC{0,60}", pattern in any_json(), event in any_json()) {
        let _ = Pattern::read(&text);
        if let Ok(pattern) = Pattern::new(&pattern) {
            pattern.matches(&event);
        }
    }

    /// An event matches the pattern that is made of its own values, whatever arrays they are in.
    #[test]
    fn an_event_matches_what_it_is(event in any_json(), pick in any::<prop::sample::Index>()) {
        fn leaves(name: &str, value: &Value, found: &mut Vec<(String, Value)>) {
            match value {
                Value::Object(map) => map.iter().for_each(|(key, value)| {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    leaves(&name, value, found);
                }),
                Value::Array(items) => items.iter().for_each(|item| leaves(name, item, found)),
                leaf => found.push((name.to_owned(), leaf.clone())),
            }
        }
        let mut found = Vec::new();
        leaves("", &event, &mut found);
        found.retain(|(name, _)| !name.is_empty() && name != "$or");
        prop_assume!(!found.is_empty());
        let (name, value) = found[pick.index(found.len())].clone();
        let Ok(pattern) = Pattern::new(&json!({ name: [value] })) else { panic!("{event}") };
        prop_assert!(pattern.matches(&event));
    }
}
