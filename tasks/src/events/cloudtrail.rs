//! Reads a call to IAM that CloudTrail recorded. The call says what was touched; what stands there now is looked up
//! later, so the documents in the event are not read.

use super::envelope::{string, whole};
use super::{Envelope, Ours, Seen};
use crate::names::{self, IamArn};
use crate::words::text;
use contract::{Finding, IamPrincipal, Principal, PrincipalKind, RESPONSE_ROLE, Remote, Source, Subject};
use serde_json::Value;

pub(crate) const DETAIL_TYPE: &str = "AWS API Call via CloudTrail";

/// Whose calls come from templates, as they sign their calls, and what people call them.
const TEMPLATES: &[(&str, &str)] = &[
    ("cloudformation.amazonaws.com", "CloudFormation"),
    ("terraform", "Terraform"),
    ("opentofu", "OpenTofu"),
    ("pulumi", "Pulumi"),
    ("crossplane", "Crossplane"),
];

pub(crate) fn read(event: &Envelope, ours: Ours<'_>) -> Result<Seen, String> {
    let detail = &event.detail;
    let source = whole(detail, "/eventSource").unwrap_or_default();
    if source != "iam.amazonaws.com" {
        return Err(format!("its call went to `{}`, not to IAM", text::line(source, 100)));
    }
    let id = whole(detail, "/eventID").filter(|id| id.len() <= 128).ok_or("its call has no id")?.to_owned();
    let call = whole(detail, "/eventName").ok_or("its call has no name")?;
    let account = event.account(&["/recipientAccountId"])?;
    let region = event.region("/awsRegion")?;
    let partition = event.here.partition.clone();
    let subject = subject(call, detail, &account)?;
    let user_type = string(detail, "/userIdentity/type", 64).unwrap_or_else(|| "unknown".to_owned());
    let actor = ["/userIdentity/arn", "/userIdentity/invokedBy", "/userIdentity/principalId"]
        .iter()
        .find_map(|pointer| string(detail, pointer, 256))
        .unwrap_or_default();
    let by = if actor.is_empty() { "Somebody".to_owned() } else { actor.clone() };
    Ok(Seen {
        event_id: event.id.clone().unwrap_or_else(|| id.clone()),
        ignored: ignored(call, detail, &event.here.account, ours),
        policy_id: None,
        finding: Finding {
            source: Source::CloudTrail,
            arn: format!("arn:{partition}:cloudtrail:{region}:{account}:event/{id}"),
            product_arn: format!("arn:{partition}:securityhub:{region}::product/aws/cloudtrail"),
            kind: format!("IAM:{call}"),
            title: text::cut(&format!("{by} called {call} on {}.", subject.words()), 256),
            severity: 0.0,
            first_seen: None,
            last_seen: string(detail, "/eventTime", 64),
            count: 1,
            principal: Principal::Other { user_type, name: actor, reason: "it made the call".to_owned() },
            subject: Some(subject),
            managed_by: managed_by(detail),
            instance_id: None,
            remote: Some(Remote {
                ip: string(detail, "/sourceIPAddress", 64),
                country: None,
                organization: None,
                api: Some(call.to_owned()),
            }),
            id,
            account,
            region,
            partition,
        },
    })
}

/// What was touched. An error is a call that the responder does not know; a call whose parameters cannot be right is
/// for people.
fn subject(call: &str, detail: &Value, account: &str) -> Result<Subject, String> {
    let asked = |name: &str| whole(detail, &format!("/requestParameters/{name}"));
    let found = match call {
        "CreatePolicy" => {
            whole(detail, "/responseElements/policy/arn").and_then(|arn| names::managed_policy(arn, account))
        }
        "CreatePolicyVersion" | "SetDefaultPolicyVersion" => {
            asked("policyArn").and_then(|arn| names::managed_policy(arn, account))
        }
        "PutRolePolicy" | "PutUserPolicy" | "PutGroupPolicy" => {
            let policy = asked("policyName").filter(|name| names::is_name(name));
            whose(call, asked)
                .zip(policy)
                .map(|(principal, policy)| Subject::Inline { principal, policy: policy.to_owned() })
        }
        "AttachRolePolicy" | "AttachUserPolicy" | "AttachGroupPolicy" => {
            let arn = asked("policyArn").filter(|arn| names::managed_policy(arn, account).is_some());
            whose(call, asked)
                .zip(arn)
                .map(|(principal, arn)| Subject::Attachment { principal, policy_arn: arn.to_owned() })
        }
        "UpdateAssumeRolePolicy" => asked("roleName")
            .filter(|name| names::is_role_name(name))
            .map(|role| Subject::Trust { role: role.to_owned() }),
        _ => return Err(format!("its call `{}` is not one that the responder reads", text::line(call, 100))),
    };
    let reason = "the parameters of the call do not say what it touched, or in a way that cannot be right";
    Ok(found.unwrap_or_else(|| Subject::Other { reason: reason.to_owned() }))
}

/// Whose policy it is, by the name of the call.
fn whose<'a>(call: &str, asked: impl Fn(&str) -> Option<&'a str>) -> Option<IamPrincipal> {
    let kinds =
        [("Role", PrincipalKind::Role), ("User", PrincipalKind::User), ("Group", PrincipalKind::Group)];
    let (_, kind) = kinds.into_iter().find(|(word, _)| call.contains(word))?;
    names::principal(kind, asked(&format!("{}Name", kind.word()))?)
}

fn ignored(call: &str, detail: &Value, home: &str, ours: Ours<'_>) -> Option<&'static str> {
    let there = |pointer: &str| detail.pointer(pointer).is_some_and(|value| !value.is_null());
    let is_true = |pointer: &str| match detail.pointer(pointer) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => text == "true",
        _ => false,
    };
    if there("/errorCode") || there("/errorMessage") {
        return Some("the call failed, so it changed nothing");
    }
    let is_default = is_true("/requestParameters/setAsDefault")
        || is_true("/responseElements/policyVersion/isDefaultVersion");
    if call == "CreatePolicyVersion" && !is_default {
        return Some("the version that was made is not the default, so it is in nobody's way yet");
    }
    // Only the role that issued the session says who it was: the session's own name is anybody's choice.
    let issuer = whole(detail, "/userIdentity/sessionContext/sessionIssuer/arn").and_then(IamArn::read);
    let is_ours = |arn: IamArn<'_>| {
        arn.kind == "role"
            && if arn.account == home {
                names::matches_any(ours.roles, arn.path, arn.name)
            } else {
                ours.members.contains(&arn.account) && format!("{}{}", arn.path, arn.name) == RESPONSE_ROLE
            }
    };
    issuer.is_some_and(is_ours).then_some("the responder itself made the call")
}

/// What made the call on behalf of a template. A name in the user agent can be anybody's: it makes the workflow ask, and
/// nothing more.
fn managed_by(detail: &Value) -> Option<String> {
    let fields = ["/userIdentity/invokedBy", "/sourceIPAddress", "/userAgent"];
    let said: Vec<String> = fields
        .iter()
        .filter_map(|pointer| whole(detail, pointer))
        .map(|text| text.to_ascii_lowercase())
        .collect();
    let found = TEMPLATES.iter().find(|(sign, _)| said.iter().any(|text| text.contains(sign)));
    found.map(|(_, name)| (*name).to_owned())
}
