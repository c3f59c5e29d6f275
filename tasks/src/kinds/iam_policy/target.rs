//! Reads the policy from an event. The parameters of a call identify the policy; its document is read live.

use super::super::resource;
use crate::events::Event;
use crate::names::{self, IamArn};
use crate::text;
use contract::kinds::IamPolicy;
use contract::kinds::iam_policy::Target;
use contract::{IamPrincipal, PrincipalKind, Source};
use serde_json::Value;

pub(super) fn read(event: &Event<'_>) -> contract::Target<Target> {
    let read = match event.source {
        Source::CloudTrail => of_call(event),
        Source::Config => of_config(event),
        Source::AccessAnalyzer => of_access_analyzer(event),
        Source::SecurityHub => of_security_hub(event),
        Source::GuardDuty => Err("a finding of GuardDuty names no policy".to_owned()),
    };
    match read {
        Ok(target) => resource::<IamPolicy>(target),
        Err(why) => contract::Target::Other { what: what(event), why },
    }
}

/// What the event is about, if it is no policy.
fn what(event: &Event<'_>) -> String {
    let named = ["/resource", "/resourceId", "/Resources/0/Id"];
    match named.iter().find_map(|pointer| event.line(pointer, 128)) {
        Some(id) => format!("the resource {id}"),
        None => "something that is no policy".to_owned(),
    }
}

fn of_call(event: &Event<'_>) -> Result<Target, String> {
    let call = event.text("/eventName").unwrap_or_default();
    let service = event.text("/eventSource").unwrap_or_default();
    if service != "iam.amazonaws.com" {
        return Err(format!("the call went to `{}`, not to IAM", text::line(service, 100)));
    }
    let asked = |name: &str| event.text(&format!("/requestParameters/{name}"));
    let managed = |arn: &&str| names::is_managed_policy(arn, event.account);
    let found = match call {
        "CreatePolicy" => match event.text("/responseElements/policy/arn") {
            Some(arn) => Some(arn).filter(managed).map(str::to_owned),
            None => created(event),
        }
        .map(|arn| Target::Managed { arn }),
        "CreatePolicyVersion" | "SetDefaultPolicyVersion" => {
            asked("policyArn").filter(managed).map(|arn| Target::Managed { arn: arn.to_owned() })
        }
        "PutRolePolicy" | "PutUserPolicy" | "PutGroupPolicy" => {
            let policy = asked("policyName").filter(|name| names::is_name(name));
            principal(call, asked)
                .zip(policy)
                .map(|(principal, policy)| Target::Inline { principal, policy: policy.to_owned() })
        }
        "AttachRolePolicy" | "AttachUserPolicy" | "AttachGroupPolicy" => principal(call, asked)
            .zip(asked("policyArn").filter(managed))
            .map(|(principal, arn)| Target::Attached { principal, policy_arn: arn.to_owned() }),
        "CreateRole" | "UpdateAssumeRolePolicy" => asked("roleName")
            .filter(|name| names::is_role_name(name))
            .map(|role| Target::Trust { role: role.to_owned() }),
        _ => return Err(format!("the call `{}` is not one that changes a policy", text::line(call, 100))),
    };
    found.ok_or_else(|| "the parameters of the call do not identify a policy of this account".to_owned())
}

/// The ARN of a new policy whose event has no answer of IAM: by its path and name.
fn created(event: &Event<'_>) -> Option<String> {
    let name = event.text("/requestParameters/policyName")?;
    let path = event.text("/requestParameters/path").unwrap_or("/");
    let partition = match event.text("/awsRegion").unwrap_or_default() {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let arn = format!("arn:{partition}:iam::{}:policy{path}{name}", event.account);
    names::is_managed_policy(&arn, event.account).then_some(arn)
}

/// The principal whose policy a call changes. The name of the call contains its type.
fn principal<'a>(call: &str, asked: impl Fn(&str) -> Option<&'a str>) -> Option<IamPrincipal> {
    let kinds =
        [("Role", PrincipalKind::Role), ("User", PrincipalKind::User), ("Group", PrincipalKind::Group)];
    let (_, kind) = kinds.into_iter().find(|(word, _)| call.contains(word))?;
    names::principal(kind, asked(&format!("{}Name", kind.word()))?)
}

/// AWS Config identifies a policy by its unique id, which a look resolves.
fn of_config(event: &Event<'_>) -> Result<Target, String> {
    let id = event.text("/resourceId").unwrap_or_default();
    match event.text("/resourceType").unwrap_or_default() {
        "AWS::IAM::Policy" if is_policy_id(id) => Ok(Target::ManagedId { policy_id: id.to_owned() }),
        "AWS::IAM::Policy" if names::is_managed_policy(id, event.account) => {
            Ok(Target::Managed { arn: id.to_owned() })
        }
        "AWS::IAM::Policy" => Err("AWS Config names the policy neither by its id nor by its ARN".to_owned()),
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
            Err("AWS Config reports that a principal's policies break the rule, and not which of them"
                .to_owned())
        }
        _ => Err("the rule is not about a policy of IAM".to_owned()),
    }
}

fn is_policy_id(text: &str) -> bool {
    text.starts_with("ANPA")
        && (16..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Only a role's trust policy is ours to change.
fn of_access_analyzer(event: &Event<'_>) -> Result<Target, String> {
    let role = event
        .text("/resource")
        .and_then(IamArn::read)
        .filter(|arn| arn.kind == "role" && arn.account == event.account && names::is_role_name(arn.name));
    match (event.text("/resourceType"), role) {
        (Some("AWS::IAM::Role"), Some(arn)) => Ok(Target::Trust { role: arn.name.to_owned() }),
        _ => Err("the resource is not a role of this account".to_owned()),
    }
}

fn of_security_hub(event: &Event<'_>) -> Result<Target, String> {
    let resources = event.detail.pointer("/Resources").and_then(Value::as_array);
    let resources = resources.map(Vec::as_slice).unwrap_or_default();
    let text = |resource: &Value, name: &str| resource.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut policies =
        resources.iter().filter(|resource| text(resource, "Type").as_deref() == Some("AwsIamPolicy"));
    match (policies.next(), policies.next()) {
        (Some(policy), None) => text(policy, "Id")
            .filter(|arn| names::is_managed_policy(arn, event.account))
            .map(|arn| Target::Managed { arn })
            .ok_or_else(|| "the ARN of the policy is malformed or of another account".to_owned()),
        (Some(_), Some(_)) => Err("the finding names several policies".to_owned()),
        (None, _) => {
            let kind = event.line("/Resources/0/Type", 64).unwrap_or_else(|| "nothing".to_owned());
            Err(format!("the finding is about {kind}, not about a managed policy"))
        }
    }
}
