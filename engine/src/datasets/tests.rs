//! Datasets and their items: one file with all of them, readable side by side.

use super::{DatasetError, Item, MOST_ITEM, Object, athena, inventory, items, listed, objects};
use crate::asl::state::item_reader::Format;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    #[serde(rename = "as")]
    read_as: As,
    /// Where it is.
    #[serde(default = "somewhere")]
    address: String,
    /// A text, or a page of a listing.
    #[serde(default)]
    object: Value,
    /// The same, where it is no text.
    base64: Option<String>,
    /// No more items than these are wanted.
    most: Option<usize>,
    /// What children get for the items.
    items: Option<Vec<Value>>,
    /// The keys of the items, where they have some.
    keys: Option<Vec<String>>,
    /// Where the items say that they come from.
    sources: Option<Vec<String>>,
    /// The objects that are to be read.
    files: Option<Vec<String>>,
    /// What an inventory says of its columns.
    columns: Option<Vec<String>>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum As {
    Listing,
    Objects,
    Inventory,
    Athena,
    Object(Format),
}

/// What was found.
#[derive(Default)]
struct Found {
    items: Option<Vec<Item>>,
    files: Option<Vec<Object>>,
    columns: Option<Vec<String>>,
}

fn somewhere() -> String {
    "s3://bucket/key".to_owned()
}

fn read(case: &Case) -> Result<Found, DatasetError> {
    let bytes = match (&case.base64, &case.object) {
        (Some(base64), _) => STANDARD.decode(base64).unwrap(),
        (None, Value::String(text)) => text.clone().into_bytes(),
        (None, _) => Vec::new(),
    };
    Ok(match &case.read_as {
        As::Listing => Found { items: Some(listed("bucket", &case.object)), ..Found::default() },
        As::Objects => Found { files: Some(objects("bucket", &case.object)), ..Found::default() },
        As::Athena => Found { files: Some(athena(&bytes)?), ..Found::default() },
        As::Object(format) => Found {
            items: Some(items(format, &case.address, &bytes, case.most.unwrap_or(usize::MAX))?),
            ..Found::default()
        },
        As::Inventory => {
            let found = inventory(&bytes)?;
            let Format::Csv { headers, .. } = found.format else { panic!("{}", case.comment) };
            Found { files: Some(found.files), columns: headers, items: None }
        }
    })
}

#[test]
fn datasets_have_the_items_that_aws_finds_in_them() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).unwrap();
    assert!(cases.len() > 30, "the cases are missing");
    for case in cases {
        let comment = &case.comment;
        let found = match (read(&case), &case.error) {
            (Err(found), Some(expected)) => {
                assert_eq!(found.to_string(), *expected, "{comment}");
                continue;
            }
            (found, None) => found.unwrap_or_else(|error| panic!("{comment}: {error}")),
            (Ok(_), Some(_)) => panic!("{comment}: it is read"),
        };
        if let Some(keys) = &case.keys {
            let found = found.items.iter().flatten().filter_map(|item| item.key.clone());
            assert_eq!(found.collect::<Vec<_>>(), *keys, "{comment}");
        }
        if let Some(sources) = &case.sources {
            for item in found.items.iter().flatten() {
                assert_eq!(
                    item.source.iter().collect::<Vec<_>>(),
                    sources.iter().collect::<Vec<_>>(),
                    "{comment}"
                );
            }
        }
        let items: Option<Vec<Value>> = found.items.map(|items| items.into_iter().map(Item::input).collect());
        assert_eq!(items, case.items, "{comment}");
        let files: Option<Vec<String>> = found.files.map(|files| files.iter().map(Object::address).collect());
        assert_eq!(files, case.files, "{comment}");
        assert_eq!(found.columns, case.columns, "{comment}");
    }
}

/// A text with this many names of five characters, and lines that have a field each.
fn wide(names: usize, lines: usize) -> String {
    let names: Vec<String> = (0..names).map(|n| format!("{n:05}")).collect();
    format!("{}\n{}", names.join(","), "x\n".repeat(lines))
}

fn read_csv(text: &str, most: usize) -> Result<Vec<Item>, DatasetError> {
    items(&Format::Csv { delimiter: ',', headers: None }, "s3://bucket/key", text.as_bytes(), most)
}

#[test]
fn names_that_make_every_item_too_large_are_refused_before_there_are_any() {
    // Each name takes eleven bytes: itself and an empty text, in quotes, a colon and a comma. Together they stand in
    // brackets, and the last one has no comma.
    let most = (MOST_ITEM - 1) / 11;
    let found = read_csv(&wide(most, 1), usize::MAX).unwrap();
    assert_eq!(found.first().unwrap().value.as_object().unwrap().len(), most);
    assert_eq!(read_csv(&wide(most + 1, 100_000), usize::MAX), Err(DatasetError::TooLarge));
    // Without a record there is no item.
    assert_eq!(read_csv(&wide(most + 1, 0), usize::MAX), Ok(Vec::new()));
}

#[test]
fn no_more_lines_are_read_than_are_wanted() {
    // All of them would have 20,000,000,000 fields.
    assert_eq!(read_csv(&wide(20_000, 1_000_000), 2).unwrap().len(), 2);
}
