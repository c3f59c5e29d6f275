//! Sample events of the responses, and events made of them.

use serde_json::{Value, json};
use tests::responses::{CREDENTIAL_EXFILTRATION, json as read};
use tests::{Result, Trouble, repository};

/// A sample event about a leaked role.
pub(crate) fn sample(name: &str) -> Result<Value> {
    sample_of(CREDENTIAL_EXFILTRATION, name)
}

/// A sample event of a response.
pub(crate) fn sample_of(response: &str, name: &str) -> Result<Value> {
    read(&repository().join(format!("statemachines/{response}/events/{name}.json")))
}

/// A finding of its own about another role.
pub(crate) fn about(role: &str) -> Result<Value> {
    let letters: String = role.chars().filter(char::is_ascii_alphanumeric).collect();
    let id = format!("AROA{:0>17}", letters.to_uppercase());
    about_role(role, &id)
}

/// The same about a role with this unique id.
pub(crate) fn about_role(role: &str, id: &str) -> Result<Value> {
    let mut event = sample("outside")?;
    set(&mut event, "/detail/resource/accessKeyDetails/userName", json!(role))?;
    let instance = "i-0a1b2c3d4e5f60718";
    set(&mut event, "/detail/resource/accessKeyDetails/principalId", json!(format!("{id}:{instance}")))?;
    let arn = format!("arn:aws:guardduty:us-east-1:123456789012:detector/12abc34d/finding/about-{role}");
    set(&mut event, "/detail/id", json!(format!("about-{role}")))?;
    set(&mut event, "/detail/arn", json!(arn))?;
    set(&mut event, "/id", json!(format!("event-about-{role}")))?;
    Ok(event)
}

/// The finding as GuardDuty reports it again, with the same id.
pub(crate) fn again(event: &Value, count: u64, last_seen: &str) -> Result<Value> {
    let mut event = event.clone();
    set(&mut event, "/detail/service/count", json!(count))?;
    set(&mut event, "/detail/service/eventLastSeen", json!(last_seen))?;
    set(&mut event, "/detail/updatedAt", json!(last_seen))?;
    set(&mut event, "/id", json!(format!("again-{count}")))?;
    Ok(event)
}

/// The same call, made in a session of a role of the home account: its path with its name.
pub(crate) fn by_role(event: &Value, role: &str) -> Result<Value> {
    let name = role.rsplit('/').next().unwrap_or_default();
    let caller = json!({
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLEBYROLE0001:session",
        "arn": format!("arn:aws:sts::123456789012:assumed-role/{name}/session"),
        "accountId": "123456789012",
        "sessionContext": {"sessionIssuer": {
            "type": "Role",
            "principalId": "AROAEXAMPLEBYROLE0001",
            "arn": format!("arn:aws:iam::123456789012:role{role}"),
            "accountId": "123456789012",
            "userName": name,
        }},
    });
    let mut event = event.clone();
    set(&mut event, "/detail/userIdentity", caller)?;
    set(&mut event, "/detail/eventID", json!(format!("call-by-{name}")))?;
    set(&mut event, "/id", json!(format!("event-by-{name}")))?;
    Ok(event)
}

/// Replaces a member of an event.
pub(crate) fn set(event: &mut Value, pointer: &str, value: Value) -> Result<()> {
    let place = event.pointer_mut(pointer);
    *place.ok_or_else(|| Trouble(format!("the event has no `{pointer}`")))? = value;
    Ok(())
}
