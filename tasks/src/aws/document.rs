//! Policy documents as IAM returns them, and when two of them are equal.

use contract::Fault;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The longest text, in bytes, that is kept with its white space. IAM does not count white space, so a document can be
/// much longer than its content.
const KEPT: usize = 24_576;

/// The text of a document. IAM returns it percent-encoded (RFC 3986).
pub(crate) fn decode(encoded: &str) -> Result<String, Fault> {
    let text = percent_encoding::percent_decode_str(encoded).decode_utf8_lossy().into_owned();
    let whole = [text.as_str(), encoded].into_iter().find_map(|text| {
        let value: Value = serde_json::from_str(text).ok()?;
        Some(if text.len() > KEPT { value.to_string() } else { text.to_owned() })
    });
    whole.ok_or_else(|| Fault::Refused {
        doing: "reading a policy document".to_owned(),
        why: "IAM returned text that is not JSON".to_owned(),
    })
}

/// Whether two documents are equal. IAM may return a list of one as its only item, and principals in another order, so
/// lists of strings are compared as sets.
pub(crate) fn same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (serde_json::from_str(one), serde_json::from_str(other)) {
        (Ok(one), Ok(other)) => plain(one) == plain(other),
        _ => false,
    }
}

/// The hash of a document in hex. Documents that are `same` have the same hash.
pub(crate) fn hash(text: &str) -> String {
    match serde_json::from_str(text) {
        Ok(value) => hash_json(&plain(value)),
        Err(_) => hash_json(&Value::String(text.to_owned())),
    }
}

/// The hash of a document as it is written, but for white space and the order of keys, in hex.
pub(crate) fn hash_text(text: &str) -> String {
    hash_json(&serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

/// SHA-256 of a JSON value written with sorted keys and no spaces, in hex.
fn hash_json(value: &Value) -> String {
    hex::encode(Sha256::digest(sorted(value).to_string()))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&String, &Value> = members.iter().collect();
            Value::Object(members.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn plain(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(plain).collect();
            if items.iter().all(Value::is_string) {
                items.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
                items.dedup();
            }
            match items.len() {
                1 => items.pop().unwrap_or_default(),
                _ => Value::Array(items),
            }
        }
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, plain(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hash_does_not_depend_on_the_order_of_keys() {
        assert_eq!(
            hash_json(&json!({"a": 1, "b": {"c": 2, "d": 3}})),
            hash_json(&json!({"b": {"d": 3, "c": 2}, "a": 1}))
        );
        assert_ne!(hash_json(&json!({"a": [1, 2]})), hash_json(&json!({"a": [2, 1]})));
    }

    #[test]
    fn a_document_is_kept_as_it_was_written() {
        let written = "{\n  \"Resource\": \"arn:aws:s3:::50%-off/*\"\n}";
        let encoded = percent_encoding::utf8_percent_encode(written, percent_encoding::NON_ALPHANUMERIC);
        assert_eq!(decode(&encoded.to_string()), Ok(written.to_owned()));
        assert_eq!(decode(written), Ok(written.to_owned()));
        assert!(decode("not a document").is_err());
        let long = format!("{{{}\"Id\": \"x\"}}", " ".repeat(100_000));
        assert_eq!(decode(&long), Ok("{\"Id\":\"x\"}".to_owned()));
    }

    #[test]
    fn documents_that_mean_the_same_are_equal() {
        let one = r#"{"Statement":[{"Effect":"Allow","Action":["a:b","c:d"],"Principal":{"AWS":["x"]}}]}"#;
        let same_as =
            r#"{ "Statement": {"Action": ["c:d", "a:b"], "Principal": {"AWS": "x"}, "Effect": "Allow"}}"#;
        assert!(same(one, same_as));
        assert_eq!(hash(one), hash(same_as));
        for other in [
            r#"{"Statement":[{"Effect":"Deny","Action":["a:b","c:d"],"Principal":{"AWS":["x"]}}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":["a:b"],"Principal":{"AWS":["x"]}}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":["a:b","c:d"],"Principal":{"AWS":["x","y"]}}]}"#,
            "",
        ] {
            assert!(!same(one, other), "{other}");
            assert_ne!(hash(one), hash(other));
        }
    }
}
