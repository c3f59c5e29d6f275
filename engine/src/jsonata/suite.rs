//! The test suite of the reference implementation, `suite/`, and where this engine differs from it: `differences.json`
//! says each case and why. A case that is listed and passes fails the test, as does one that is not listed and fails.
//!
//! Source: jsonata.js, `test/test-suite` (MIT License, `suite/LICENSE`), as the crate jsonata-rs 0.3.4 carries it: one file
//! for each group, one line for each case.

use super::{Chance, Evaluation, EvaluationError, Expr, ExprError};
use jiff::Timestamp;
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How long an expression may take that never ends, and how long any other one.
const MILLISECONDS: (u64, u64) = (300, 60_000);

/// How many cases there are: none is lost unseen.
const CASES: usize = 1600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    expr: String,
    /// The item that it begins at, as it is or by its name in `datasets.json`.
    #[serde(default, deserialize_with = "even_null")]
    data: Option<Value>,
    dataset: Option<String>,
    #[serde(default)]
    bindings: BTreeMap<String, Value>,
    /// How deep the suite lets it be nested. Here AWS's limit holds.
    #[serde(rename = "depth")]
    _depth: Option<u64>,
    #[serde(default, deserialize_with = "even_null")]
    result: Option<Value>,
    #[serde(default)]
    undefined: bool,
    code: Option<String>,
    /// The result is a text that this expression matches.
    matches: Option<String>,
    /// The order of the result says nothing.
    #[serde(default)]
    unordered: bool,
}

fn even_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/jsonata/suite")
}

fn read<T: for<'de> Deserialize<'de>>(file: &Path) -> T {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file:?}: {error}"))
}

fn evaluate(case: &Case, datasets: &BTreeMap<String, Value>) -> Result<Option<Value>, String> {
    let expr = Expr::parse_all(&case.expr).map_err(|error| match error {
        ExprError::Invalid(_) | ExprError::Unsupported(_) => "no expression".to_owned(),
    })?;
    let bindings: serde_json::Map<_, _> = case.bindings.clone().into_iter().collect();
    let chance = Chance::new([7; 32], 1, "suite");
    let mut evaluation = Evaluation::new(Value::Null.into(), bindings.into(), Timestamp::UNIX_EPOCH, chance);
    let item = case.data.as_ref().or_else(|| datasets.get(case.dataset.as_ref()?));
    let item = item.map(|item| evaluation.exact.borrow_mut().enter(item));
    let limit = if case.code.as_deref() == Some("U1001") { MILLISECONDS.0 } else { MILLISECONDS.1 };
    let result = evaluation.from(&expr, limit, &item.unwrap_or(super::JValue::Undefined));
    result.map_err(|error| match error {
        EvaluationError::Coded(message) => message.split(':').next().unwrap_or_default().to_owned(),
        // The reference implementation has one code for all that takes too long or goes too deep.
        EvaluationError::Limit(_) => "U1001".to_owned(),
    })
}

/// What is wrong with a case, if anything is.
fn fault(case: &Case, found: &Result<Option<Value>, String>) -> Option<String> {
    let is_right = match (case, found) {
        (Case { undefined: true, .. }, found) => matches!(found, Ok(None)),
        (Case { result: Some(expected), unordered, .. }, Ok(Some(found))) => {
            same(expected, found) || *unordered && same(&sorted(expected), &sorted(found))
        }
        // The code of a text that is no expression is not in AWS's words, and is not kept.
        (Case { code: Some(code), .. }, Err(found)) => {
            found == code || found == "no expression" && code.starts_with('S')
        }
        (Case { matches: Some(pattern), .. }, Ok(Some(Value::String(text)))) => {
            Regex::new(pattern).unwrap().is_match(text)
        }
        _ => false,
    };
    let shown = |found: &Result<Option<Value>, String>| match found {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => "nothing".to_owned(),
        Err(code) => format!("an error: {code}"),
    };
    (!is_right).then(|| format!("`{}` gives {}", case.expr, shown(found)))
}

/// `1` and `1.0` are one number in JavaScript, and an object's keys have no order in a comparison.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

fn sorted(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let mut items = items.clone();
    items.sort_by_key(Value::to_string);
    Value::Array(items)
}

#[test]
fn the_suite_of_the_reference_implementation_passes_but_for_what_is_listed() {
    let datasets: BTreeMap<String, Value> = read(&folder().join("datasets.json"));
    let listed: BTreeMap<String, BTreeMap<String, String>> = read(&folder().join("differences.json"));
    let mut listed: BTreeMap<String, String> = listed
        .into_iter()
        .flat_map(|(why, cases)| cases.into_keys().map(move |case| (case, why.clone())))
        .collect();
    let mut groups: Vec<PathBuf> =
        std::fs::read_dir(folder().join("groups")).unwrap().map(|entry| entry.unwrap().path()).collect();
    groups.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for group in groups {
        let cases: Vec<Case> = read(&group);
        for case in cases {
            count += 1;
            let name = format!("{}/{}", group.file_stem().unwrap().to_string_lossy(), case.case);
            match (fault(&case, &evaluate(&case, &datasets)), listed.remove(&name)) {
                (None, None) | (Some(_), Some(_)) => {}
                (Some(fault), None) => wrong.push(format!("{name}: {fault}")),
                (None, Some(why)) => wrong.push(format!("{name} passes, and is listed under `{why}`")),
            }
        }
    }
    wrong.extend(listed.into_keys().map(|name| format!("{name} is listed, and there is no such case")));
    assert_eq!(count, CASES, "cases of the suite");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
