use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The role as it was before anything was changed. Only `snapshot-role` makes one; `contain-role` and `restore-role`
/// take it, so neither can act on what was not recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Before {
    /// The case that it was recorded for.
    pub case_id: String,
    /// The role's name, without path.
    pub role_name: String,
    /// Its ARN.
    pub role_arn: String,
    /// Its unique id. A role that was deleted and made again has another.
    pub role_id: String,
    /// The name of the policy that containment will put.
    pub policy_name: String,
    /// The inline policies it had, but for that one.
    pub inline_policies: Vec<Inline>,
    /// The ARNs of the managed policies that were attached.
    pub attached_policies: Vec<String>,
    /// The ARN of its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// When it was recorded, RFC 3339.
    pub taken_at: String,
}

/// An inline policy, by name and by the SHA-256 of its document (as JSON with sorted keys), in hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inline {
    /// The policy's name.
    pub name: String,
    /// The document's hash.
    pub sha256: String,
}

/// A containment that was put and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contained {
    /// The role's name.
    pub role_name: String,
    /// The policy that was put.
    pub policy_name: String,
    /// When it was read back, RFC 3339.
    pub applied_at: String,
}

/// The fixed name of a case's policy: putting it twice is putting it once, and the undo deletes exactly ours.
pub fn policy_name(case_id: &str) -> String {
    format!("redress-contain-{case_id}")
}

/// The policy that contains: it denies everything, whatever else allows it. The case stands in it, so that whoever
/// finds it knows whom to ask.
pub fn deny_all(case_id: &str) -> Value {
    let sid: String = case_id.chars().filter(char::is_ascii_alphanumeric).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": format!("ContainedByRedressCase{sid}"),
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
        }],
    })
}
