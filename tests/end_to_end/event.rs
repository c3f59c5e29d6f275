//! Events: those of the workflows' folders, and others made of them.

use serde_json::{Value, json};
use tests::{Result, Trouble, repository};

/// An event about a leaked role.
pub(crate) fn sample(name: &str) -> Result<Value> {
    sample_of("credential-exfiltration", name)
}

/// An event of a workflow's folder.
pub(crate) fn sample_of(workflow: &str, name: &str) -> Result<Value> {
    let file = repository().join(format!("statemachines/{workflow}/events/{name}.json"));
    let text = std::fs::read_to_string(&file)
        .map_err(|error| Trouble(format!("`{}` cannot be read: {error}", file.display())))?;
    Ok(serde_json::from_str(&text)?)
}

/// The sample of a leaked role, as a finding of its own about a role of its own.
pub(crate) fn about(role: &str) -> Result<Value> {
    let letters: String = role.chars().filter(char::is_ascii_alphanumeric).collect();
    let id = format!("AROA{:0>17}", letters.to_uppercase());
    about_role(role, &id)
}

/// The same, about the role with this unique id.
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

/// GuardDuty reports a finding again, under the same id, while it goes on.
pub(crate) fn again(event: &Value, count: u64, last_seen: &str) -> Result<Value> {
    let mut event = event.clone();
    set(&mut event, "/detail/service/count", json!(count))?;
    set(&mut event, "/detail/service/eventLastSeen", json!(last_seen))?;
    set(&mut event, "/detail/updatedAt", json!(last_seen))?;
    set(&mut event, "/id", json!(format!("again-{count}")))?;
    Ok(event)
}

/// Changes what is there.
pub(crate) fn set(event: &mut Value, pointer: &str, value: Value) -> Result<()> {
    let place = event.pointer_mut(pointer);
    *place.ok_or_else(|| Trouble(format!("the event has no `{pointer}`")))? = value;
    Ok(())
}
