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

    /// Whether the language has no such field, although the other one has.
    pub(super) fn lacks(self, field: &str) -> bool {
        let fields: &[&str] = match self {
            Self::Jsonpath => &["Arguments", "Output", "Items", "Condition"],
            Self::Jsonata => &[
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
            ],
        };
        fields.contains(&field)
    }
}

impl fmt::Display for QueryLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
