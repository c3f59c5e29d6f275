//! Datasets and their items: one file with all of them, readable side by side.

use super::{items, listed};
use crate::asl::state::distributed::ReaderSource;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    /// Who reads it; without one it is a page of a listing.
    source: Option<ReaderSource>,
    object: Value,
    #[serde(default)]
    items: Option<Vec<Value>>,
    #[serde(default)]
    error: Option<String>,
}

#[test]
fn datasets_have_the_items_that_aws_finds_in_them() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).unwrap();
    assert!(cases.len() > 10, "the cases are missing");
    for case in cases {
        let found = match (&case.source, &case.object) {
            (None, page) => Ok(listed(page)),
            (Some(source), object) => items(source, object.as_str().unwrap()),
        };
        match (found, case.items, case.error) {
            (Ok(found), Some(expected), None) => assert_eq!(found, expected, "{}", case.comment),
            (Err(found), None, Some(expected)) => {
                assert_eq!(found.to_string(), expected, "{}", case.comment);
            }
            (found, ..) => panic!("{}: {found:?}", case.comment),
        }
    }
}
