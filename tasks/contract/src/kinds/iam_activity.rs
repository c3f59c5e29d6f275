//! A call of IAM that gives somebody a way in, or takes a denial away, and that no other response puts right: people are
//! told, and nothing is changed.

use crate::{IamPrincipal, Kind};
use serde::{Deserialize, Serialize};

/// The kind.
pub struct IamActivity;

impl Kind for IamActivity {
    const NAME: &'static str = "iam-activity";
    type Target = Target;
}

/// What the call was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Target {
    /// A user was added to a group, or removed from it.
    Membership {
        /// The user's name.
        user: String,
        /// The group's name.
        group: String,
        /// Whether the user was removed.
        removed: bool,
    },
    /// Somebody got something to sign in with, or a second factor changed.
    Credential {
        /// What it is, such as `access key`.
        what: String,
        /// The user who has it. The root user has no name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// Whether the user made the call.
        own: bool,
    },
    /// An identity provider was made or changed.
    Provider {
        /// Its URL, name or ARN.
        name: String,
        /// Whether IAM Identity Center made the call, which keeps a provider of its own in each account.
        by_identity_center: bool,
    },
    /// A permissions boundary was put on a principal or taken from it.
    Boundary {
        /// The principal.
        principal: IamPrincipal,
        /// The ARN of the new boundary, unless it was taken away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        boundary: Option<String>,
    },
    /// An inline policy was deleted.
    Deleted {
        /// Whose policy it was.
        principal: IamPrincipal,
        /// The policy's name.
        policy: String,
    },
    /// A managed policy was detached.
    Detached {
        /// From whom.
        principal: IamPrincipal,
        /// The policy's ARN.
        policy_arn: String,
    },
}
