use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A finding from any source, trimmed so that it fits into a state's output many times over.
///
/// Text from the event is hostile: it is shortened here and escaped where it is shown. `T` is the kind's own
/// description of the target; tasks that serve all kinds leave it as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding<T = Value> {
    /// The service that reported it.
    pub source: Source,
    /// The id that the detecting service gave it. Recurrences carry the same id.
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
    /// From 0 to 10; 0 if the source does not rate it.
    pub severity: f64,
    /// The account of the resource, which may differ from the account whose bus carried the event.
    pub account: String,
    /// The region of the finding.
    pub region: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The time of the first occurrence, as the event writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<String>,
    /// The time of the last occurrence, as the event writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    /// The number of occurrences, as the detecting service counts them.
    pub count: u64,
    /// The resource that a response would act on.
    pub target: Target<T>,
    /// The identity that acted, if the event names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// The service that manages the target from a template and would revert a change, if AWS itself says so in the event:
    /// `CloudFormation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    /// What the call of the event wrote. The resource may not have it any more when it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Written>,
    /// Other cases about the same role, user or group, the latest first. `open-case` adds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_cases: Vec<OtherCase>,
}

/// What a call of IAM wrote, as its event has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    /// The document, without the white space between its tokens. None if the call has none, or one that is too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The version of a managed policy that became the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The ARN of the permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
}

/// Another case about the same principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OtherCase {
    /// The case.
    pub case_id: String,
    /// The state machine that opened it.
    pub response: String,
    /// What it is about, as a noun phrase.
    pub what: String,
    /// When it was opened, RFC 3339.
    pub opened_at: String,
}

/// A service that reports findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Amazon GuardDuty.
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

/// The resource that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Target<T = Value> {
    /// A resource that the response's kind can look at.
    Resource {
        /// A noun phrase for people, such as `the role web`.
        what: String,
        /// How the kind finds it again.
        resource: T,
    },
    /// Anything else, or something that could not be read with certainty. It goes to people.
    Other {
        /// A noun phrase for people, such as `the root user`.
        what: String,
        /// Why the response cannot act on it: a clause without a full stop.
        why: String,
    },
}

impl<T> Target<T> {
    /// The noun phrase for people.
    pub fn what(&self) -> &str {
        match self {
            Self::Resource { what, .. } | Self::Other { what, .. } => what,
        }
    }
}

/// The identity that acted: whose credentials were used, or who made the call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Actor {
    /// The event's own word, such as `AssumedRole` or `IAMUser`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name or the ARN.
    pub name: String,
    /// The unique id of the role whose session acted, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// The name of the session, which for an instance's credentials is the instance id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The source identity of the session, which its roles cannot change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// The access key id. It names the credentials and is not a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    /// The source address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The country of the source address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The organisation that owns the source network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The AWS account from which it acted, if that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Whether GuardDuty knows that account as affiliated with the finding's, such as another member of the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affiliated: Option<bool>,
    /// The API action that was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// The tool with which it was called, as the caller writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}
