//! A role whose credentials are in other hands: everything is denied to it.

use crate::{Changing, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The kind.
pub struct RoleContainment;

impl Kind for RoleContainment {
    const NAME: &'static str = "role-containment";
    type Target = Target;
}

impl Changing for RoleContainment {
    type Change = Contain;
    type Was = Role;
}

/// A role, identified by its unique id, which no other role will ever have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// The name without its path.
    pub role_name: String,
    /// The unique id, `AROA...`.
    pub role_id: String,
    /// The instance to which the credentials were issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
}

/// The containment: everything is denied to the role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contain {
    /// The role's name without its path.
    pub role_name: String,
    /// The name of the policy, see `policy_name`.
    pub policy_name: String,
    /// The way that is tried first.
    #[serde(default, skip_serializing_if = "Way::is_inline")]
    pub way: Way,
}

/// A way to deny everything to a role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Way {
    /// The inline policy of the case.
    #[default]
    Inline,
    /// The AWS managed policy `AWSDenyAll`, attached.
    Attached,
    /// `AWSDenyAll` as the permissions boundary.
    Boundary,
}

impl Way {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 3] = [Self::Inline, Self::Attached, Self::Boundary];

    fn is_inline(&self) -> bool {
        *self == Self::Inline
    }
}

/// The ARN of the AWS managed policy that denies everything, in the partition of another ARN.
pub fn aws_deny_all(arn: &str) -> String {
    format!("arn:{}:iam::aws:policy/AWSDenyAll", arn.split(':').nth(1).unwrap_or("aws"))
}

/// The role before the containment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// The role's ARN.
    pub role_arn: String,
    /// The unique id. A role that was deleted and created again has another one.
    pub role_id: String,
    /// Its inline policies, without the containment's.
    pub inline_policies: Vec<Inline>,
    /// The ARNs of its managed policies.
    pub attached_policies: Vec<String>,
    /// The ARN of its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// The beginning of the document that somebody else had put there under the name of the containment's policy. The
    /// containment overwrites it, and the undo does not put it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted: Option<String>,
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

/// The name of a case's policy. It is fixed, so that putting the policy twice is putting it once, and the undo deletes
/// exactly ours.
pub fn policy_name(case_id: &str) -> String {
    format!("redress-contain-{case_id}")
}

/// The policy that contains: it denies everything, whatever else allows it. It names the case, so that whoever finds it
/// knows whom to ask.
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
