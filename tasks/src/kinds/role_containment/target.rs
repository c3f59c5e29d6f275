//! Reads the role from a finding of GuardDuty, as GuardDuty or Security Hub sends it.

use super::super::resource;
use crate::events::{Event, guardduty::role_id};
use crate::names::is_role_name;
use crate::text;
use contract::Source;
use contract::kinds::RoleContainment;
use contract::kinds::role_containment::Target;
use serde_json::Value;

/// Whose credentials were used, as the event writes it.
struct Credentials<'a> {
    user_type: &'a str,
    user_name: &'a str,
    principal_id: &'a str,
    instance: Option<&'a str>,
}

pub(super) fn read(event: &Event<'_>) -> contract::Target<Target> {
    let credentials = match event.source {
        Source::GuardDuty => of_guardduty(event),
        Source::SecurityHub => of_security_hub(event.detail),
        Source::Config | Source::CloudTrail | Source::AccessAnalyzer => {
            return other(
                "the finding".to_owned(),
                "only a finding of GuardDuty names whose credentials were used",
            );
        }
    };
    match credentials {
        Some(credentials) => of(&credentials),
        None => other(who("", ""), "the event names no credentials"),
    }
}

fn of_guardduty<'a>(event: &Event<'a>) -> Option<Credentials<'a>> {
    event.detail.pointer("/resource/accessKeyDetails").filter(|key| key.is_object())?;
    let key = |name: &str| event.text(&format!("/resource/accessKeyDetails/{name}")).unwrap_or_default();
    Some(Credentials {
        user_type: key("userType"),
        user_name: key("userName"),
        principal_id: key("principalId"),
        instance: event.text("/resource/instanceDetails/instanceId"),
    })
}

/// The same finding as Security Hub has it. Source: ASFF, `AwsIamAccessKey`.
fn of_security_hub(finding: &Value) -> Option<Credentials<'_>> {
    let resources = finding.get("Resources").and_then(Value::as_array)?;
    let mut keys = resources.iter().filter_map(|resource| resource.pointer("/Details/AwsIamAccessKey"));
    let key = keys.next().filter(|key| key.is_object())?;
    let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_instance =
        |resource: &&Value| resource.get("Type").and_then(Value::as_str) == Some("AwsEc2Instance");
    let instance = resources.iter().find(is_instance).and_then(|resource| resource.get("Id")?.as_str());
    Some(Credentials {
        user_type: text("PrincipalType"),
        user_name: text("PrincipalName"),
        principal_id: text("PrincipalId"),
        instance: instance.and_then(|arn| arn.rsplit('/').next()),
    })
    .filter(|_| keys.next().is_none())
}

/// The unique id decides, not the user type: AWS's own sample of this finding has `IAMUser` for the role of an
/// instance, and `Role` occurs as well. What neither of them settles is for people.
fn of(credentials: &Credentials<'_>) -> contract::Target<Target> {
    let Credentials { user_type, user_name, principal_id, instance } = *credentials;
    let what = who(user_type, user_name);
    let why_not = match user_type {
        "Root" => Some("the root user cannot be denied by a policy"),
        "FederatedUser" => Some("a federated session has the permissions of the IAM user that made it"),
        "AWSService" => Some("an AWS service used its own credentials"),
        "AWSAccount" => Some("the credentials are those of another account"),
        _ if principal_id.starts_with("AIDA") => {
            Some("it is an IAM user: deactivate the access key (reversible) and look at the user's policies")
        }
        _ => None,
    };
    if let Some(why) = why_not {
        return other(what, why);
    }
    let Some((id, session)) = role_id(principal_id) else {
        return other(what, "the principal id is not that of a role (`AROA...`)");
    };
    // Some tools have seen `Role/Session` here.
    let name = user_name.split('/').next().unwrap_or_default();
    if !is_role_name(name) {
        return other(what, "the user name cannot be the name of a role");
    }
    let instance_id = [Some(session), instance].into_iter().flatten().find(|id| is_instance_id(id));
    resource::<RoleContainment>(Target {
        role_name: name.to_owned(),
        role_id: id.to_owned(),
        instance_id: instance_id.map(str::to_owned),
    })
}

fn other(what: String, why: &str) -> contract::Target<Target> {
    contract::Target::Other { what, why: why.to_owned() }
}

/// Whose credentials were used, as a noun phrase.
fn who(user_type: &str, user_name: &str) -> String {
    let (kind, name) = (text::line(user_type, 64), text::line(user_name, 64));
    match (kind.as_str(), name.as_str()) {
        ("Root", _) => "the root user".to_owned(),
        ("", "") => "a principal that the event does not name".to_owned(),
        ("IAMUser", name) if !name.is_empty() => format!("the user {name}"),
        (kind, "") => format!("a principal of type {kind}"),
        ("", name) => name.to_owned(),
        (kind, name) => format!("{name} ({kind})"),
    }
}

/// Whether EC2 could have given this id: `i-` and 8 to 17 hexadecimal digits in lower case.
fn is_instance_id(text: &str) -> bool {
    text.strip_prefix("i-").is_some_and(|hex| {
        (8..=17).contains(&hex.len()) && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}
