//! `variableReferences`: which states refer to which variables.

use super::definition::each_state;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Fields whose states are looked at on their own, and fields that nothing is evaluated in.
const APART: [&str; 9] = [
    "ItemProcessor",
    "Iterator",
    "Branches",
    "Comment",
    "Result",
    "Type",
    "Next",
    "Default",
    "QueryLanguage",
];

/// The variables that each state refers to, sorted. States that refer to none are left out.
pub(in crate::api) fn references(definition: &str) -> BTreeMap<String, BTreeSet<String>> {
    let Ok(definition) = serde_json::from_str::<Value>(definition) else { return BTreeMap::new() };
    let language = definition.get("QueryLanguage").and_then(Value::as_str).unwrap_or("JSONPath");
    let mut references = BTreeMap::new();
    each_state(&definition, "", &mut |state, name, _| {
        let own = state.get("QueryLanguage").and_then(Value::as_str).unwrap_or(language);
        let mut found = BTreeSet::new();
        of_state(state, own == "JSONata", &mut found);
        if !found.is_empty() {
            references.insert(name.to_owned(), found);
        }
    });
    references
}

fn of_state(state: &Map<String, Value>, is_jsonata: bool, found: &mut BTreeSet<String>) {
    for (name, value) in state {
        if APART.contains(&name.as_str()) {
            continue;
        }
        if is_jsonata {
            of_jsonata(value, found);
        } else {
            of_jsonpath(name, value, found);
        }
    }
}

/// A path stands in a field whose name ends so; everything else is a text.
fn of_jsonpath(name: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if name.ends_with(".$") || name.ends_with("Path") || name == "Variable" => {
            found.extend(names(text, '\''));
        }
        Value::String(_) => {}
        Value::Array(items) => items.iter().for_each(|item| of_jsonpath(name, item, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| of_jsonpath(name, value, found)),
        _ => {}
    }
}

fn of_jsonata(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let expression = text.trim().strip_prefix("{%").and_then(|text| text.strip_suffix("%}"));
            if let Some(expression) = expression {
                let bound = bound_in(expression);
                found.extend(names(expression, '"').filter(|name| !bound.contains(name)));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| of_jsonata(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| of_jsonata(value, found)),
        _ => {}
    }
}

/// The names behind a `$` outside of texts, apart from `$states`, from functions that are called, and from `$` and `$$`.
fn names(text: &str, quote: char) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    let mut open = None;
    while let Some(c) = rest.next() {
        match (open, c) {
            (Some(_), '\\') => drop(rest.next()),
            (Some(quote), c) if c == quote => open = None,
            (Some(_), _) => {}
            (None, c) if c == quote || c == '\'' || c == '`' => open = Some(c),
            (None, '$') => {
                let mut name = String::new();
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                while rest.next_if(|c| c.is_whitespace()).is_some() {}
                let is_called = rest.peek() == Some(&'(');
                if !name.is_empty() && !is_called && name != "states" {
                    found.push(name);
                }
            }
            (None, _) => {}
        }
    }
    found.into_iter()
}

/// The names that an expression binds itself: `$x := ...` and `function($x)`.
fn bound_in(expression: &str) -> BTreeSet<String> {
    let mut bound = BTreeSet::new();
    for (at, _) in expression.match_indices(":=") {
        let before = expression.get(..at).unwrap_or_default().trim_end();
        if let Some((_, name)) = before.rsplit_once('$') {
            bound.insert(name.to_owned());
        }
    }
    for (at, head) in expression.match_indices("function").chain(expression.match_indices('λ')) {
        let after = expression.get(at + head.len()..).unwrap_or_default().trim_start();
        let parameters = after.strip_prefix('(').and_then(|after| after.split_once(')'));
        if let Some((parameters, _)) = parameters {
            bound.extend(parameters.split(',').map(|it| it.trim().trim_start_matches('$').to_owned()));
        }
    }
    bound
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
                    "Parameters": { "a.$": "States.Format('$no {}', $one, $$.Execution.Id, $.no)", "b": "$no" },
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
                        "c": "{% ($local := 1; $map($two, function($v, $i) { $v + $local & \"$no\" })) %}"
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
            "Expressions": ["one", "two"],
            "Map": ["list"],
            "Inner": ["inner"]
        });
        assert_eq!(json!(references(&definition.to_string())), expected);
        assert!(references("no JSON").is_empty());
    }
}
