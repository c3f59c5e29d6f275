use crate::Setting;
use serde::Serialize;

/// One statement of a task's role. Resources may name `${Partition}`, `${Region}`, `${Account}`, `${CaseTable}` (the
/// table's ARN), `${Topic}` (the topic's ARN), `${EscalationTopic}` (that of the escalation, or else the same), `${TokenKey}` (the ARN of the key for task tokens; without one its statements are left out), `${MemberRoles}` (the ARNs of the response roles in member accounts; without
/// members its statements are left out), `${StateMachines}` (the ARNs of the workflows) and `${Executions}` (the ARNs of
/// their executions), which the deployment fills in.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// Allow or deny.
    pub effect: Effect,
    /// The actions, `service:Action`.
    pub actions: &'static [&'static str],
    /// The resources.
    pub resources: &'static [&'static str],
    /// The conditions, all of which must hold.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub conditions: &'static [Condition],
    /// Why the task needs it: what an auditor asks first.
    pub why: &'static str,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Effect {
    /// The role may.
    Allow,
    /// The role may not, whatever else allows it.
    Deny,
}

/// A condition of a statement.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Condition {
    /// The operator, such as `StringEquals`.
    pub operator: &'static str,
    /// The condition key, such as `securityhub:ASFFSyntaxPath/Workflow.Status`.
    pub key: &'static str,
    /// The values, one of which must match.
    pub values: &'static [&'static str],
}

impl Statement {
    pub(crate) const fn allow(
        actions: &'static [&'static str],
        resources: &'static [&'static str],
        why: &'static str,
    ) -> Self {
        Self { effect: Effect::Allow, actions, resources, conditions: &[], why }
    }

    pub(crate) const fn deny(
        actions: &'static [&'static str],
        resources: &'static [&'static str],
        why: &'static str,
    ) -> Self {
        Self { effect: Effect::Deny, actions, resources, conditions: &[], why }
    }

    pub(crate) const fn when(mut self, conditions: &'static [Condition]) -> Self {
        self.conditions = conditions;
        self
    }
}

/// The roles that a response may look at and contain.
pub(crate) const ANY_ROLE: &[&str] = &["arn:${Partition}:iam::${Account}:role/*"];

/// The users.
pub(crate) const ANY_USER: &[&str] = &["arn:${Partition}:iam::${Account}:user/*"];

/// The groups.
pub(crate) const ANY_GROUP: &[&str] = &["arn:${Partition}:iam::${Account}:group/*"];

/// The account's own managed policies.
pub(crate) const OWN_POLICY: &[&str] = &["arn:${Partition}:iam::${Account}:policy/*"];

/// The account's own managed policies and those of AWS.
pub(crate) const ANY_POLICY: &[&str] =
    &["arn:${Partition}:iam::${Account}:policy/*", "arn:${Partition}:iam::aws:policy/*"];

/// Roles, users, groups and policies.
pub(crate) const ANY_OF_IAM: &[&str] = &[
    "arn:${Partition}:iam::${Account}:role/*",
    "arn:${Partition}:iam::${Account}:user/*",
    "arn:${Partition}:iam::${Account}:group/*",
    "arn:${Partition}:iam::${Account}:policy/*",
];

/// What no task may change, whatever a finding says: all that is the responder's own, that is linked to a service, or
/// that Identity Center manages.
pub(crate) const UNTOUCHABLE: &[&str] = &[
    "arn:${Partition}:iam::${Account}:role/redress/*",
    "arn:${Partition}:iam::${Account}:role/aws-service-role/*",
    "arn:${Partition}:iam::${Account}:role/aws-reserved/*",
    "arn:${Partition}:iam::${Account}:user/redress/*",
    "arn:${Partition}:iam::${Account}:group/redress/*",
    "arn:${Partition}:iam::${Account}:policy/redress/*",
];

/// The roles that no task may change, whatever a finding says: the responder's own, service-linked ones, and those
/// that Identity Center manages.
pub(crate) const UNTOUCHABLE_ROLES: &[&str] = &[
    "arn:${Partition}:iam::${Account}:role/redress/*",
    "arn:${Partition}:iam::${Account}:role/aws-service-role/*",
    "arn:${Partition}:iam::${Account}:role/aws-reserved/*",
];

/// The case table, which a task may use under the keys that its statement's condition names.
pub(crate) const CASE_TABLE: &[&str] = &["${CaseTable}"];

/// The path and name of the response role, which every member account has.
pub const RESPONSE_ROLE: &str = "/redress/redress-response";

/// The tag of a session in a member account. Its value is the case; without it the response role lets nobody in.
pub const CASE_TAG: &str = "redress:case";

/// What a task needs that looks or acts in the account of a finding, wherever that is.
pub(crate) const REACH_MEMBERS: Statement = Statement::allow(
    &["sts:AssumeRole", "sts:TagSession"],
    &["${MemberRoles}"],
    "Looks and acts in a member account as the response role there, in a session that is tagged with its case.",
);

/// Which accounts those are.
pub(crate) const MEMBER_SETTINGS: &[Setting] = &[
    Setting {
        name: "MEMBER_ACCOUNTS",
        default: "",
        meaning: "The other accounts in which it looks and acts, as the response role there: twelve digits each, with commas between them; empty is the home account alone.",
    },
    Setting {
        name: "MEMBER_EXTERNAL_ID",
        default: "",
        meaning: "The external id that the response roles ask for.",
    },
];

/// The key that task tokens are encrypted with.
pub(crate) const TOKEN_KEY: &[&str] = &["${TokenKey}"];

/// The same key for `request-approval` and `answer-approval`.
pub(crate) const TOKEN_KEY_SETTING: Setting = Setting {
    name: "TOKEN_KEY",
    default: "",
    meaning: "The KMS key that encrypts task tokens (its id, ARN or alias); empty leaves them to the table's encryption at rest.",
};

/// Only what is bound to one question, by the encryption context `approval` and no other.
pub(crate) const BOUND_TO_A_QUESTION: &[Condition] = &[
    Condition {
        operator: "ForAllValues:StringEquals",
        key: "kms:EncryptionContextKeys",
        values: &["approval"],
    },
    Condition { operator: "Null", key: "kms:EncryptionContext:approval", values: &["false"] },
];

/// The records whose partition key is like one of these, and no call that does not say which.
macro_rules! keys {
    ($($like:literal),+) => {
        &[
            $crate::Condition {
                operator: "ForAllValues:StringLike",
                key: "dynamodb:LeadingKeys",
                values: &[$($like),+],
            },
            $crate::Condition { operator: "Null", key: "dynamodb:LeadingKeys", values: &["false"] },
        ]
    };
}
pub(crate) use keys;
