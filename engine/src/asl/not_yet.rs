//! What the language has and this engine does not yet. It is refused by name when a definition is loaded: a field that
//! was ignored would be a workflow that does something else than it says.

/// Why a known field is refused.
pub(super) fn field(name: &str) -> Option<&'static str> {
    Some(match name {
        "Parameters"
        | "ResultSelector"
        | "ResultPath"
        | "InputPath"
        | "OutputPath"
        | "Result"
        | "ItemsPath"
        | "SecondsPath"
        | "TimestampPath"
        | "TimeoutSecondsPath"
        | "HeartbeatSecondsPath"
        | "MaxConcurrencyPath"
        | "ErrorPath"
        | "CausePath"
        | "Variable" => {
            "it belongs to JSONPath, which this engine does not evaluate yet; write the state in JSONata"
        }
        "ItemReader"
        | "ItemBatcher"
        | "ResultWriter"
        | "ToleratedFailureCount"
        | "ToleratedFailurePercentage"
        | "Label" => "it belongs to the distributed Map, which this engine does not run yet",
        "Iterator" => "it is the old name of `ItemProcessor`, which this engine takes instead",
        "Credentials" => "this engine does not assume another role for a state yet",
        _ => return None,
    })
}
