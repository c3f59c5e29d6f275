//! The accounts in which the events are true: a role that leaked, and a policy that makes its role too powerful.

use super::responder::{Enforced, Without, role};
use crate::event::{sample, sample_of, set};
use serde_json::{Value, json};
use tests::responses::IAM_POLICY_REMEDIATION;
use tests::{LocalAws, Ministack, Result, Session, Trouble, element};

/// Whom an event is about.
pub(super) struct Suspect {
    pub(super) event: Value,
    pub(super) role: String,
    pub(super) role_arn: String,
    pub(super) session: Session,
}

impl Suspect {
    /// One more session of the role.
    pub(super) async fn another_session(&self, ministack: &Ministack) -> Result<Session> {
        Session::administrator().assume(ministack.endpoint(), &self.role_arn, "another").await
    }
}

/// Makes a role for a service, and gives the answer of `CreateRole` and a session.
async fn suspect(
    ministack: &Ministack,
    name: &str,
    service: &str,
    says: &Value,
) -> Result<(String, Session)> {
    let made = role(ministack, name, "/", service, Some(&says.to_string())).await?;
    let arn = element(&made, "Arn")?;
    let session = Session::administrator().assume(ministack.endpoint(), &arn, name).await?;
    Ok((made, session))
}

/// An account with a leaked role, on an instance.
pub(super) async fn leaked_role(test: &str, without: Without<'_>) -> Result<(Enforced, Suspect)> {
    let aws = LocalAws::start(Ministack::ACCOUNT).await?;
    let ministack = Ministack::start(&aws).await?;
    let name = "web-frontend";
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "ec2:DescribeInstances"], "Resource": "*" },
    ] });
    let (made, session) = suspect(&ministack, name, "ec2.amazonaws.com", &document).await?;
    let profile = ("InstanceProfileName", "web-frontend-profile");
    let profile_arn = element(&ministack.iam("CreateInstanceProfile", &[profile]).await?, "Arn")?;
    ministack.iam("AddRoleToInstanceProfile", &[profile, ("RoleName", name)]).await?;
    let image = [
        ("ImageId", "ami-0abcdef1234567890"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("InstanceType", "t3.micro"),
        ("IamInstanceProfile.Arn", &profile_arn),
    ];
    let instance =
        element(&ministack.query("ec2", "2016-11-15", "RunInstances", &image).await?, "instanceId")?;
    let mut event = sample("outside")?;
    let principal = format!("{}:{instance}", element(&made, "RoleId")?);
    set(&mut event, "/detail/resource/accessKeyDetails/principalId", principal.into())?;
    set(&mut event, "/detail/resource/instanceDetails/instanceId", instance.into())?;
    let enforced = Enforced::start(test, ministack, aws, &event, without).await?;
    Ok((enforced, Suspect { event, role: name.to_owned(), role_arn: element(&made, "Arn")?, session }))
}

/// The policy that somebody made dangerous.
pub(super) const POLICY: (&str, &str) = ("PolicyArn", "arn:aws:iam::123456789012:policy/report-access");

/// An account with a policy of which the second version allows everything, on a role, a user and a group.
pub(super) async fn dangerous_policy(test: &str, without: Without<'_>) -> Result<(Enforced, Suspect)> {
    let aws = LocalAws::start(Ministack::ACCOUNT).await?;
    let ministack = Ministack::start(&aws).await?;
    let event = sample_of(IAM_POLICY_REMEDIATION, "create-policy-version")?;
    let document = event.pointer("/detail/requestParameters/policyDocument").and_then(Value::as_str);
    let document = document.ok_or_else(|| Trouble("the event has no document".to_owned()))?;
    let reads = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*" },
    ] });
    let first = [("PolicyName", "report-access"), ("PolicyDocument", &reads.to_string())];
    ministack.iam("CreatePolicy", &first).await?;
    let name = "report-builder";
    let harmless = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "arn:aws:sqs:*:*:reports" },
    ] });
    let (made, session) = suspect(&ministack, name, "lambda.amazonaws.com", &harmless).await?;
    ministack.iam("CreateUser", &[("UserName", "dana")]).await?;
    ministack.iam("CreateGroup", &[("GroupName", "reporters")]).await?;
    for (kind, name) in [("Role", name), ("User", "dana"), ("Group", "reporters")] {
        let who = format!("{kind}Name");
        ministack.iam(&format!("Attach{kind}Policy"), &[(&who, name), POLICY]).await?;
    }
    let version = [POLICY, ("PolicyDocument", document), ("SetAsDefault", "true")];
    ministack.iam("CreatePolicyVersion", &version).await?;
    for path in ["/reports", "/reports/january.txt"] {
        ministack.s3_put(path).await?;
    }
    let enforced = Enforced::start(test, ministack, aws, &event, without).await?;
    Ok((enforced, Suspect { event, role: name.to_owned(), role_arn: element(&made, "Arn")?, session }))
}
