//! Reads a GuardDuty event into a `Finding`. Everything in the event may be missing, odd or hostile.

use super::envelope::string;
use super::{Envelope, Event, NotRead, ReadTarget, Seen};
use crate::names::is_word;
use crate::text;
use contract::{Actor, Finding, Source};
use serde_json::Value;

pub(super) const DETAIL_TYPE: &str = "GuardDuty Finding";

pub(super) fn read(event: &Envelope, target: ReadTarget) -> Result<Seen, NotRead> {
    let detail = &event.detail;
    let id = string(detail, "/id", 256).ok_or("its finding has no id")?;
    let account = event.account(&["/accountId"])?;
    let region = event.region("/region")?;
    let partition = string(detail, "/partition", 32).unwrap_or_else(|| event.here.partition.clone());
    if !is_word(&partition) {
        return Err(format!("`{}` is not a partition", text::line(&partition, 32)).into());
    }
    let arn = string(detail, "/arn", 512).unwrap_or_else(|| {
        let detector = string(detail, "/service/detectorId", 64).unwrap_or_default();
        format!("arn:{partition}:guardduty:{region}:{account}:detector/{detector}/finding/{id}")
    });
    let target = target(&Event { source: Source::GuardDuty, account: &account, detail })?;
    Ok(Seen {
        by_person: false,
        event_id: event
            .id
            .clone()
            .unwrap_or_else(|| format!("{id}@{}", string(detail, "/updatedAt", 64).unwrap_or_default())),
        ignored: ignored(detail),
        finding: Finding {
            arn,
            product_arn: format!("arn:{partition}:securityhub:{region}::product/aws/guardduty"),
            kind: string(detail, "/type", 128).unwrap_or_else(|| "unknown".to_owned()),
            title: string(detail, "/title", 256).unwrap_or_default(),
            severity: detail.pointer("/severity").and_then(Value::as_f64).unwrap_or_default(),
            first_seen: string(detail, "/service/eventFirstSeen", 64),
            last_seen: string(detail, "/service/eventLastSeen", 64),
            count: count(detail),
            actor: actor(detail),
            source: Source::GuardDuty,
            target,
            managed_by: None,
            written: None,
            other_cases: Vec::new(),
            id,
            account,
            region,
            partition,
        },
    })
}

/// The identity whose credentials were used, and where from.
fn actor(detail: &Value) -> Option<Actor> {
    let key = detail.pointer("/resource/accessKeyDetails").filter(|key| key.is_object());
    let call = detail.pointer("/service/action/awsApiCallAction").filter(|call| call.is_object());
    if key.is_none() && call.is_none() {
        return None;
    }
    let (key, call) = (key.unwrap_or(&Value::Null), call.unwrap_or(&Value::Null));
    let from = call.get("remoteIpDetails").unwrap_or(&Value::Null);
    let principal_id = string(key, "/principalId", 256).unwrap_or_default();
    let role = role_id(&principal_id);
    Some(Actor {
        kind: string(key, "/userType", 64).unwrap_or_else(|| "none".to_owned()),
        name: string(key, "/userName", 256).unwrap_or_default(),
        role_id: role.map(|(id, _)| id.to_owned()),
        session: role.map(|(_, session)| session.to_owned()).filter(|session| !session.is_empty()),
        source_identity: None,
        access_key: string(key, "/accessKeyId", 128)
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric())),
        ip: string(from, "/ipAddressV4", 64).or_else(|| string(from, "/ipAddressV6", 64)),
        country: string(from, "/country/countryName", 64),
        organization: string(from, "/organization/asnOrg", 128)
            .or_else(|| string(from, "/organization/org", 128)),
        account: string(call, "/remoteAccountDetails/accountId", 32),
        affiliated: call.pointer("/remoteAccountDetails/affiliated").and_then(Value::as_bool),
        api: string(call, "/api", 128),
        user_agent: None,
    })
}

/// The unique id of a role and the name of its session, in a principal id such as `AROA...:session`.
pub(crate) fn role_id(principal_id: &str) -> Option<(&str, &str)> {
    let (id, session) = principal_id.split_once(':').unwrap_or((principal_id, ""));
    let is_role = id.starts_with("AROA")
        && (16..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_role.then_some((id, session))
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

/// Whether it is marked as one of AWS's sample findings. The mark may be in the event, or only inside a JSON string. The
/// names in it prove nothing: anybody can give a role a name that the samples have.
fn is_sample(detail: &Value) -> bool {
    let info = detail.pointer("/service/additionalInfo");
    let marked = |value: &Value| value.get("sample").and_then(Value::as_bool) == Some(true);
    let inside = info
        .and_then(|info| info.get("value"))
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    info.is_some_and(marked) || inside.as_ref().is_some_and(marked)
}

/// GuardDuty writes whole numbers as `5`, as `5.0` and as `1.5E1`.
fn count(detail: &Value) -> u64 {
    let count = detail.pointer("/service/count").and_then(Value::as_f64).unwrap_or(1.0);
    if count.is_finite() && count >= 1.0 { count.min(1e15) as u64 } else { 1 }
}
