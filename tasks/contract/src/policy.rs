use serde::{Deserialize, Serialize};

/// What a response may act on. What could not be read with certainty from an event is `Other`, and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Subject {
    /// A managed policy: the document of its default version.
    Policy {
        /// Its ARN.
        arn: String,
    },
    /// An inline policy.
    Inline {
        /// Whose it is.
        principal: IamPrincipal,
        /// Its name.
        policy: String,
    },
    /// A managed policy on somebody: not the policy, but that it is attached.
    Attachment {
        /// To whom it is attached.
        principal: IamPrincipal,
        /// The policy's ARN.
        policy_arn: String,
    },
    /// Who may use a role.
    Trust {
        /// The role's name, without path.
        role: String,
    },
    /// Anything else.
    Other {
        /// Why there is nothing that the workflow could act on.
        reason: String,
    },
}

impl Subject {
    /// The subject in words, such as `the inline policy admin of the role web`. The names come from an event: whoever
    /// shows them makes them harmless first.
    pub fn words(&self) -> String {
        match self {
            Self::Policy { arn } => format!("the policy {}", arn_name(arn)),
            Self::Inline { principal, policy } => {
                format!("the inline policy {policy} of {}", principal.words())
            }
            Self::Attachment { principal, policy_arn } => {
                format!("the policy {} on {}", arn_name(policy_arn), principal.words())
            }
            Self::Trust { role } => format!("the trust policy of the role {role}"),
            Self::Other { .. } => "something that is no policy".to_owned(),
        }
    }
}

/// The path with the name, of the ARN of a policy.
fn arn_name(arn: &str) -> &str {
    arn.split_once(":policy/").map_or(arn, |(_, name)| name)
}

/// Somebody who can have policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IamPrincipal {
    /// A role, a user or a group.
    pub kind: PrincipalKind,
    /// The name, without path.
    pub name: String,
}

impl IamPrincipal {
    /// Such as `the role web`.
    pub fn words(&self) -> String {
        format!("the {} {}", self.kind.word(), self.name)
    }
}

/// What kind of principal it is.
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
    /// The word for it, as the AWS CLI has it in its commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// What `plan-remediation` found, and what it would do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Whether there is something to do.
    pub outcome: Outcome,
    /// Why, in a sentence.
    pub reason: String,
    /// What is dangerous, a short sentence each, the worst first.
    pub dangers: Vec<String>,
    /// The smallest change that removes the dangers. It is there if the outcome is `Change`, and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// What would happen, in a sentence.
    pub effect: String,
    /// The change as people read it: a unified diff, bounded and safe to show. Empty where no document changes.
    pub diff: String,
    /// Whom it hits.
    pub blast: BlastRadius,
}

/// Whether there is something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// There is a danger, and a change that removes it.
    Change,
    /// There is no danger, or not any more.
    Safe,
    /// The workflow cannot judge it, or cannot change it: a person must.
    People,
}

/// Whom a change hits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlastRadius {
    /// Who has the policy, at most 50 of them.
    pub attached: Vec<IamPrincipal>,
    /// How many have it in all.
    pub attached_count: u64,
    /// For how many it is the permissions boundary: what is taken out of it, they lose.
    pub boundary_count: u64,
    /// The services that were used last through it, at most ten, the latest first. IAM looks back 400 days.
    #[serde(default)]
    pub used: Vec<ServiceUse>,
    /// Through how many of the services that it grants nobody did anything.
    #[serde(default)]
    pub unused_count: u64,
    /// What people should know, a sentence each.
    pub remarks: Vec<String>,
}

/// When a service was used last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceUse {
    /// The service, as actions name it: `s3`.
    pub service: String,
    /// When, RFC 3339.
    pub at: String,
}

/// The smallest change that removes a danger. It only takes away. A document is JSON as text, so that nothing on the
/// way can rewrite it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Change {
    /// A new version of a customer-managed policy, made the default. The dangerous one stays, for the undo.
    NewVersion {
        /// The policy's ARN.
        arn: String,
        /// What the new version says.
        document: String,
    },
    /// Another document for an inline policy.
    PutInline {
        /// Whose it is.
        principal: IamPrincipal,
        /// Its name.
        policy: String,
        /// What it says then.
        document: String,
    },
    /// An inline policy of which nothing would be left.
    DeleteInline {
        /// Whose it is.
        principal: IamPrincipal,
        /// Its name.
        policy: String,
    },
    /// A managed policy that somebody does not have any more.
    Detach {
        /// From whom it is detached.
        principal: IamPrincipal,
        /// The policy's ARN.
        policy_arn: String,
    },
    /// Another trust policy.
    UpdateTrust {
        /// The role's name, without path.
        role: String,
        /// What it says then.
        document: String,
    },
}

/// The policy as it was before anything was changed, and the change that it was recorded for. Only `snapshot-policy`
/// makes one; `remediate-policy` and `restore-policy` take it, so neither can act on what was not recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyBefore {
    /// The case that it was recorded for.
    pub case_id: String,
    /// The account that it is in, and is put back in. What was recorded before there were member accounts says none: then
    /// it is the home account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What it is about.
    pub subject: Subject,
    /// What was there.
    pub was: Was,
    /// What is to be changed. The task that recorded it worked it out anew from what was there.
    pub change: Change,
    /// When it was recorded, RFC 3339.
    pub taken_at: String,
}

/// What was there before a change: all that the undo needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Was {
    /// A customer-managed policy.
    Managed {
        /// Its unique id. A policy that was deleted and made again has another.
        policy_id: String,
        /// The version that was the default.
        default_version: String,
        /// What that version says, as IAM returned it.
        document: String,
        /// The ids of all versions, the newest first.
        versions: Vec<String>,
        /// The version that must go to make room: IAM keeps five.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        oldest: Option<OldVersion>,
        /// Who had it.
        attached: Vec<IamPrincipal>,
    },
    /// An inline policy.
    Inline {
        /// The unique id of whose it was.
        principal_id: String,
        /// What it said, as IAM returned it.
        document: String,
    },
    /// A managed policy on somebody.
    Attached {
        /// The unique id of who had it.
        principal_id: String,
        /// The ARNs of all managed policies that were attached, this one among them.
        attached: Vec<String>,
    },
    /// The trust policy of a role.
    Trust {
        /// The role's unique id.
        role_id: String,
        /// What it said, as IAM returned it.
        document: String,
    },
}

/// A version of a policy that is deleted to make room for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OldVersion {
    /// Its id.
    pub id: String,
    /// What it says.
    pub document: String,
}

/// A remediation that was applied and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Remediated {
    /// What was done, in a sentence.
    pub what: String,
    /// The version that was made, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The version that was deleted to make room for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_version: Option<String>,
    /// When it was read back, RFC 3339.
    pub applied_at: String,
}
