use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// JSON as a text and as the value that it says. AWS passes texts on as they are, spaces and all, until a state makes
/// something of them.
#[derive(Debug, Clone)]
pub struct Data {
    value: Arc<Value>,
    text: Text,
}

/// JSON text. A copy shares it: an input of 256 KB that goes through a hundred states is there once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Text(#[serde(serialize_with = "write")] Arc<str>);

fn write<S: serde::Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Self {
        Self(text)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Data {
    /// A text, if it is JSON.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// A text, or why it is not JSON.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        Ok(Self { value: Arc::new(serde_json::from_str(text)?), text: Text(text.into()) })
    }

    /// What it says.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value, shared and not copied.
    pub(super) fn shared(&self) -> Arc<Value> {
        Arc::clone(&self.value)
    }

    /// How it says it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, shared and not copied.
    pub(super) fn shared_text(&self) -> Text {
        self.text.clone()
    }

    /// Items as one array, each with its own text.
    pub(super) fn array(items: &[Self]) -> Self {
        let value = Value::Array(items.iter().map(|item| item.value().clone()).collect());
        let texts: Vec<&str> = items.iter().map(Self::text).collect();
        Self { value: Arc::new(value), text: Text(format!("[{}]", texts.join(",")).into()) }
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        let text = Text(value.to_string().into());
        Self { value: Arc::new(value), text }
    }
}

impl PartialEq for Data {
    /// Two texts that say the same are the same data.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialEq<Value> for Data {
    fn eq(&self, other: &Value) -> bool {
        *self.value == *other
    }
}

impl Deref for Data {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.value
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
