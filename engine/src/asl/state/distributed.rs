//! What a Map says in distributed mode: its iterations are executions of their own, and belong to a map run.
//!
//! Source: Step Functions developer guide, "Using Map state in Distributed mode".

use super::item_reader::Reader;
use super::label::WrongLabel;
use super::ranges;
use crate::asl::fields::Fields;
use crate::asl::machine::Names;
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use crate::asl::template::{Setting, Template};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What only a distributed Map has.
#[derive(Debug, Clone)]
pub struct Distributed {
    /// Whether its children are Express executions.
    pub express: bool,
    /// Where the items are, if they are not in the state's input.
    pub reader: Option<Reader>,
    /// Where the results go.
    pub writer: Option<Writer>,
    /// What stands in the ARNs of its map runs and children, before a colon.
    pub label: Option<String>,
}

/// How items come together in one child.
#[derive(Debug, Clone)]
pub struct Batcher {
    /// What each batch gets besides its items.
    pub input: Option<Template>,
    /// How many items there are at most in one.
    pub items: Option<Setting<u64>>,
    /// How many bytes one has at most.
    pub bytes: Option<Setting<u64>>,
}

/// Where the results go.
#[derive(Debug, Clone)]
pub struct Writer {
    /// The bucket and the prefix (`Parameters`, `Arguments`). Without it the results are the state's.
    pub arguments: Option<Template>,
    /// What of each child is written.
    pub transformation: Transformation,
    /// Whether each result is a line of its own (`JSONL`).
    pub lines: bool,
}

/// What of each child is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Transformation {
    /// Its output, with what is known of the execution.
    None,
    /// Its output.
    Compact,
    /// Its output, or where that is an array each of its items.
    Flatten,
}

impl Distributed {
    pub(super) fn read(fields: &Fields, config: &Fields, names: &Names) -> Self {
        if !config.has("ExecutionType") {
            config.missing(&["ExecutionType"]);
        }
        let express = config.one_of("ExecutionType", ["STANDARD", "EXPRESS"]) == Some("EXPRESS");
        let label = fields.string("Label").map(str::to_owned);
        if let Some(label) = &label {
            if let Some(wrong) = WrongLabel::of(label) {
                let what = match wrong {
                    WrongLabel::Character(c) => format!("{wrong}: '{}'", c.escape_default()),
                    WrongLabel::Empty | WrongLabel::Long => wrong.to_string(),
                };
                fields.problems.add(Rule::Value, fields.at("Label"), what);
            } else if !names.take_label(label) {
                let message = format!("Duplicate Label name: {label}");
                fields.problems.add(Rule::DuplicateLabel, fields.at("Label"), message);
            }
        }
        let reader = fields.get("ItemReader").and_then(|value| Reader::read(fields, value));
        let writer = fields.get("ResultWriter").and_then(|value| writer(fields, value));
        Self { express, reader, writer, label }
    }
}

impl Batcher {
    pub(super) fn read(fields: &Fields) -> Option<Self> {
        let entry = fields.inner(fields.get("ItemBatcher")?, &fields.at("ItemBatcher"))?;
        let input = Template::field(&entry, "BatchInput");
        let items =
            Setting::integer(&entry, ("MaxItemsPerBatch", "MaxItemsPerBatchPath"), ranges::BATCH_ITEMS);
        let bytes = Setting::integer(
            &entry,
            ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
            ranges::BATCH_BYTES,
        );
        // A value that is wrong has been reported; what counts here is which fields there are.
        let names = [
            "MaxItemsPerBatch",
            "MaxItemsPerBatchPath",
            "MaxInputBytesPerBatch",
            "MaxInputBytesPerBatchPath",
        ];
        if entry.count(&names) == 0 {
            entry.missing(&["MaxItemsPerBatch", "MaxInputBytesPerBatch"]);
        }
        entry.finish();
        Some(Self { input, items, bytes })
    }
}

/// What AWS says of the `Resource` of an `ItemReader` or a `ResultWriter` that is none.
pub(super) fn not_allowed(entry: &Fields, found: &str, allowed: &str) -> Problem {
    let message = "The field 'Resource' does not match any of the allowed values";
    Problem::error(Rule::Value, entry.at("Resource"), message)
        .hint(format!("`{found}` is not `arn:aws:states:::{allowed}`"))
}

fn writer(fields: &Fields, value: &Value) -> Option<Writer> {
    let entry = fields.inner(value, &fields.at("ResultWriter"))?;
    if let Some(resource) = entry.string("Resource")
        && !resource.ends_with(":states:::s3:putObject")
    {
        entry.problems.push(not_allowed(&entry, resource, "s3:putObject"));
    }
    // It says where the results go, or what is made of them, or both.
    let goes = if entry.language == QueryLanguage::Jsonata { "Arguments" } else { "Parameters" };
    match (entry.has("Resource"), entry.has(goes)) {
        (true, false) => entry.missing(&[goes]),
        (false, true) => entry.missing(&["Resource"]),
        (false, false) if !entry.has("WriterConfig") => entry.missing(&["Resource", goes]),
        _ => {}
    }
    let arguments = super::arguments(&entry);
    let (mut transformation, mut lines) = (Transformation::None, false);
    if let Some(config) =
        entry.get("WriterConfig").and_then(|value| entry.inner(value, &entry.at("WriterConfig")))
    {
        transformation = match config.one_of("Transformation", ["NONE", "COMPACT", "FLATTEN"]) {
            Some("COMPACT") => Transformation::Compact,
            Some("FLATTEN") => Transformation::Flatten,
            _ => Transformation::None,
        };
        lines = config.one_of("OutputType", ["JSON", "JSONL"]) == Some("JSONL");
        config.finish();
    }
    entry.finish();
    Some(Writer { arguments, transformation, lines })
}
