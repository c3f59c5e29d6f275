//! A permissions boundary that was removed or replaced: the required one is put back.

use crate::{Changing, IamPrincipal, Kind, PolicyContent};
use serde::{Deserialize, Serialize};

/// The kind.
pub struct PermissionsBoundary;

impl Kind for PermissionsBoundary {
    const NAME: &'static str = "permissions-boundary";
    type Target = Target;
}

impl Changing for PermissionsBoundary {
    type Change = PutBoundary;
    type Was = Was;
}

/// A role or a user whose boundary was touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// The role or the user.
    pub principal: IamPrincipal,
}

/// The required boundary is put on the principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutBoundary {
    /// The role or the user.
    pub principal: IamPrincipal,
    /// The ARN of the required boundary.
    pub boundary: String,
    /// The ARN of the boundary that people were shown, if there was one: no other is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

/// The boundary before the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Was {
    /// The unique id of the principal.
    pub principal_id: String,
    /// The ARN of the boundary, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// The policy that was the boundary, if it existed: an undo puts back this policy with this document, and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyContent>,
}
