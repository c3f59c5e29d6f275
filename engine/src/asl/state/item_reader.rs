//! `ItemReader`: the dataset in S3 that a distributed Map takes its items from.
//!
//! Source: Step Functions developer guide, "ItemReader (Map)".

use super::distributed::not_allowed;
use super::ranges;
use crate::asl::fields::Fields;
use crate::asl::problem::Rule;
use crate::asl::template::{Setting, Template};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A dataset in S3.
#[derive(Debug, Clone)]
pub struct Reader {
    /// What is read.
    pub source: ReaderSource,
    /// The object or the prefix: `Parameters` or `Arguments`, with `Bucket` and `Key` or `Prefix`.
    pub arguments: Template,
    /// How many items are taken at most.
    pub most: Option<Setting<u64>>,
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReaderSource {
    /// The names of a bucket's objects, and what else a listing says of them (`s3:listObjectsV2`).
    Listing,
    /// What is in a bucket's objects (`LOAD_AND_FLATTEN`).
    Flattened(Format),
    /// An S3 inventory: the objects that the files of its manifest name.
    #[serde(rename = "manifest")]
    Inventory,
    /// The manifest of Athena's `UNLOAD`: what is in the objects that it names.
    Athena(Format),
    /// What is in one object (`s3:getObject`).
    #[serde(untagged)]
    Object(Format),
}

/// How items stand in an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// A JSON array or a JSON object, or what has one; the steps to it (`ItemsPointer`).
    Json(Option<String>),
    /// One JSON value in each line.
    JsonLines,
    /// Fields between delimiters.
    Csv {
        /// The character between two fields.
        delimiter: char,
        /// The names of the fields; without them they are the first line.
        headers: Option<Vec<String>>,
    },
    /// Columns in binary form. This engine takes definitions with it and does not read it.
    Parquet,
}

impl Reader {
    pub(super) fn read(fields: &Fields, value: &Value) -> Option<Self> {
        let entry = fields.inner(value, &fields.at("ItemReader"))?;
        let config =
            entry.get("ReaderConfig").and_then(|value| entry.inner(value, &entry.at("ReaderConfig")));
        let most = config
            .as_ref()
            .and_then(|config| Setting::integer(config, ("MaxItems", "MaxItemsPath"), ranges::ITEMS));
        let resource = entry.require("Resource")?.as_str().unwrap_or_default();
        let source = match (crate::arn::integration(resource), &config) {
            (Some("s3:listObjectsV2"), None) => Some(ReaderSource::Listing),
            (Some("s3:listObjectsV2"), Some(config)) => listing(config),
            (Some("s3:getObject"), None) => Some(ReaderSource::Object(Format::Json(None))),
            (Some("s3:getObject"), Some(config)) => object(config),
            _ => {
                entry.problems.push(not_allowed(&entry, resource, "s3:getObject` or `s3:listObjectsV2"));
                None
            }
        };
        if let Some(config) = config {
            config.finish();
        }
        let arguments = super::arguments(&entry);
        entry.finish();
        Some(Self { source: source?, arguments: arguments?, most })
    }
}

fn listing(config: &Fields) -> Option<ReaderSource> {
    if !config.has("Transformation") {
        return Some(ReaderSource::Listing);
    }
    match config.one_of("Transformation", ["NONE", "LOAD_AND_FLATTEN"])? {
        "LOAD_AND_FLATTEN" if !config.has("InputType") => {
            config.missing(&["InputType"]);
            None
        }
        "LOAD_AND_FLATTEN" => {
            let kind = config.one_of("InputType", ["CSV", "JSON", "JSONL", "PARQUET"])?;
            Some(ReaderSource::Flattened(format(config, kind)))
        }
        _ => Some(ReaderSource::Listing),
    }
}

fn object(config: &Fields) -> Option<ReaderSource> {
    let manifest = match config.has("ManifestType") {
        true => Some(config.one_of("ManifestType", ["ATHENA_DATA", "S3_INVENTORY"])?),
        false => None,
    };
    match (manifest, config.string("InputType")) {
        (None | Some("S3_INVENTORY"), Some("MANIFEST")) | (Some("S3_INVENTORY"), None) => {
            // The columns are those of the manifest.
            delimiter(config);
            Some(ReaderSource::Inventory)
        }
        (Some("S3_INVENTORY"), Some(kind)) => {
            format(config, kind);
            let message = "Only one of these fields is allowed: [ManifestType, InputType]";
            config.problems.add(Rule::Exclusive, config.pointer.clone(), message);
            None
        }
        (Some(_), Some(_)) => {
            let kind = config.one_of("InputType", ["CSV", "JSONL", "PARQUET"])?;
            Some(ReaderSource::Athena(format(config, kind)))
        }
        (Some(_), None) => {
            config.missing(&["InputType"]);
            None
        }
        (None, None) => Some(ReaderSource::Object(format(config, "JSON"))),
        (None, Some(_)) => {
            let kind = config.one_of("InputType", ["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"])?;
            Some(ReaderSource::Object(format(config, kind)))
        }
    }
}

/// The format that an `InputType` is.
fn format(config: &Fields, kind: &str) -> Format {
    match kind {
        "JSONL" => Format::JsonLines,
        "CSV" => csv(config),
        "PARQUET" => Format::Parquet,
        _ => Format::Json(config.string("ItemsPointer").map(str::to_owned)),
    }
}

/// What is said of CSV. A dataset must have names for its columns.
fn csv(config: &Fields) -> Format {
    let delimiter = delimiter(config);
    let names = config.array("CSVHeaders").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if !config.has("CSVHeaderLocation") {
        let message = "The field 'CSVHeaderLocation' is required";
        config.problems.add(Rule::MissingField, config.pointer.clone(), message);
    }
    let given = config.one_of("CSVHeaderLocation", ["FIRST_ROW", "GIVEN"]) == Some("GIVEN");
    if given && !config.has("CSVHeaders") {
        config.missing(&["CSVHeaders"]);
    }
    Format::Csv { delimiter, headers: given.then_some(names) }
}

/// What stands between two fields of CSV.
fn delimiter(config: &Fields) -> char {
    match config.one_of("CSVDelimiter", ["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]) {
        Some("PIPE") => '|',
        Some("SEMICOLON") => ';',
        Some("SPACE") => ' ',
        Some("TAB") => '\t',
        _ => ',',
    }
}
