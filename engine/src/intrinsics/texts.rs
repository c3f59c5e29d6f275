//! Texts, hashes and objects. `None` says that an argument is not what the function takes.

use super::MOST_CHARACTERS;
use crate::java;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Java's basic decoder: padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A text of no more characters than the functions take that have such a limit.
fn short(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| text.encode_utf16().count() <= MOST_CHARACTERS)
}

pub(super) fn base64_encode(text: &Value) -> Option<Value> {
    Some(Value::from(BASE64.encode(short(text)?)))
}

pub(super) fn base64_decode(text: &Value) -> Option<Value> {
    let bytes = BASE64.decode(short(text)?).ok()?;
    Some(Value::from(String::from_utf8_lossy(&bytes)))
}

/// In hexadecimal.
pub(super) fn hash(data: &Value, algorithm: &Value) -> Option<Value> {
    digest(short(data)?, algorithm.as_str()?).map(Value::from)
}

/// The digest of a text by one of the five algorithms that Step Functions has, in hexadecimal.
pub(crate) fn digest(text: &str, algorithm: &str) -> Option<String> {
    Some(match algorithm {
        "MD5" => hex::encode(Md5::digest(text)),
        "SHA-1" => hex::encode(Sha1::digest(text)),
        "SHA-256" => hex::encode(Sha256::digest(text)),
        "SHA-384" => hex::encode(Sha384::digest(text)),
        "SHA-512" => hex::encode(Sha512::digest(text)),
        _ => return None,
    })
}

/// Both objects in one; what is in both is as in the second. AWS can only merge the upper level.
pub(super) fn merge(left: &Value, right: &Value, deep: &Value) -> Option<Value> {
    let (left, right) = (left.as_object()?, right.as_object()?);
    if deep != &Value::Bool(false) {
        return None;
    }
    let mut merged = left.clone();
    merged.extend(right.iter().map(|(key, value)| (key.clone(), value.clone())));
    Some(Value::Object(merged))
}

/// What stands between the delimiters, each of which is one character. Where nothing stands there is no item.
pub(super) fn split(text: &Value, delimiters: &Value) -> Option<Value> {
    let (text, delimiters) = (text.as_str()?, delimiters.as_str()?);
    Some(text.split(|c| delimiters.contains(c)).filter(|part| !part.is_empty()).map(Value::from).collect())
}

pub(super) fn parse(text: &Value) -> Option<Value> {
    java::read_json(text.as_str()?).ok()
}
