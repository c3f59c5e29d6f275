//! `ItemReader`: the dataset in S3 that a distributed Map takes its items from.
//!
//! Source: Step Functions developer guide, "ItemReader (Map)".

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
            .and_then(|config| Setting::integer(config, ("MaxItems", "MaxItemsPath"), 1..=100_000_000));
        let resource = entry.require("Resource")?.as_str().unwrap_or_default();
        let source = match (resource.split_once(":states:::").map(|(_, action)| action), &config) {
            (Some("s3:listObjectsV2"), None) => Some(ReaderSource::Listing),
            (Some("s3:listObjectsV2"), Some(config)) => listing(config),
            (Some("s3:getObject"), None) => Some(ReaderSource::Object(Format::Json(None))),
            (Some("s3:getObject"), Some(config)) => object(config),
            _ => {
                let message = format!(
                    "The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
                );
                entry.problems.add(Rule::Value, entry.at("Resource"), message);
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
    match config.string("Transformation") {
        None | Some("NONE") => Some(ReaderSource::Listing),
        Some("LOAD_AND_FLATTEN") => match config.string("InputType") {
            None => {
                config.missing(&["InputType"]);
                None
            }
            Some(kind) => {
                format(config, kind, "`CSV`, `JSON`, `JSONL` or `PARQUET`").map(ReaderSource::Flattened)
            }
        },
        Some(other) => {
            config.wrong("Transformation", "`NONE` or `LOAD_AND_FLATTEN`", &Value::from(other));
            None
        }
    }
}

fn object(config: &Fields) -> Option<ReaderSource> {
    let kind = config.string("InputType");
    match (config.string("ManifestType"), kind) {
        (None | Some("S3_INVENTORY"), Some("MANIFEST")) | (Some("S3_INVENTORY"), None) => {
            // The columns are those of the manifest.
            csv(config, false);
            Some(ReaderSource::Inventory)
        }
        (Some("S3_INVENTORY"), Some(_)) => {
            csv(config, false);
            let message = "Only one of these fields is allowed: [ManifestType, InputType]";
            config.problems.add(Rule::Exclusive, config.pointer.clone(), message);
            None
        }
        (Some("ATHENA_DATA"), Some(kind)) => {
            format(config, kind, "`CSV`, `JSONL` or `PARQUET`").map(ReaderSource::Athena)
        }
        (Some("ATHENA_DATA"), None) => {
            config.missing(&["InputType"]);
            None
        }
        (Some(other), _) => {
            config.wrong("ManifestType", "`ATHENA_DATA` or `S3_INVENTORY`", &Value::from(other));
            None
        }
        (None, kind) => {
            let kinds = "`CSV`, `JSON`, `JSONL`, `MANIFEST` or `PARQUET`";
            format(config, kind.unwrap_or("JSON"), kinds).map(ReaderSource::Object)
        }
    }
}

/// The format that an `InputType` is.
fn format(config: &Fields, kind: &str, kinds: &str) -> Option<Format> {
    match kind {
        "JSON" if kinds.contains("`JSON`") => {
            Some(Format::Json(config.string("ItemsPointer").map(str::to_owned)))
        }
        "JSONL" => Some(Format::JsonLines),
        "CSV" => Some(csv(config, true)),
        "PARQUET" => Some(Format::Parquet),
        other => {
            config.wrong("InputType", kinds, &Value::from(other));
            None
        }
    }
}

/// What is said of CSV. A dataset must have names for its columns.
fn csv(config: &Fields, has_names: bool) -> Format {
    let delimiter = match config.string("CSVDelimiter") {
        None | Some("COMMA") => ',',
        Some("PIPE") => '|',
        Some("SEMICOLON") => ';',
        Some("SPACE") => ' ',
        Some("TAB") => '\t',
        Some(other) => {
            let delimiters = "`COMMA`, `PIPE`, `SEMICOLON`, `SPACE` or `TAB`";
            config.wrong("CSVDelimiter", delimiters, &Value::from(other));
            ','
        }
    };
    let names = config.array("CSVHeaders").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let headers = match config.string("CSVHeaderLocation") {
        Some("FIRST_ROW") => None,
        Some("GIVEN") => Some(names),
        None => {
            if has_names {
                config.missing(&["CSVHeaderLocation"]);
            }
            None
        }
        Some(other) => {
            config.wrong("CSVHeaderLocation", "`FIRST_ROW` or `GIVEN`", &Value::from(other));
            None
        }
    };
    Format::Csv { delimiter, headers }
}
