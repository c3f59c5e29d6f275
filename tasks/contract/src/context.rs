use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What `enrich-finding` found out. Nothing in it is a verdict: the guardrails look again, at the last moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Context {
    /// The role behind the principal.
    pub role: RoleFacts,
    /// The instance that the credentials were issued to.
    pub instance: InstanceFacts,
    /// The instance profile that the instance has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileFacts>,
    /// The value of the instance's or else the role's tag `environment`, `env` or `stage`, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The value of the instance's or else the role's tag `owner` or `team`, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The other instances that use the role: they stop working with it. At most 50 are listed.
    pub other_instances: Vec<String>,
    /// How many other instances there are in all.
    pub other_instance_count: u64,
    /// What people should know, a sentence each.
    pub remarks: Vec<String>,
}

/// The role behind the principal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum RoleFacts {
    /// It is there, and its unique id is the finding's.
    Verified {
        /// Its ARN, with its path.
        arn: String,
        /// When it was made.
        created: String,
        /// Its tags.
        tags: BTreeMap<String, String>,
    },
    /// There is a role of that name, but it is another one: it was deleted and made again.
    AnotherRole {
        /// The ARN of the role that has the name now.
        arn: String,
        /// Its unique id.
        id: String,
    },
    /// There is no role of that name.
    Missing,
    /// The principal is not a role.
    NotARole,
    /// Nobody looked: the responder does not get into the account. A remark says why.
    OutOfReach,
}

/// The instance that the credentials were issued to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum InstanceFacts {
    /// It is there.
    Found {
        /// Its id.
        id: String,
        /// Its state, such as `running`.
        state: String,
        /// Its tags.
        tags: BTreeMap<String, String>,
        /// Its public address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        public_ip: Option<String>,
    },
    /// EC2 does not know it: terminated instances are forgotten after about an hour.
    Gone {
        /// Its id.
        id: String,
    },
    /// The finding names none.
    NotNamed,
    /// Nobody looked: the responder does not get into the account. A remark says why.
    OutOfReach {
        /// Its id.
        id: String,
    },
}

/// An instance profile, which is not a role: it carries one, and may be called otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileFacts {
    /// Its ARN.
    pub arn: String,
    /// The role that it carries now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// Whether that is the role of the finding.
    pub same_role: bool,
}
