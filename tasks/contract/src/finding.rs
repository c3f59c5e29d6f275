use crate::Subject;
use serde::{Deserialize, Serialize};

/// A finding, whichever service saw it: what a response needs, trimmed so that it fits a state's output many times
/// over. Text from the event is hostile; it is shortened here and escaped where it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// The service that saw it.
    #[serde(default)]
    pub source: Source,
    /// The id that the detecting service gave it. Recurrences carry the same one.
    pub id: String,
    /// Its ARN, which is its `Id` in Security Hub.
    pub arn: String,
    /// The `ProductArn` of the detecting service, in the partition and region of the finding.
    pub product_arn: String,
    /// Its type, such as `UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its title, at most 256 characters.
    pub title: String,
    /// From 0 to 10; 0 where the source does not say.
    pub severity: f64,
    /// The account that the finding is about, which need not be the account whose bus carried the event.
    pub account: String,
    /// The region of the finding.
    pub region: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// When it was seen first, as the event writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<String>,
    /// When it was seen last, as the event writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    /// How often it was seen, as the detecting service counts.
    pub count: u64,
    /// Whose credentials were used.
    #[serde(default)]
    pub principal: Principal,
    /// The policy that it is about. A finding of GuardDuty is about a principal and has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// What manages the subject from a template and would put it back, as far as the event says it: `CloudFormation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    /// The instance that the credentials were issued to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Who used them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<Remote>,
}

/// The service that saw a finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Amazon GuardDuty.
    #[default]
    GuardDuty,
    /// AWS Security Hub.
    SecurityHub,
    /// A rule of AWS Config.
    Config,
    /// A call that AWS CloudTrail recorded.
    CloudTrail,
    /// IAM Access Analyzer.
    AccessAnalyzer,
}

/// Whose credentials were used. Only a role can be contained; everything else is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Principal {
    /// A role, known by its unique id, which no other role will ever have.
    Role {
        /// The name, without path.
        name: String,
        /// The unique id, `AROA...`.
        id: String,
        /// The session's name: for an instance's credentials the instance id.
        session: String,
        /// The access key of the session. It names the session; it is not a secret.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        access_key: Option<String>,
    },
    /// Anything else: a user, the root user, a federated user, an AWS service, or nothing that could be read.
    Other {
        /// What the event calls it, such as `IAMUser`.
        user_type: String,
        /// Its name, as far as there is one.
        name: String,
        /// Why no role could be read from the event.
        reason: String,
    },
}

impl Default for Principal {
    /// Nobody's, as far as is known.
    fn default() -> Self {
        let reason = "the finding names no credentials".to_owned();
        Self::Other { user_type: "none".to_owned(), name: String::new(), reason }
    }
}

/// Where the credentials were used from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Remote {
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The country's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The organisation that owns the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The API that was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
}
