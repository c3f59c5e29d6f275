//! A dangerous IAM policy: the smallest change that removes the danger.

use crate::{Changing, IamPrincipal, Kind, PolicyContent};
use serde::{Deserialize, Serialize};

/// The kind.
pub struct IamPolicy;

impl Kind for IamPolicy {
    const NAME: &'static str = "iam-policy";
    type Target = Target;
}

impl Changing for IamPolicy {
    type Change = Change;
    type Was = Was;
}

/// A policy, or the attachment of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Target {
    /// A managed policy: the document of its default version.
    Managed {
        /// The policy's ARN.
        arn: String,
    },
    /// A managed policy of which the event gives the unique id alone. A look resolves it.
    ManagedId {
        /// The unique id, `ANPA...`.
        policy_id: String,
    },
    /// An inline policy.
    Inline {
        /// Whose policy it is.
        principal: IamPrincipal,
        /// The policy's name.
        policy: String,
    },
    /// A managed policy on a principal: not the policy, but the attachment.
    Attached {
        /// The principal to which it is attached.
        principal: IamPrincipal,
        /// The policy's ARN.
        policy_arn: String,
    },
    /// The trust policy of a role.
    Trust {
        /// The role's name without its path.
        role: String,
    },
}

impl Target {
    /// A noun phrase such as `the inline policy admin of the role web`. The names may come from an event: clean them
    /// before you show them.
    pub fn words(&self) -> String {
        match self {
            Self::Managed { arn } => format!("the policy {}", policy_path(arn)),
            Self::ManagedId { policy_id } => format!("the policy with the id {policy_id}"),
            Self::Inline { principal, policy } => {
                format!("the inline policy {policy} of {}", principal.words())
            }
            Self::Attached { principal, policy_arn } => {
                format!("the policy {} on {}", policy_path(policy_arn), principal.words())
            }
            Self::Trust { role } => format!("the trust policy of the role {role}"),
        }
    }
}

/// The path and name in the ARN of a policy.
fn policy_path(arn: &str) -> &str {
    arn.split_once(":policy/").map_or(arn, |(_, name)| name)
}

/// A change that removes a danger. It only takes permissions away. Documents are JSON as text, so that nothing on the
/// way can rewrite them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Change {
    /// A new version of a customer-managed policy becomes the default. The dangerous version stays, for the undo.
    NewVersion {
        /// The policy's ARN.
        arn: String,
        /// The document of the new version.
        document: String,
    },
    /// The document of an inline policy is replaced.
    PutInline {
        /// Whose policy it is.
        principal: IamPrincipal,
        /// The policy's name.
        policy: String,
        /// The new document.
        document: String,
    },
    /// An inline policy is deleted, since nothing would be left of it.
    DeleteInline {
        /// Whose policy it is.
        principal: IamPrincipal,
        /// The policy's name.
        policy: String,
    },
    /// A managed policy is detached.
    Detach {
        /// The principal from which it is detached.
        principal: IamPrincipal,
        /// The policy's ARN.
        policy_arn: String,
    },
    /// A trust policy is replaced.
    UpdateTrust {
        /// The role's name without its path.
        role: String,
        /// The new document.
        document: String,
    },
}

/// The policy before the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Was {
    /// A customer-managed policy.
    Managed {
        /// The unique id. A policy that was deleted and created again has another one.
        policy_id: String,
        /// The id of the default version.
        default_version: String,
        /// The document of that version, as IAM returned it.
        document: String,
        /// The ids of all versions, the newest first.
        versions: Vec<String>,
        /// The version that is deleted to make room: IAM keeps five.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        oldest: Option<OldVersion>,
        /// The principals to which it was attached.
        attached: Vec<IamPrincipal>,
    },
    /// An inline policy.
    Inline {
        /// The unique id of the principal.
        principal_id: String,
        /// The document, as IAM returned it.
        document: String,
    },
    /// A managed policy on a principal.
    Attached {
        /// The unique id of the principal.
        principal_id: String,
        /// The policy as it was: an undo attaches this policy with this document, and no other.
        policy: PolicyContent,
        /// The ARNs of all managed policies that were attached, this one among them.
        attached: Vec<String>,
    },
    /// The trust policy of a role.
    Trust {
        /// The role's unique id.
        role_id: String,
        /// The document, as IAM returned it.
        document: String,
    },
}

/// A version of a policy that is deleted to make room for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OldVersion {
    /// Its id, such as `v2`.
    pub id: String,
    /// Its document.
    pub document: String,
}
