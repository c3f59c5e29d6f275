//! IAM statements of the tasks' roles, and the sets of resources that several tasks share.

use crate::runtime::Setting;
use serde::Serialize;

/// One statement of a task's role. The deployment fills in the placeholders that resources may have: `${Partition}`,
/// `${Region}`, `${Account}`, `${CaseTable}`, `${Topic}`, `${EscalationTopic}` (the escalation topic, or else the ordinary
/// one), `${TokenKey}` (the key for task tokens), `${MemberRoles}` and `${ActingMemberRoles}` (the response roles of member
/// accounts: those that look, and those that act), `${StateMachines}` and `${Executions}` (the workflows and their
/// executions). In a condition `${Kind}` is the name of the step's kind, which the manifest fills in, and
/// `${RequiredBoundaries}` the permissions boundaries that the deployment requires. A statement about something that a
/// deployment does not have is left out.
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
    /// Why the task needs it, in one sentence for auditors.
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

/// The roles that Identity Center manages.
pub(crate) const IDENTITY_CENTER_ROLES: &[&str] =
    &["arn:${Partition}:iam::${Account}:role/aws-reserved/sso.amazonaws.com/*"];

/// The users.
pub(crate) const ANY_USER: &[&str] = &["arn:${Partition}:iam::${Account}:user/*"];

/// The groups.
pub(crate) const ANY_GROUP: &[&str] = &["arn:${Partition}:iam::${Account}:group/*"];

/// The account's own managed policies.
pub(crate) const OWN_POLICY: &[&str] = &["arn:${Partition}:iam::${Account}:policy/*"];

/// The account's own managed policies and those of AWS.
pub(crate) const ANY_POLICY: &[&str] =
    &["arn:${Partition}:iam::${Account}:policy/*", "arn:${Partition}:iam::aws:policy/*"];

/// The managed policies of AWS.
pub(crate) const AWS_POLICY: &[&str] = &["arn:${Partition}:iam::aws:policy/*"];

/// Roles, users, groups and policies.
pub(crate) const ANY_OF_IAM: &[&str] = &[
    "arn:${Partition}:iam::${Account}:role/*",
    "arn:${Partition}:iam::${Account}:user/*",
    "arn:${Partition}:iam::${Account}:group/*",
    "arn:${Partition}:iam::${Account}:policy/*",
];

/// Resources that no task may change, whatever a finding says: the responder's own, service-linked roles, and roles
/// that Identity Center manages.
pub(crate) const UNTOUCHABLE: &[&str] = &[
    "arn:${Partition}:iam::${Account}:role/redress/*",
    "arn:${Partition}:iam::${Account}:role/aws-service-role/*",
    "arn:${Partition}:iam::${Account}:role/aws-reserved/*",
    "arn:${Partition}:iam::${Account}:user/redress/*",
    "arn:${Partition}:iam::${Account}:group/redress/*",
    "arn:${Partition}:iam::${Account}:policy/redress/*",
];

/// The roles among them.
pub(crate) const UNTOUCHABLE_ROLES: &[&str] = &[
    "arn:${Partition}:iam::${Account}:role/redress/*",
    "arn:${Partition}:iam::${Account}:role/aws-service-role/*",
    "arn:${Partition}:iam::${Account}:role/aws-reserved/*",
];

/// The statement for reading a report of last accesses. The step's own statement limits the resources of which it can ask for one.
pub(crate) const READS_LAST_ACCESSES: Statement = Statement::allow(
    &["iam:GetServiceLastAccessedDetails"],
    &["*"],
    "Fetches that report. IAM knows no resource for it.",
);

/// The case table, which a task may use under the keys that its statement's condition names.
pub(crate) const CASE_TABLE: &[&str] = &["${CaseTable}"];

/// The statement of every task that looks at the account of a finding.
pub(crate) const REACH_MEMBERS: Statement = Statement::allow(
    &["sts:AssumeRole", "sts:TagSession"],
    &["${MemberRoles}"],
    "Looks at a member account as the response role there, in a session that is tagged with its case.",
);

/// The statement of every task that changes something there.
pub(crate) const ACT_IN_MEMBERS: Statement = Statement::allow(
    &["sts:AssumeRole", "sts:TagSession"],
    &["${ActingMemberRoles}"],
    "Acts in a member account as the response role there that may change something, in a session that is tagged with its case.",
);

/// The setting that names the responder's own roles. The name of a path is not enough: anybody who may make roles may
/// make one under it.
pub(crate) const ACTING_ROLES: Setting = Setting {
    name: "ACTING_ROLES",
    default: "",
    meaning: "The roles of this account in which the responder changes something: path with name each (`/redress/redress-NAME`), with commas between them. Their calls are no findings. Nothing in it is a pattern.",
};

/// The settings that name those accounts.
pub(crate) const MEMBER_SETTINGS: &[Setting] = &[MEMBER_ACCOUNTS, MEMBER_EXTERNAL_ID];

/// The first of them.
pub(crate) const MEMBER_ACCOUNTS: Setting = Setting {
    name: "MEMBER_ACCOUNTS",
    default: "",
    meaning: "The other accounts in which it looks and acts, as the response role there: twelve digits each, with commas between them; empty is the home account alone.",
};

/// The second.
pub(crate) const MEMBER_EXTERNAL_ID: Setting = Setting {
    name: "MEMBER_EXTERNAL_ID",
    default: "",
    meaning: "The external id that the response roles ask for.",
};

/// The key that task tokens are encrypted with.
pub(crate) const TOKEN_KEY: &[&str] = &["${TokenKey}"];

/// The same key for `request-approval` and `answer-approval`.
pub(crate) const TOKEN_KEY_SETTING: Setting = Setting {
    name: "TOKEN_KEY",
    default: "",
    meaning: "The KMS key that encrypts task tokens (its id, ARN or alias); empty leaves them to the table's encryption at rest.",
};

/// Limits a statement to ciphertexts that are bound to one question, by the encryption context `approval` and no other.
pub(crate) const BOUND_TO_A_QUESTION: &[Condition] = &[
    Condition {
        operator: "ForAllValues:StringEquals",
        key: "kms:EncryptionContextKeys",
        values: &["approval"],
    },
    Condition { operator: "Null", key: "kms:EncryptionContext:approval", values: &["false"] },
];

/// Limits a statement to records whose partition key is like one of these, and to calls that name their keys.
macro_rules! keys {
    ($($like:literal),+) => {
        &[
            $crate::runtime::permissions::Condition {
                operator: "ForAllValues:StringLike",
                key: "dynamodb:LeadingKeys",
                values: &[$($like),+],
            },
            $crate::runtime::permissions::Condition { operator: "Null", key: "dynamodb:LeadingKeys", values: &["false"] },
        ]
    };
}
pub(crate) use keys;
