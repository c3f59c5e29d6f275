//! What a distributed Map reads and gives: the items of a dataset, and the results of its children. Pure: whoever calls
//! has fetched the objects, and writes the files.
//!
//! Source: Step Functions developer guide, "ItemReader (Map)" and "Accessing execution data from the Context object".

mod csv;
mod gzip;
mod listing;
mod manifest;
mod results;

pub use listing::{Object, listed, objects};
pub use manifest::{Inventory, athena, inventory};
pub use results::{Child, results};

use crate::asl::state::item_reader::Format;
use serde_json::{Map, Value};
use std::borrow::Cow;
use thiserror::Error;

/// How many bytes of JSON an item may have: what an execution may be given.
const MOST_ITEM: usize = 262_144;

/// An item of a Map.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its name, where it comes from an object of JSON.
    pub key: Option<String>,
    /// What it is.
    pub value: Value,
    /// Where it was read, `s3://BUCKET/KEY`. Without it it stood in the input of the state.
    pub source: Option<String>,
}

impl Item {
    /// What a child gets for it: the pair, where it has a key.
    pub fn input(self) -> Value {
        match self.key {
            None => self.value,
            Some(key) => {
                let pair = [("Key".to_owned(), key.into()), ("Value".to_owned(), self.value)];
                Value::Object(Map::from_iter(pair))
            }
        }
    }
}

impl From<Value> for Item {
    /// An item of the state's input.
    fn from(value: Value) -> Self {
        Self { key: None, value, source: None }
    }
}

/// The fields of an object as items.
pub fn fields_of(map: Map<String, Value>) -> Vec<Item> {
    map.into_iter().map(|(key, value)| Item { key: Some(key), value, source: None }).collect()
}

/// The items of an object cannot be found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DatasetError {
    /// It is not of the type that the state says.
    #[error("the object is not {expected}: {why}")]
    Type {
        /// What it should be.
        expected: &'static str,
        /// Why it is not.
        why: String,
    },
    /// It has no array and no object of items: AWS's words.
    #[error("Attempting to map over non-iterable node.")]
    NoItems,
    /// It has no line with the names of its fields.
    #[error("the object has no line, and `CSVHeaderLocation` says that its first line names the fields")]
    NoHeaders,
    /// Its fields have so many names that every item is larger than what an execution may be given.
    #[error("the names of its fields alone make an item of more than {MOST_ITEM} bytes")]
    TooLarge,
    /// This engine does not read it.
    #[error("this engine does not read {0}")]
    Unreadable(&'static str),
    /// It says nothing that an S3 inventory needs.
    #[error("the manifest of an S3 inventory needs `{0}`")]
    NoInventory(&'static str),
    /// It names no object in S3.
    #[error("`{0}` is not the address of an object in S3")]
    NoAddress(String),
}

/// The items of an object, in order, and no more than `most` of them. `source` is its address; what its name ends with
/// says how it is compressed.
pub fn items(format: &Format, source: &str, object: &[u8], most: usize) -> Result<Vec<Item>, DatasetError> {
    let text = text(source, object)?;
    let items = match format {
        Format::Json(pointer) => of_json(&text, pointer.as_deref().unwrap_or_default())?,
        Format::JsonLines => of_lines(&text)?,
        Format::Csv { delimiter, headers } => of_csv(&text, *delimiter, headers.as_deref(), most)?,
        Format::Parquet => {
            return Err(DatasetError::Unreadable("Parquet; write the items as JSON lines or as CSV"));
        }
    };
    Ok(items.into_iter().take(most).map(|item| Item { source: Some(source.to_owned()), ..item }).collect())
}

/// The text of an object, whether it is compressed or not.
fn text<'a>(source: &str, object: &'a [u8]) -> Result<Cow<'a, str>, DatasetError> {
    if [".zst", ".zstd"].iter().any(|extension| source.ends_with(extension)) {
        return Err(DatasetError::Unreadable("what ZSTD has compressed; GZIP is read"));
    }
    if source.ends_with(".gz") {
        let bytes = gzip::unpacked(object)?;
        return Ok(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(String::from_utf8_lossy(object))
}

fn of_json(text: &str, pointer: &str) -> Result<Vec<Item>, DatasetError> {
    let mut value: Value = serde_json::from_str(text)
        .map_err(|error| DatasetError::Type { expected: "JSON", why: error.to_string() })?;
    match value.pointer_mut(pointer).map(Value::take) {
        Some(Value::Array(items)) => Ok(items.into_iter().map(Item::from).collect()),
        Some(Value::Object(map)) => Ok(fields_of(map)),
        _ => Err(DatasetError::NoItems),
    }
}

fn of_lines(text: &str) -> Result<Vec<Item>, DatasetError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parse = |(n, line): (usize, &str)| {
        let value: Result<Value, _> = serde_json::from_str(line);
        value.map(Item::from).map_err(|error| DatasetError::Type {
            expected: "JSON in each line",
            why: format!("line {}: {error}", n + 1),
        })
    };
    lines.map(parse).collect()
}

/// A record is read only if it is wanted: each has all names, however short its line is.
fn of_csv(
    text: &str,
    delimiter: char,
    headers: Option<&[String]>,
    most: usize,
) -> Result<Vec<Item>, DatasetError> {
    let mut records = csv::records(text, delimiter);
    let names = match headers {
        Some(names) => names.to_vec(),
        None => records.next().ok_or(DatasetError::NoHeaders)?,
    };
    let mut records = records.take(most).peekable();
    // What a record adds may still be left out by the state, which looks at the size of what it gives to its children.
    if records.peek().is_some() && csv::item(&names, Vec::new()).to_string().len() > MOST_ITEM {
        return Err(DatasetError::TooLarge);
    }
    Ok(records.map(|record| csv::item(&names, record).into()).collect())
}

#[cfg(test)]
mod tests;
