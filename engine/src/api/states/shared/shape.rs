//! What the members of a request may be, and how AWS says what is wrong with them.
//!
//! A value of the wrong JSON type is a `SerializationException`. Whatever else is wrong is reported all at once, as a
//! `ValidationException`: "2 validation errors detected: Value ... at ... failed to satisfy constraint: ...".
//! Source: the service model of Step Functions, and the messages that AWS was seen to answer.

use super::ApiError;
use serde_json::{Map, Value};

/// What a value may be.
pub(in crate::api) enum Shape {
    /// A text of so many characters. What is secret is not said again in an error.
    Text { min: usize, max: usize, pattern: Option<Pattern>, is_secret: bool },
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Whole { min: i64, max: i64 },
    /// A number.
    Real { min: f64, max: f64 },
    /// `true` or `false`.
    Flag,
    /// A list of so many values.
    List { of: &'static Shape, min: usize, max: usize },
    /// An object of a type. Members that it does not know are let through and ignored, as AWS does it.
    Structure { name: &'static str, members: &'static [Member] },
}

/// A member of an object.
pub(in crate::api) struct Member {
    pub(in crate::api) name: &'static str,
    pub(in crate::api) shape: Shape,
    pub(in crate::api) is_required: bool,
}

/// What a text must look like.
#[derive(Clone, Copy)]
pub(in crate::api) enum Pattern {
    /// The name of an alias.
    AliasName,
    /// A client token.
    Printable,
    /// A trace header.
    Ascii,
}

impl Pattern {
    /// The pattern as AWS writes it.
    fn text(self) -> &'static str {
        match self {
            Self::AliasName => r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$",
            Self::Printable => "[!-~]+",
            Self::Ascii => r"\p{ASCII}*",
        }
    }

    fn matches(self, text: &str) -> bool {
        match self {
            Self::AliasName => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
                text.chars().all(is_name) && text.chars().any(|c| !c.is_ascii_digit())
            }
            Self::Printable => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()),
            Self::Ascii => text.is_ascii(),
        }
    }
}

/// Says what is wrong with a request.
pub(in crate::api) fn check(request: &Map<String, Value>, members: &[Member]) -> Result<(), ApiError> {
    let mut violations = Violations(Vec::new());
    violations.structure(request, members, "")?;
    let Violations(list) = violations;
    if list.is_empty() {
        return Ok(());
    }
    let errors = if list.len() == 1 { "error" } else { "errors" };
    Err(ApiError::validation(format!("{} validation {errors} detected: {}", list.len(), list.join("; "))))
}

struct Violations(Vec<String>);

impl Violations {
    /// Notes that the value at a place does not satisfy a constraint. Without a value it is a secret.
    fn add(&mut self, value: Option<&str>, path: &str, constraint: &str) {
        let value = value.map_or_else(String::new, |value| format!(" '{value}'"));
        self.0
            .push(format!("Value{value} at '{path}' failed to satisfy constraint: Member must {constraint}"));
    }

    fn structure(
        &mut self,
        value: &Map<String, Value>,
        members: &[Member],
        path: &str,
    ) -> Result<(), ApiError> {
        for member in members {
            let path =
                if path.is_empty() { member.name.to_owned() } else { format!("{path}.{}", member.name) };
            match value.get(member.name) {
                None | Some(Value::Null) if member.is_required => self.0.push(format!(
                    "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                )),
                None | Some(Value::Null) => {}
                Some(value) => self.value(value, &member.shape, &path)?,
            }
        }
        Ok(())
    }

    fn value(&mut self, value: &Value, shape: &Shape, path: &str) -> Result<(), ApiError> {
        match (shape, value) {
            (Shape::Text { min, max, pattern, is_secret }, Value::String(text)) => {
                let shown = (!is_secret).then_some(text.as_str());
                let length = text.chars().count();
                if length < *min {
                    let least = format!("have length greater than or equal to {min}");
                    self.add(shown, path, &least);
                }
                if length > *max {
                    self.add(shown, path, &format!("have length less than or equal to {max}"));
                }
                if let Some(pattern) = pattern.filter(|pattern| !pattern.matches(text)) {
                    let must = format!("satisfy regular expression pattern: {}", pattern.text());
                    self.add(shown, path, &must);
                }
            }
            (Shape::OneOf(names), Value::String(text)) => {
                if !names.contains(&text.as_str()) {
                    let must = format!("satisfy enum value set: [{}]", names.join(", "));
                    self.add(Some(text), path, &must);
                }
            }
            (Shape::Whole { min, max }, Value::Number(number)) => {
                let whole = number.as_i64().or_else(|| whole(number.as_f64()?));
                let Some(whole) = whole else {
                    return Err(serialization("NUMBER_VALUE can not be converted to an Integer"));
                };
                if whole < *min {
                    let must = format!("have value greater than or equal to {min}");
                    self.add(Some(&whole.to_string()), path, &must);
                }
                if whole > *max {
                    let must = format!("have value less than or equal to {max}");
                    self.add(Some(&whole.to_string()), path, &must);
                }
            }
            (Shape::Real { min, max }, Value::Number(number)) => {
                let real = number.as_f64().unwrap_or_default();
                if real < *min {
                    self.add(
                        Some(&format!("{real:?}")),
                        path,
                        &format!("have value greater than or equal to {min:.0}"),
                    );
                }
                if real > *max {
                    self.add(
                        Some(&format!("{real:?}")),
                        path,
                        &format!("have value less than or equal to {max:.0}"),
                    );
                }
            }
            (Shape::Flag, Value::Bool(_)) => {}
            (Shape::List { of, min, max }, Value::Array(items)) => {
                if items.len() < *min {
                    let must = format!("have length greater than or equal to {min}");
                    self.add(Some(&java(value, shape)), path, &must);
                }
                if items.len() > *max {
                    let must = format!("have length less than or equal to {max}");
                    self.add(Some(&java(value, shape)), path, &must);
                }
                for (n, item) in items.iter().enumerate() {
                    self.value(item, of, &format!("{path}.{}.member", n + 1))?;
                }
            }
            (Shape::Structure { members, .. }, Value::Object(object)) => {
                self.structure(object, members, path)?
            }
            (shape, value) => return Err(serialization(&mismatch(shape, value))),
        }
        Ok(())
    }
}

fn whole(real: f64) -> Option<i64> {
    (real.fract() == 0.0 && real.abs() < 9_007_199_254_740_992.0).then_some(real as i64)
}

/// A value as the service prints it in the error of a list: `[Tag(key=a, value=null)]`.
fn java(value: &Value, shape: &Shape) -> String {
    match (value, shape) {
        (Value::String(text), _) => text.clone(),
        (Value::Array(items), Shape::List { of, .. }) => {
            format!("[{}]", items.iter().map(|item| java(item, of)).collect::<Vec<_>>().join(", "))
        }
        (Value::Object(found), Shape::Structure { name, members }) => {
            let shown = |member: &Member| {
                let value = found.get(member.name).unwrap_or(&Value::Null);
                format!("{}={}", member.name, java(value, &member.shape))
            };
            format!("{name}({})", members.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        (other, _) => other.to_string(),
    }
}

fn serialization(message: &str) -> ApiError {
    ApiError::client("SerializationException", message)
}

fn mismatch(shape: &Shape, value: &Value) -> String {
    let wanted = match shape {
        Shape::Text { .. } | Shape::OneOf(_) => "a String",
        Shape::Whole { .. } => "an Integer",
        Shape::Real { .. } => "a Float",
        Shape::Flag => "a Boolean",
        Shape::List { .. } | Shape::Structure { .. } => return "Unexpected field type".to_owned(),
    };
    let found = match value {
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        _ => return "Start of structure or map found where not expected.".to_owned(),
    };
    format!("{found} can not be converted to {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each case is an action, a request and the error that AWS has for it; without one the request is taken.
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        action: String,
        request: Map<String, Value>,
        error: Option<[String; 2]>,
    }

    #[test]
    fn requests_are_refused_in_the_words_of_the_service() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("requests.json")).unwrap();
        for case in cases {
            let members =
                crate::api::states::members_of(&case.action).unwrap_or_else(|| panic!("{}", case.action));
            let error = check(&case.request, members).err().map(|error| error.parts());
            assert_eq!(error, case.error, "{} {:?}", case.action, case.request);
        }
    }
}
