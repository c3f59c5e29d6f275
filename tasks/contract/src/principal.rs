use serde::{Deserialize, Serialize};

/// An IAM identity that can have policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IamPrincipal {
    /// Role, user or group.
    pub kind: PrincipalKind,
    /// The name without its path.
    pub name: String,
}

impl IamPrincipal {
    /// A noun phrase such as `the role web`. The name may come from an event: clean it before you show it.
    pub fn words(&self) -> String {
        format!("the {} {}", self.kind.word(), self.name)
    }
}

/// The content of a managed policy at one moment. Its ARN alone identifies neither: a policy can be deleted and created
/// again under the same ARN, and another version can become the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyContent {
    /// The unique id, `ANPA...`.
    pub policy_id: String,
    /// The id of the default version.
    pub version: String,
    /// The SHA-256 of the document of that version, in hex.
    pub sha256: String,
}

/// The type of an IAM identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PrincipalKind {
    /// A role.
    Role,
    /// A user.
    User,
    /// A group.
    Group,
}

impl PrincipalKind {
    /// The word that the AWS CLI uses in its commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }
}
