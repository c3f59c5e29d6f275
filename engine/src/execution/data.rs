use serde_json::Value;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// JSON as a text and as the value that it says. AWS passes texts on as they are, spaces and all, until a state makes
/// something of them.
#[derive(Debug, Clone)]
pub struct Data {
    value: Arc<Value>,
    text: Arc<str>,
}

impl Data {
    /// A text, if it is JSON.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// A text, or why it is not JSON.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        Ok(Self { value: Arc::new(serde_json::from_str(text)?), text: text.into() })
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

    /// Items as one array, each with its own text.
    pub(super) fn array(items: &[Self]) -> Self {
        let value = Value::Array(items.iter().map(|item| item.value().clone()).collect());
        let texts: Vec<&str> = items.iter().map(Self::text).collect();
        Self { value: Arc::new(value), text: format!("[{}]", texts.join(",")).into() }
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        let text = value.to_string().into();
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
