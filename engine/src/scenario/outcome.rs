//! How calls and answers end, as a scenario file writes it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// One outcome, or several in turn, of which the last repeats.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes(Vec<Outcome>);

/// How a call or an answer ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// After how long: `3s`, `10m`, `2h`, `7d`. At once without it.
    pub after: Option<String>,
    /// How.
    pub ending: Ending,
}

/// How it ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// It returns this.
    Return(Value),
    /// It fails.
    Fail(Error),
    /// It never comes back.
    Never,
}

/// An error of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Error {
    /// Its name.
    pub error: String,
    /// Its cause.
    #[serde(default)]
    pub cause: String,
}

impl Outcomes {
    /// All of them, in turn.
    pub fn iter(&self) -> impl Iterator<Item = &Outcome> {
        self.0.iter()
    }

    /// The nth outcome, from 0.
    pub(super) fn nth(&self, n: usize) -> Option<&Outcome> {
        self.0.get(n).or_else(|| self.0.last())
    }
}

impl From<Outcome> for Outcomes {
    fn from(outcome: Outcome) -> Self {
        Self(vec![outcome])
    }
}

impl<'de> Deserialize<'de> for Outcomes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let outcomes = match Value::deserialize(deserializer)? {
            Value::Array(items) => items,
            single => vec![single],
        };
        let outcomes: Result<Vec<Outcome>, _> = outcomes.into_iter().map(serde_json::from_value).collect();
        outcomes.map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [single] => single.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

/// The file's form: exactly one of `return`, `fail` and `never`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(
        default,
        rename = "return",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "even_null"
    )]
    returns: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fail: Option<Error>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    never: Option<bool>,
}

/// `"return": null` returns null; only a missing `return` is none.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { after, returns, fail, never } = Written::deserialize(deserializer)?;
        let ending = match (returns, fail, never) {
            (Some(value), None, None) => Ending::Return(value),
            (None, Some(error), None) => Ending::Fail(error),
            (None, None, Some(true)) => Ending::Never,
            _ => {
                return Err(D::Error::custom("an outcome has one of `return`, `fail` and `\"never\": true`"));
            }
        };
        Ok(Self { after, ending })
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let after = self.after.clone();
        let (returns, fail, never) = match self.ending.clone() {
            Ending::Return(value) => (Some(value), None, None),
            Ending::Fail(error) => (None, Some(error), None),
            Ending::Never => (None, None, Some(true)),
        };
        Written { after, returns, fail, never }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_has_exactly_one_ending() {
        for good in [
            r#"{"return": null}"#,
            r#"{"fail": {"error": "X"}}"#,
            r#"{"never": true}"#,
            r#"{"after": "3s", "return": {}}"#,
        ] {
            let outcome: Outcome = serde_json::from_str(good).unwrap();
            let again: Outcome = serde_json::from_str(&serde_json::to_string(&outcome).unwrap()).unwrap();
            assert_eq!(again, outcome, "{good}");
        }
        for bad in [
            "{}",
            r#"{"return": 1, "never": true}"#,
            r#"{"never": false}"#,
            r#"{"retrun": 1}"#,
            r#"{"fail": {}}"#,
        ] {
            assert!(serde_json::from_str::<Outcome>(bad).is_err(), "{bad}");
        }
    }
}
