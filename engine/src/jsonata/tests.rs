//! What expressions give: the cases are data.

use super::{Chance, Evaluation, Expr};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    expr: String,
    #[serde(default)]
    states: Value,
    #[serde(default)]
    variables: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "even_null")]
    gives: Option<Value>,
    #[serde(default)]
    gives_nothing: bool,
    #[serde(default)]
    fails: Option<String>,
}

fn even_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn evaluate(case: &Case) -> Result<Option<Value>, String> {
    let now = Timestamp::from_second(1_767_268_800).unwrap();
    let variables = case.variables.iter().map(|(name, value)| (name.as_str(), value));
    let mut evaluation =
        Evaluation::new(case.states.clone(), variables, now, Chance::new([7; 32], 1, "test"));
    evaluation.of(&Expr::parse(&case.expr)?)
}

#[test]
fn expressions_give_what_aws_documents() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).unwrap();
    for case in cases {
        let name = format!("{}: {}", case.comment, case.expr);
        let result = evaluate(&case);
        let again = result.clone();
        match (&case.gives, case.gives_nothing, &case.fails) {
            (Some(expected), false, None) => assert_eq!(result, Ok(Some(expected.clone())), "{name}"),
            (None, true, None) => assert_eq!(result, Ok(None), "{name}"),
            (None, false, Some(part)) => {
                let error = result.expect_err(&name);
                assert!(error.contains(part.as_str()), "{name}: {error}");
            }
            _ => panic!("{name}: a case says one of `gives`, `gives_nothing` and `fails`"),
        }
        // What is random is the same when it is evaluated again from the same seed.
        assert_eq!(evaluate(&case), again, "{name}");
    }
}

#[test]
fn what_is_nested_too_deeply_is_an_error() {
    let deep = "$reduce([1..200], function($a, $b){{'x': $a}})";
    let case = Case {
        comment: String::new(),
        expr: deep.to_owned(),
        states: Value::Null,
        variables: BTreeMap::new(),
        gives: None,
        gives_nothing: false,
        fails: None,
    };
    assert!(evaluate(&case).unwrap_err().contains("levels deep"));
}
