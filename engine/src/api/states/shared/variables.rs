//! `variableReferences`: which states refer to which variables.

use crate::asl;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The variables that each state refers to, sorted. States that refer to none are left out.
pub(in crate::api) fn references(definition: &str) -> BTreeMap<String, BTreeSet<String>> {
    serde_json::from_str::<Value>(definition).map(|machine| asl::references(&machine)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_reference_is_found_and_nothing_else() {
        let definition = json!({
            "StartAt": "Paths",
            "States": {
                "Paths": {
                    "Type": "Task",
                    "Comment": "$no",
                    "Parameters": {
                        "a.$": "States.Format('$no {}', $one, $$.Execution.Id, $.no)",
                        "b": "$no",
                        "ApiPath": "$no"
                    },
                    "ResultSelector": { "deep": [{ "c.$": "$two.field" }] },
                    "OutputPath": "$three",
                    "Next": "Expressions"
                },
                "Expressions": {
                    "QueryLanguage": "JSONata",
                    "Type": "Pass",
                    "Output": {
                        "a": "{% $states.input.x + $one + $sum([1]) %}",
                        "b": "$no",
                        "c": "{% ($local := 1; $map($two, function($v, $i) { $v + $local & \"$no\" })) %}",
                        "d": "{% $exists($three) ? $map([], $uppercase) : /$no/ %}",
                        "e": " {% $no %} ",
                        "f": "{% /* $no */ $four.field[$ > $five] %}"
                    },
                    "End": true
                },
                "Nothing": { "Type": "Succeed" },
                "Map": {
                    "Type": "Map",
                    "ItemsPath": "$list[0]",
                    "ItemProcessor": { "StartAt": "Inner", "States": { "Inner": { "Type": "Wait", "SecondsPath": "$inner", "End": true } } },
                    "End": true
                }
            }
        });
        let expected = json!({
            "Paths": ["one", "three", "two"],
            "Expressions": ["five", "four", "one", "three", "two"],
            "Map": ["list"],
            "Inner": ["inner"]
        });
        assert_eq!(json!(references(&definition.to_string())), expected);
        assert!(references("no JSON").is_empty());
    }
}
