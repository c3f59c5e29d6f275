use serde_json::Value;
use std::fmt;

/// The language in which a state says what its data is.
///
/// Source: Step Functions developer guide, "Processing input and output in Step Functions".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryLanguage {
    /// `InputPath`, `Parameters`, `ResultSelector`, `ResultPath`, `OutputPath`: paths, and the functions `States.*`.
    Jsonpath,
    /// `Arguments`, `Output`: expressions.
    Jsonata,
}

impl QueryLanguage {
    /// The name as a definition writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jsonpath => "JSONPath",
            Self::Jsonata => "JSONata",
        }
    }

    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Jsonpath => Self::Jsonata,
            Self::Jsonata => Self::Jsonpath,
        }
    }

    /// What a state or a machine says that has this `QueryLanguage`. AWS takes whatever is not exactly `JSONPath` for
    /// JSONata, and complains of it elsewhere.
    pub(super) fn read(said: Option<&Value>) -> Option<Self> {
        match said? {
            Value::String(text) if text == "JSONPath" => Some(Self::Jsonpath),
            _ => Some(Self::Jsonata),
        }
    }

    /// Whether the language has no such field, although the other one has.
    pub(super) fn lacks(self, field: &str) -> bool {
        self.field(field).is_some()
    }

    /// The name of a field that only the other language has.
    pub(super) fn field(self, field: &str) -> Option<&'static str> {
        let fields = match self {
            Self::Jsonpath => OF_JSONATA,
            Self::Jsonata => OF_JSONPATH,
        };
        fields.iter().find(|name| **name == field).copied()
    }
}

/// What only states of JSONata have.
const OF_JSONATA: &[&str] = &["Arguments", "Output", "Items", "Condition"];

/// What only states of JSONPath have.
const OF_JSONPATH: &[&str] = &[
    "InputPath",
    "Parameters",
    "ResultSelector",
    "ResultPath",
    "OutputPath",
    "Result",
    "ItemsPath",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "MaxItemsPerBatchPath",
    "MaxInputBytesPerBatchPath",
    "MaxItemsPath",
    "ErrorPath",
    "CausePath",
    "Variable",
    "And",
    "Or",
    "Not",
];

impl fmt::Display for QueryLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
