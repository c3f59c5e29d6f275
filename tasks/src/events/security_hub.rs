//! Reads a failed control of Security Hub. An update of a finding comes back as an event, so only findings that are new,
//! active and failed count.

use super::envelope::{string, whole};
use super::{Envelope, Event, NotRead, ReadTarget, Seen};
use contract::{Finding, Source};
use serde_json::Value;

pub(super) const DETAIL_TYPES: &[&str] =
    &["Security Hub Findings - Imported", "Security Hub Findings - Custom Action"];

pub(super) fn read(event: &Envelope, target: ReadTarget) -> Result<Seen, NotRead> {
    let finding = only(event.detail.pointer("/findings"))?;
    let id = whole(finding, "/Id").filter(|id| id.len() <= 512).ok_or("its finding has no id")?.to_owned();
    let product = whole(finding, "/ProductArn").filter(|arn| arn.len() <= 512);
    let product_arn = product.ok_or("its finding has no product ARN")?.to_owned();
    let within = |pointer: &str| format!("/findings/0{pointer}");
    let account = event.account(&[&within("/AwsAccountId")])?;
    let region = event.region(&within("/Region"))?;
    let partition = event.here.partition.clone();
    let target = target(&Event { source: Source::SecurityHub, account: &account, detail: finding })?;
    let control = ["/Compliance/SecurityControlId", "/ProductFields/ControlId", "/GeneratorId"];
    let control = control.iter().find_map(|pointer| string(finding, pointer, 100));
    let severity = finding.pointer("/Severity/Normalized").and_then(Value::as_f64).unwrap_or_default();
    let seen = ["/LastObservedAt", "/UpdatedAt"].iter().find_map(|pointer| string(finding, pointer, 64));
    Ok(Seen {
        event_id: event.id.clone().unwrap_or_else(|| id.clone()),
        ignored: ignored(finding),
        finding: Finding {
            source: Source::SecurityHub,
            arn: id.clone(),
            product_arn,
            kind: format!("SecurityHub:{}", control.as_deref().unwrap_or("unknown")),
            title: string(finding, "/Title", 256).unwrap_or_default(),
            severity: (severity / 10.0).clamp(0.0, 10.0),
            first_seen: string(finding, "/FirstObservedAt", 64),
            last_seen: seen,
            count: 1,
            target,
            actor: None,
            managed_by: None,
            id,
            account,
            region,
            partition,
        },
    })
}

/// The one finding of the event. Events with several copies of one finding occur. Several findings would be several
/// cases, and an execution has one.
fn only(findings: Option<&Value>) -> Result<&Value, String> {
    let findings = findings.and_then(Value::as_array).ok_or("its detail has no findings")?;
    let first = findings.first().ok_or("its list of findings is empty")?;
    if findings.iter().all(|finding| whole(finding, "/Id") == whole(first, "/Id")) {
        Ok(first)
    } else {
        Err(format!("it holds {} findings; send it one at a time", findings.len()))
    }
}

fn ignored(finding: &Value) -> Option<&'static str> {
    if finding.pointer("/Sample").and_then(Value::as_bool) == Some(true) {
        Some("it is a sample finding")
    } else if whole(finding, "/RecordState") != Some("ACTIVE") {
        Some("the finding is archived")
    } else if whole(finding, "/Workflow/Status") != Some("NEW") {
        Some("the finding is not new: somebody, or this responder, has it already")
    } else if whole(finding, "/Compliance/Status") != Some("FAILED") {
        Some("the control has not failed")
    } else {
        None
    }
}
