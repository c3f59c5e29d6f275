//! Which paths there are, what they find, and what is written through them: the cases are data in `cases/`.

use super::{Path, ReadError, Root, Rooted, WriteError};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reads {
    #[expect(dead_code, reason = "it is for the reader")]
    comment: String,
    document: Value,
    cases: Vec<Read>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    path: String,
    #[serde(default, deserialize_with = "even_null")]
    gives: Option<Value>,
    missing: Option<String>,
    past_end: Option<String>,
    misfit: Option<String>,
}

fn even_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[track_caller]
fn reads(text: &str) {
    let files: Vec<Reads> = serde_json::from_str(text).unwrap();
    for Reads { document, cases, .. } in files {
        for Read { path, gives, missing, past_end, misfit } in cases {
            let parsed = Path::parse(&path).unwrap_or_else(|error| panic!("{error}"));
            let expected = match (gives, missing, past_end, misfit) {
                (Some(value), None, None, None) => Ok(value),
                (None, Some(why), None, None) => Err(ReadError::Missing(why)),
                (None, None, Some(why), None) => Err(ReadError::PastEnd(why)),
                (None, None, None, Some(why)) => Err(ReadError::Misfit(why)),
                _ => panic!("{path}: a case says one of `gives`, `missing`, `past_end` and `misfit`"),
            };
            assert_eq!(parsed.read(&document), expected, "{path} in {document}");
        }
    }
}

#[test]
fn definite_paths_find_a_value_or_say_why_not() {
    reads(include_str!("cases/definite.json"));
}

#[test]
fn indefinite_paths_find_an_array() {
    reads(include_str!("cases/indefinite.json"));
}

#[test]
fn filters_keep_what_they_ask_for() {
    reads(include_str!("cases/filters.json"));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    path: String,
    at: usize,
    problem: String,
}

#[test]
fn what_is_no_path_is_refused_with_its_place() {
    let cases: Vec<Refused> = serde_json::from_str(include_str!("cases/refused.json")).unwrap();
    for Refused { path, at, problem } in cases {
        let error = Path::parse(&path).expect_err(&path);
        assert_eq!((error.problem.as_str(), error.at), (problem.as_str(), at), "{path}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Write {
    #[expect(dead_code, reason = "it is for the reader")]
    comment: String,
    document: Value,
    path: String,
    value: Value,
    gives: Option<Value>,
    fails: Option<String>,
}

#[test]
fn reference_paths_say_where_a_value_goes() {
    let cases: Vec<Write> = serde_json::from_str(include_str!("cases/write.json")).unwrap();
    for Write { document, path, value, gives, fails, .. } in cases {
        let written = Path::parse(&path).unwrap().write(document, value);
        let expected = match (gives, fails) {
            (Some(value), None) => Ok(value),
            (None, Some(why)) => Err(why),
            _ => panic!("{path}: a case says one of `gives` and `fails`"),
        };
        assert_eq!(written.map_err(|error| error.to_string()), expected, "{path}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RootedCase {
    text: String,
    root: Option<String>,
    variable: Option<String>,
    path: Option<String>,
    definite: Option<bool>,
    reference: Option<bool>,
    refused: Option<String>,
}

#[test]
fn a_path_says_what_it_starts_from() {
    let cases: Vec<RootedCase> = serde_json::from_str(include_str!("cases/rooted.json")).unwrap();
    for case in cases {
        let rooted = match (Rooted::parse(&case.text), &case.refused) {
            (Ok(rooted), None) => rooted,
            (Err(error), Some(why)) => {
                assert_eq!(&error.to_string(), why, "{}", case.text);
                continue;
            }
            (result, _) => panic!("{}: {result:?}", case.text),
        };
        let root = match (case.root.as_deref(), case.variable) {
            (Some("input"), None) => Root::Input,
            (Some("context"), None) => Root::Context,
            (None, Some(name)) => Root::Variable(name),
            other => panic!("{}: {other:?}", case.text),
        };
        assert_eq!(rooted.root(), &root, "{}", case.text);
        assert_eq!(Some(rooted.path().source()), case.path.as_deref(), "{}", case.text);
        assert_eq!(Some(rooted.path().is_definite()), case.definite, "{}", case.text);
        assert_eq!(Some(rooted.path().is_reference()), case.reference, "{}", case.text);
        assert_eq!(rooted.source(), case.text);
    }
}

/// Numbers keep their type and their digits.
#[test]
fn numbers_stay_what_they_are() {
    let document: Value =
        serde_json::from_str(r#"{"n": [1, 1.0, 1.50, 9223372036854775807, 18446744073709551615, 1e3]}"#)
            .unwrap();
    let found = Path::parse("$.n[*]").unwrap().read(&document).unwrap();
    assert_eq!(found.to_string(), "[1,1.0,1.5,9223372036854775807,18446744073709551615,1000.0]");
}

#[test]
fn a_path_cannot_be_too_long_nor_a_filter_too_deep() {
    let long = format!("${}", ".a".repeat(201));
    assert_eq!(Path::parse(&long).unwrap_err().problem, "a path has at most 200 steps");
    let deep = format!("$[?({}@.a{})]", "(".repeat(40), ")".repeat(40));
    assert_eq!(Path::parse(&deep).unwrap_err().problem, "a filter is nested at most 30 levels deep");
    let far = format!("${}", ".a".repeat(130));
    let written = Path::parse(&far).unwrap().write(json!({}), json!(1));
    assert_eq!(written, Err(WriteError::TooDeep(far)));
}

/// A document of some depth, with names that paths below use.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        "[abx]{0,2}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[abc]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A path made of parts that mean something, and some that do not.
fn paths() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        ".a",
        ".b",
        ".c",
        "[0]",
        "[-1]",
        "[1:]",
        "[:-1]",
        "[-2:1]",
        "[0,1]",
        "[*]",
        ".*",
        "..",
        "..a",
        "['a','b']",
        "[?(@.a)]",
        "[?(@.a == 1 || !(@.b in ['x', 2]))]",
        "[?(@.a =~ /x.*/i)]",
        "[?(@.a size 2)]",
        ".length()",
        "[",
        "]",
        "'",
        "(",
        ")",
        " ",
        "é",
        "[?(",
        "@",
        "&&",
        "\\",
    ]);
    prop::collection::vec(part, 0..6).prop_map(|parts| format!("${}", parts.concat()))
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,40}", document in documents()) {
        if let Ok(rooted) = Rooted::parse(&text) {
            let _ = rooted.read(&document);
        }
    }

    #[test]
    fn what_parses_reads_and_writes_without_panic(text in paths(), document in documents()) {
        if let Ok(path) = Path::parse(&text) {
            let read = path.read(&document);
            if !path.is_definite() {
                prop_assert!(matches!(read, Ok(Value::Array(_)) | Err(ReadError::Misfit(_))));
            }
            let _ = path.write(document, json!(1));
        }
    }

    /// What was written is what is read, and writing what stands there changes nothing.
    #[test]
    fn a_reference_path_reads_what_it_wrote(text in paths(), document in documents()) {
        let Ok(path) = Path::parse(&text) else { return Ok(()) };
        if let Ok(written) = path.write(document.clone(), json!({ "new": [1] })) {
            prop_assert_eq!(path.read(&written), Ok(json!({ "new": [1] })));
        }
        if let (true, Ok(value)) = (path.is_reference(), path.read(&document)) {
            prop_assert!(path.write(document.clone(), value).is_ok_and(|same| same == document) || text.contains('-'));
        }
    }
}
