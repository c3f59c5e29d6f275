//! Reads a GuardDuty event into a `Finding`. Everything in the event may be missing, odd or hostile.

use super::envelope::string;
use super::{Envelope, Seen};
use crate::names::is_role_name;
use crate::names::is_word;
use crate::words::text;
use contract::{Finding, Principal, Remote, Source};
use serde_json::Value;

pub(crate) const DETAIL_TYPE: &str = "GuardDuty Finding";

/// Reads an event. The error says what is missing, for people.
pub(crate) fn read(event: &Envelope) -> Result<Seen, String> {
    let detail = &event.detail;
    let id = string(detail, "/id", 256).ok_or("its finding has no id")?;
    let account = event.account(&["/accountId"])?;
    let region = event.region("/region")?;
    let partition = string(detail, "/partition", 32).unwrap_or_else(|| event.here.partition.clone());
    if !is_word(&partition) {
        return Err(format!("`{}` is not a partition", text::line(&partition, 32)));
    }
    let arn = string(detail, "/arn", 512).unwrap_or_else(|| {
        let detector = string(detail, "/service/detectorId", 64).unwrap_or_default();
        format!("arn:{partition}:guardduty:{region}:{account}:detector/{detector}/finding/{id}")
    });
    let key = detail.pointer("/resource/accessKeyDetails");
    let principal = principal(key);
    let session = match &principal {
        Principal::Role { session, .. } => Some(session.as_str()),
        Principal::Other { .. } => None,
    };
    let instance = string(detail, "/resource/instanceDetails/instanceId", 64);
    let instance_id = session
        .filter(|session| is_instance_id(session))
        .or(instance.as_deref().filter(|id| is_instance_id(id)))
        .map(str::to_owned);
    Ok(Seen {
        event_id: event
            .id
            .clone()
            .unwrap_or_else(|| format!("{id}@{}", string(detail, "/updatedAt", 64).unwrap_or_default())),
        ignored: ignored(detail),
        policy_id: None,
        finding: Finding {
            arn,
            product_arn: format!("arn:{partition}:securityhub:{region}::product/aws/guardduty"),
            kind: string(detail, "/type", 128).unwrap_or_else(|| "unknown".to_owned()),
            title: string(detail, "/title", 256).unwrap_or_default(),
            severity: detail.pointer("/severity").and_then(Value::as_f64).unwrap_or_default(),
            first_seen: string(detail, "/service/eventFirstSeen", 64),
            last_seen: string(detail, "/service/eventLastSeen", 64),
            count: count(detail),
            remote: remote(detail),
            source: Source::GuardDuty,
            subject: None,
            managed_by: None,
            id,
            account,
            region,
            partition,
            principal,
            instance_id,
        },
    })
}

/// Who used the credentials. The unique id decides, not the user type: AWS's own sample of this very finding says
/// `IAMUser` for the role of an instance, and `Role` occurs as well. What neither of them settles is for people.
fn principal(key: Option<&Value>) -> Principal {
    let Some(key) = key.filter(|key| key.is_object()) else {
        return other("none", "", "the event names no credentials");
    };
    let user_type = string(key, "/userType", 64).unwrap_or_else(|| "none".to_owned());
    let user_name = string(key, "/userName", 256).unwrap_or_default();
    let principal_id = string(key, "/principalId", 256).unwrap_or_default();
    let why_not = match user_type.as_str() {
        "Root" => Some("the root user cannot be denied by a policy"),
        "FederatedUser" => Some("a federated session has the permissions of the IAM user that made it"),
        "AWSService" => Some("an AWS service used its own credentials"),
        "AWSAccount" => Some("the credentials are those of another account"),
        _ if principal_id.starts_with("AIDA") => {
            Some("it is an IAM user: deactivate the access key (reversible) and look at the user's policies")
        }
        _ => None,
    };
    if let Some(reason) = why_not {
        return other(&user_type, &user_name, reason);
    }
    let (id, session) = principal_id.split_once(':').unwrap_or((&principal_id, ""));
    if !(id.starts_with("AROA") && id.len() >= 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return other(&user_type, &user_name, "the principal id is not that of a role (`AROA...`)");
    }
    // Some tools have seen `Role/Session` here.
    let name = user_name.split('/').next().unwrap_or_default();
    if !is_role_name(name) {
        return other(&user_type, &user_name, "the user name cannot be the name of a role");
    }
    Principal::Role {
        name: name.to_owned(),
        id: id.to_owned(),
        session: session.to_owned(),
        access_key: string(key, "/accessKeyId", 128)
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric())),
    }
}

fn other(user_type: &str, name: &str, reason: &str) -> Principal {
    Principal::Other { user_type: user_type.to_owned(), name: name.to_owned(), reason: reason.to_owned() }
}

fn ignored(detail: &Value) -> Option<&'static str> {
    if is_sample(detail) {
        Some("it is a sample finding")
    } else if detail.pointer("/service/archived").and_then(Value::as_bool) == Some(true) {
        Some("the finding is archived: somebody has looked at it, or a suppression rule has")
    } else {
        None
    }
}

/// Whether it is one of AWS's sample findings. The mark may stand in the event, or only inside a JSON string.
fn is_sample(detail: &Value) -> bool {
    let info = detail.pointer("/service/additionalInfo");
    let marked = |value: &Value| value.get("sample").and_then(Value::as_bool) == Some(true);
    let inside = info
        .and_then(|info| info.get("value"))
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    let made_up = ["/userName", "/principalId", "/accessKeyId"].iter().any(|field| {
        detail
            .pointer(&format!("/resource/accessKeyDetails{field}"))
            .and_then(Value::as_str)
            .is_some_and(|text| text.starts_with("GeneratedFinding"))
    });
    info.is_some_and(marked) || inside.as_ref().is_some_and(marked) || made_up
}

fn remote(detail: &Value) -> Option<Remote> {
    let call = detail.pointer("/service/action/awsApiCallAction")?;
    let from = call.get("remoteIpDetails").unwrap_or(&Value::Null);
    let account = string(call, "/remoteAccountDetails/accountId", 32).map(|id| format!("AWS account {id}"));
    Some(Remote {
        ip: string(from, "/ipAddressV4", 64).or_else(|| string(from, "/ipAddressV6", 64)),
        country: string(from, "/country/countryName", 64),
        organization: account
            .or_else(|| string(from, "/organization/asnOrg", 128))
            .or_else(|| string(from, "/organization/org", 128)),
        api: string(call, "/api", 128),
    })
}

/// GuardDuty writes whole numbers as `5`, as `5.0` and as `1.5E1`.
fn count(detail: &Value) -> u64 {
    let count = detail.pointer("/service/count").and_then(Value::as_f64).unwrap_or(1.0);
    if count.is_finite() && count >= 1.0 { count.min(1e15) as u64 } else { 1 }
}

/// Whether EC2 could have given this id: `i-` and 8 to 17 hexadecimal digits in lower case.
fn is_instance_id(text: &str) -> bool {
    text.strip_prefix("i-").is_some_and(|hex| {
        (8..=17).contains(&hex.len()) && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
#[path = "guardduty_tests.rs"]
mod tests;
