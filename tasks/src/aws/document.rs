//! Policy documents as IAM hands them out, and when two of them say the same.

use contract::Fault;
use serde_json::Value;

/// The longest document that is kept as it was written. IAM counts no white space, so one could be a hundred times
/// longer than what it says; such a one is kept without it.
const KEPT: usize = 24_576;

/// The text of a document. IAM returns it percent-encoded (RFC 3986).
pub(crate) fn decode(encoded: &str) -> Result<String, Fault> {
    let text = percent_encoding::percent_decode_str(encoded).decode_utf8_lossy().into_owned();
    let whole = [text.as_str(), encoded].into_iter().find_map(|text| {
        let value: Value = serde_json::from_str(text).ok()?;
        Some(if text.len() > KEPT { value.to_string() } else { text.to_owned() })
    });
    whole.ok_or_else(|| Fault::Refused("IAM returned a policy document that is not JSON".to_owned()))
}

/// Whether two documents say the same. IAM may write a list of one as the one, and a list of principals in another
/// order, so lists of strings are compared as what they are: sets.
pub(crate) fn same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (serde_json::from_str(one), serde_json::from_str(other)) {
        (Ok(one), Ok(other)) => plain(one) == plain(other),
        _ => false,
    }
}

/// The hash of what a document says, in hex.
pub(crate) fn hash(text: &str) -> String {
    match serde_json::from_str(text) {
        Ok(value) => super::role::hash(&plain(value)),
        Err(_) => super::role::hash(&Value::String(text.to_owned())),
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
    fn two_documents_are_the_same_if_they_say_the_same() {
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
