//! What targets get of one event: the cases are data, in `cases.json`.

use super::*;
use crate::events::Target;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    #[serde(rename = "source")]
    _source: String,
    event: Value,
    cases: Vec<Case>,
}

/// A target's input in the words of `PutTargets`, and one of: the JSON that it gets, the text that it gets, or what is said
/// because it gets nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    target: Value,
    #[serde(default, deserialize_with = "there")]
    json: Option<Value>,
    #[serde(default)]
    lines: Option<String>,
    #[serde(default)]
    refused: Option<String>,
}

/// `null` is something that a target gets.
fn there<'d, D: serde::Deserializer<'d>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[test]
fn targets_get_what_eventbridge_gives_them() {
    let cases: Cases = serde_json::from_str(include_str!("cases.json")).unwrap();
    let delivery = Delivery {
        rule_arn: "arn:aws:events:us-east-1:123456789012:rule/own/r",
        rule_name: "r",
        ingested: "2026-11-22T08:15:30.25Z".parse().unwrap(),
    };
    assert!(cases.cases.len() >= 20);
    for Case { comment, mut target, json, lines, refused } in cases.cases {
        target["Id"] = json!("t");
        target["Arn"] = json!("arn:aws:sqs:us-east-1:123456789012:q");
        let target: Target = serde_json::from_value(target).unwrap();
        target.check().unwrap_or_else(|error| panic!("{comment}: {error}"));
        match (target.made_of(&cases.event, &delivery), json, lines, refused) {
            (Ok(Made::Json(made)), Some(expected), None, None) => assert_eq!(made, expected, "{comment}"),
            (Ok(Made::Lines(made)), None, Some(expected), None) => assert_eq!(made, expected, "{comment}"),
            (Err(error), None, None, Some(expected)) => {
                assert!(error.to_string().contains(&expected), "{comment}: {error}");
            }
            (made, ..) => panic!("{comment}: {made:?}"),
        }
    }
}
