//! What a distributed Map reads: the items of a dataset. Pure: whoever calls has fetched the object.
//!
//! Source: Step Functions developer guide, "ItemReader (Map)".

use crate::asl::state::distributed::ReaderSource;
use serde_json::{Map, Value, json};
use thiserror::Error;

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
    /// It has no array of items.
    #[error("there is no array at `{0}` of the object; say where it is with `ItemsPointer`")]
    NoArray(String),
    /// It has no line with the names of its fields.
    #[error("the object has no line, and `CSVHeaderLocation` says that its first line names the fields")]
    NoHeaders,
    /// This engine does not read it.
    #[error("this engine does not read S3 inventories; read their lists as CSV or with `s3:listObjectsV2`")]
    Inventory,
}

/// The items of an object.
pub fn items(source: &ReaderSource, object: &str) -> Result<Vec<Value>, DatasetError> {
    match source {
        ReaderSource::Json(pointer) => of_json(object, pointer.as_deref().unwrap_or_default()),
        ReaderSource::JsonLines => of_lines(object),
        ReaderSource::Csv { delimiter, headers } => of_csv(object, *delimiter, headers.as_deref()),
        ReaderSource::Manifest | ReaderSource::Listing => Err(DatasetError::Inventory),
    }
}

/// The items of one page of a bucket's listing, as `ListObjectsV2` gives it.
pub fn listed(page: &Value) -> Vec<Value> {
    let objects = page.get("Contents").and_then(Value::as_array).into_iter().flatten();
    let item = |object: &Value| {
        json!({
            "Etag": object.get("ETag"),
            "Key": object.get("Key"),
            "LastModified": object.get("LastModified").map(seconds),
            "Size": object.get("Size"),
            "StorageClass": object.get("StorageClass"),
        })
    };
    objects.map(item).collect()
}

/// A time in whole seconds since 1970, as items have it.
fn seconds(time: &Value) -> Value {
    let parsed = time.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    parsed.map_or_else(|| time.clone(), |at| Value::from(at.as_second()))
}

fn of_json(object: &str, pointer: &str) -> Result<Vec<Value>, DatasetError> {
    let value: Value = serde_json::from_str(object)
        .map_err(|error| DatasetError::Type { expected: "JSON", why: error.to_string() })?;
    match value.pointer(pointer) {
        Some(Value::Array(items)) => Ok(items.clone()),
        // The fields of an object are items, too.
        Some(Value::Object(map)) => {
            Ok(map.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect())
        }
        _ => Err(DatasetError::NoArray(if pointer.is_empty() { "/" } else { pointer }.to_owned())),
    }
}

fn of_lines(object: &str) -> Result<Vec<Value>, DatasetError> {
    let lines = object.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parse = |(n, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| DatasetError::Type {
            expected: "JSON in each line",
            why: format!("line {}: {error}", n + 1),
        })
    };
    lines.map(parse).collect()
}

fn of_csv(object: &str, delimiter: char, headers: Option<&[String]>) -> Result<Vec<Value>, DatasetError> {
    let delimiter = u8::try_from(delimiter).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(object.trim_start_matches('\u{feff}').as_bytes());
    let mut records = reader.records();
    let wrong = |error: csv::Error| DatasetError::Type { expected: "CSV", why: error.to_string() };
    let names: Vec<String> = match headers {
        Some(names) => names.to_vec(),
        None => {
            let first = records.next().ok_or(DatasetError::NoHeaders)?.map_err(wrong)?;
            first.iter().map(str::to_owned).collect()
        }
    };
    let item = |record: csv::StringRecord| {
        let fields = names.iter().zip(record.iter());
        let fields: Map<String, Value> =
            fields.map(|(name, field)| (name.clone(), Value::from(field))).collect();
        Value::Object(fields)
    };
    records.map(|record| record.map(item).map_err(wrong)).collect()
}

#[cfg(test)]
mod tests;
