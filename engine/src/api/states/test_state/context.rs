//! Whether a context object is one.
//!
//! Source: Step Functions developer guide, "Accessing execution data from the Context object in Step Functions", and the
//! messages that AWS was seen to answer.

use super::super::ApiError;
use serde_json::Value;

/// What a field of the context object is.
enum Field {
    Text,
    Number,
    Any,
    Object(&'static [(&'static str, Field)]),
}

const CONTEXT: &[(&str, Field)] = &[
    (
        "Execution",
        Field::Object(&[
            ("Id", Field::Text),
            ("Input", Field::Any),
            ("Name", Field::Text),
            ("RoleArn", Field::Text),
            ("StartTime", Field::Text),
            ("RedriveCount", Field::Number),
            ("RedriveTime", Field::Text),
        ]),
    ),
    (
        "State",
        Field::Object(&[("EnteredTime", Field::Text), ("Name", Field::Text), ("RetryCount", Field::Number)]),
    ),
    ("StateMachine", Field::Object(&[("Id", Field::Text), ("Name", Field::Text)])),
    ("Task", Field::Object(&[("Token", Field::Text)])),
    (
        "Map",
        Field::Object(&[(
            "Item",
            Field::Object(&[
                ("Index", Field::Number),
                ("Value", Field::Any),
                ("Key", Field::Text),
                ("Source", Field::Text),
            ]),
        )]),
    ),
];

/// The context object that stands in a text.
pub(super) fn read(text: &str) -> Result<Value, ApiError> {
    let wrong = |why: &str| ApiError::validation(format!("Invalid Context object provided: {why}"));
    let context: Value = serde_json::from_str(text).map_err(|_| wrong("must be valid JSON"))?;
    match check(&context, CONTEXT, "") {
        None => Ok(context),
        Some(why) => Err(wrong(&why)),
    }
}

/// What is wrong with an object, if anything is.
fn check(value: &Value, fields: &[(&str, Field)], path: &str) -> Option<String> {
    let Some(object) = value.as_object() else {
        return Some(if path.is_empty() {
            "must be an object".to_owned()
        } else {
            format!("{path} must be an object")
        });
    };
    object.iter().find_map(|(name, value)| {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let Some((_, field)) = fields.iter().find(|(known, _)| known == name) else {
            return Some(format!("Field '{path}' is not allowed"));
        };
        match field {
            Field::Text if !value.is_string() => Some(format!("{path} must be a string")),
            Field::Number if !value.is_number() => Some(format!("{path} must be a number")),
            Field::Object(fields) => check(value, fields, &path),
            Field::Text | Field::Number | Field::Any => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_context_has_is_refused() {
        for (text, why) in [
            ("{\"Pokedex\": {}}", "Field 'Pokedex' is not allowed"),
            ("{\"Execution\": {\"Id\": 1}}", "Execution.Id must be a string"),
            ("{\"Execution\": []}", "Execution must be an object"),
            ("{\"State\": {\"RetryCount\": \"1\"}}", "State.RetryCount must be a number"),
            ("{\"Map\": {\"Item\": {\"No\": 1}}}", "Field 'Map.Item.No' is not allowed"),
            ("[]", "must be an object"),
            ("{", "must be valid JSON"),
        ] {
            let [code, message] = read(text).unwrap_err().parts();
            let expected = format!("Invalid Context object provided: {why}");
            assert_eq!((code.as_str(), message), ("ValidationException", expected), "{text}");
        }
        for text in ["{}", "{\"Execution\": {}}", "{\"Map\": {\"Item\": {\"Index\": 0, \"Value\": [1]}}}"] {
            assert!(read(text).is_ok(), "{text}");
        }
    }
}
