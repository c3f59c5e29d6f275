//! Reads the role from a finding of GuardDuty.

use super::super::resource;
use crate::events::{Event, guardduty::role_id};
use crate::names::is_role_name;
use contract::Source;
use contract::kinds::RoleContainment;
use contract::kinds::role_containment::Target;

/// The unique id decides, not the user type: AWS's own sample of this finding has `IAMUser` for the role of an
/// instance, and `Role` occurs as well. What neither of them settles is for people.
pub(super) fn read(event: &Event<'_>) -> contract::Target<Target> {
    if event.source != Source::GuardDuty {
        return other(
            "the finding".to_owned(),
            "only a finding of GuardDuty names whose credentials were used",
        );
    }
    let key = |name: &str| event.text(&format!("/resource/accessKeyDetails/{name}"));
    let (user_type, user_name) = (key("userType").unwrap_or("none"), key("userName").unwrap_or_default());
    let principal_id = key("principalId").unwrap_or_default();
    let what = who(event);
    let why_not = match user_type {
        _ if event.detail.pointer("/resource/accessKeyDetails").is_none_or(|key| !key.is_object()) => {
            Some("the event names no credentials")
        }
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
    let instance = event.text("/resource/instanceDetails/instanceId");
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
fn who(event: &Event<'_>) -> String {
    let line = |name: &str| event.line(&format!("/resource/accessKeyDetails/{name}"), 64);
    match (line("userType").as_deref(), line("userName")) {
        (Some("Root"), _) => "the root user".to_owned(),
        (Some("IAMUser"), Some(name)) => format!("the user {name}"),
        (Some(kind), Some(name)) => format!("{name} ({kind})"),
        (None, Some(name)) => name,
        (Some(kind), None) => format!("a principal of type {kind}"),
        (None, None) => "a principal that the event does not name".to_owned(),
    }
}

/// Whether EC2 could have given this id: `i-` and 8 to 17 hexadecimal digits in lower case.
fn is_instance_id(text: &str) -> bool {
    text.strip_prefix("i-").is_some_and(|hex| {
        (8..=17).contains(&hex.len()) && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}
