//! Which events a pattern takes, and which patterns are refused: the cases are data.

use super::Pattern;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    matching: Vec<Matching>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matching {
    comment: String,
    pattern: Value,
    matches: Vec<Value>,
    misses: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    pattern: Value,
    reason: String,
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

#[test]
fn patterns_take_what_eventbridge_takes() {
    for Matching { comment, pattern, matches, misses } in cases().matching {
        let read = Pattern::new(&pattern).unwrap_or_else(|error| panic!("{comment}: {error}"));
        for event in matches {
            assert!(read.matches(&event), "{comment}: {pattern} takes {event}");
        }
        for event in misses {
            assert!(!read.matches(&event), "{comment}: {pattern} does not take {event}");
        }
    }
}

#[test]
fn patterns_that_eventbridge_refuses_are_refused() {
    for Refused { pattern, reason } in cases().refused {
        let error = Pattern::new(&pattern).expect_err(&pattern.to_string());
        assert!(error.to_string().contains(&reason), "{pattern}: {error}");
    }
}
