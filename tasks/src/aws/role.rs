//! Reading roles: what `enrich-finding`, the guardrails, the containment and the undo all need to know.

use crate::aws::fault::{code, fault};
use aws_sdk_iam::types::Role;
use contract::{Fault, Inline};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The role of that name, or nothing.
pub(crate) async fn get(iam: &aws_sdk_iam::Client, name: &str) -> Result<Option<Role>, Fault> {
    match iam.get_role().role_name(name).send().await {
        Ok(answer) => Ok(answer.role),
        Err(error) if code(&error) == "NoSuchEntity" => Ok(None),
        Err(error) => Err(fault("reading the role", &error)),
    }
}

/// The document of an inline policy, or nothing. IAM returns it percent-encoded (RFC 3986).
pub(crate) async fn inline_policy(
    iam: &aws_sdk_iam::Client,
    role: &str,
    policy: &str,
) -> Result<Option<Value>, Fault> {
    match iam.get_role_policy().role_name(role).policy_name(policy).send().await {
        Ok(answer) => document(answer.policy_document()).map(Some),
        Err(error) if code(&error) == "NoSuchEntity" => Ok(None),
        Err(error) => Err(fault("reading an inline policy", &error)),
    }
}

/// Every inline policy but `except`, by name.
pub(crate) async fn inline_policies(
    iam: &aws_sdk_iam::Client,
    role: &str,
    except: &str,
) -> Result<Vec<Inline>, Fault> {
    let mut names = Vec::new();
    let mut marker = None;
    loop {
        let page = iam
            .list_role_policies()
            .role_name(role)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| fault("listing the inline policies", &error))?;
        names.extend(page.policy_names);
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    let mut policies = Vec::new();
    for name in names.into_iter().filter(|name| name != except) {
        // One that vanishes between the two calls was not there.
        if let Some(document) = inline_policy(iam, role, &name).await? {
            policies.push(Inline { sha256: hash(&document), name });
        }
    }
    policies.sort();
    Ok(policies)
}

/// The ARNs of the attached managed policies, sorted.
pub(crate) async fn attached_policies(iam: &aws_sdk_iam::Client, role: &str) -> Result<Vec<String>, Fault> {
    let mut arns = Vec::new();
    let mut marker = None;
    loop {
        let page = iam
            .list_attached_role_policies()
            .role_name(role)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| fault("listing the attached policies", &error))?;
        arns.extend(
            page.attached_policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn),
        );
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    arns.sort();
    Ok(arns)
}

/// A role's tags.
pub(crate) fn tags(role: &Role) -> BTreeMap<String, String> {
    role.tags().iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

fn document(encoded: &str) -> Result<Value, Fault> {
    let text = percent_encoding::percent_decode_str(encoded).decode_utf8_lossy();
    serde_json::from_str(&text)
        .or_else(|_| serde_json::from_str(encoded))
        .map_err(|error| Fault::Refused(format!("IAM returned a policy document that is not JSON: {error}")))
}

/// SHA-256 of a document written with sorted keys and no spaces, in hex: equal documents have equal hashes, however
/// they were formatted.
pub(crate) fn hash(document: &Value) -> String {
    hex::encode(Sha256::digest(canonical(document).to_string()))
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            Value::Object(sorted.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hash_does_not_depend_on_the_order_of_keys() {
        assert_eq!(
            hash(&json!({"a": 1, "b": {"c": 2, "d": 3}})),
            hash(&json!({"b": {"d": 3, "c": 2}, "a": 1}))
        );
        assert_ne!(hash(&json!({"a": [1, 2]})), hash(&json!({"a": [2, 1]})));
    }

    #[test]
    fn a_document_is_read_encoded_or_plain() {
        let document_text = "{\"Resource\": \"arn:aws:s3:::50%-off/*\"}";
        let encoded = "%7B%22Resource%22%3A%20%22arn%3Aaws%3As3%3A%3A%3A50%25-off%2F%2A%22%7D";
        let expected = json!({"Resource": "arn:aws:s3:::50%-off/*"});
        assert_eq!(document(encoded), Ok(expected.clone()));
        assert_eq!(document(document_text), Ok(expected));
        assert!(document("not a document").is_err());
    }
}
