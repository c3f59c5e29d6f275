use super::{Api, ApiError, Caller, rule_name};
use crate::time::{from_milliseconds, iso};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many entries a request may have, and how large an entry may be. Source: EventBridge quotas.
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 262_144;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    source: String,
    #[serde(default)]
    detail_type: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    time: Option<f64>,
    #[serde(default)]
    event_bus_name: Option<String>,
    #[serde(default)]
    trace_header: Option<String>,
}

/// `PutEvents`. Unlike AWS it takes events with a source of AWS's own (`aws.guardduty`): it is here to try out what AWS's
/// services would send.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    if input.entries.is_empty() || input.entries.len() > MOST_ENTRIES {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length from 1 to {MOST_ENTRIES}"
        )));
    }
    let mut events = Vec::new();
    let mut answers = Vec::new();
    for entry in input.entries {
        let bus = rule_name::bus_name(entry.event_bus_name.as_deref()).to_owned();
        match event(api, caller, entry) {
            Ok(event) => {
                answers.push(json!({ "EventId": event.get("id") }));
                events.push((bus, event));
            }
            Err((code, message)) => answers.push(json!({ "ErrorCode": code, "ErrorMessage": message })),
        }
    }
    let failed = answers.len() - events.len();
    // An event on a bus that is not there is taken, and nobody gets it.
    api.bus.put_on(events).await?;
    Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
}

/// The event as its targets see it.
fn event(api: &Api, caller: &Caller, entry: Entry) -> Result<Value, (&'static str, String)> {
    let invalid = |message: &str| ("InvalidArgument", message.to_owned());
    if entry.source.is_empty() {
        return Err(invalid("Parameter Source is not valid. Reason: Source is a required argument."));
    }
    if entry.detail_type.is_empty() {
        return Err(invalid("Parameter DetailType is not valid. Reason: DetailType is a required argument."));
    }
    let size = entry.source.len()
        + entry.detail_type.len()
        + entry.detail.len()
        + entry.resources.iter().map(String::len).sum::<usize>();
    if size > MOST_BYTES {
        return Err(("EntryTooLarge", format!("the entry has {size} bytes, and {MOST_BYTES} is the limit")));
    }
    let detail: Value = serde_json::from_str(&entry.detail)
        .ok()
        .filter(Value::is_object)
        .ok_or(("MalformedDetail", "Detail is malformed.".to_owned()))?;
    let time =
        entry.time.map_or_else(|| api.clock.now(), |seconds| from_milliseconds((seconds * 1000.0) as i64));
    let mut event = json!({
        "version": "0",
        "id": uuid::Uuid::new_v4().to_string(),
        "detail-type": entry.detail_type,
        "source": entry.source,
        "account": caller.place.account,
        // EventBridge writes the time to the second.
        "time": iso(time).split('.').next().map(|seconds| format!("{seconds}Z")),
        "region": caller.place.region,
        "resources": entry.resources,
        "detail": detail,
    });
    if let (Some(header), Some(map)) = (entry.trace_header, event.as_object_mut()) {
        map.insert("trace-header".to_owned(), Value::String(header));
    }
    Ok(event)
}
