//! Reads a failed control of Security Hub. What was written to the finding comes back as an event, so only one that is
//! new, active and failed counts.

use super::envelope::{string, whole};
use super::{Envelope, Seen};
use crate::names;
use crate::words::text;
use contract::{Finding, Principal, Source, Subject};
use serde_json::Value;

pub(crate) const DETAIL_TYPES: &[&str] =
    &["Security Hub Findings - Imported", "Security Hub Findings - Custom Action"];

pub(crate) fn read(event: &Envelope) -> Result<Seen, String> {
    let finding = only(event.detail.pointer("/findings"))?;
    let id = whole(finding, "/Id").filter(|id| id.len() <= 512).ok_or("its finding has no id")?.to_owned();
    let product = whole(finding, "/ProductArn").filter(|arn| arn.len() <= 512);
    let product_arn = product.ok_or("its finding has no product ARN")?.to_owned();
    let within = |pointer: &str| format!("/findings/0{pointer}");
    let account = event.account(&[&within("/AwsAccountId")])?;
    let region = event.region(&within("/Region"))?;
    let partition = event.here.partition.clone();
    let control = ["/Compliance/SecurityControlId", "/ProductFields/ControlId", "/GeneratorId"];
    let control = control.iter().find_map(|pointer| string(finding, pointer, 100));
    let severity = finding.pointer("/Severity/Normalized").and_then(Value::as_f64).unwrap_or_default();
    let seen = ["/LastObservedAt", "/UpdatedAt"].iter().find_map(|pointer| string(finding, pointer, 64));
    Ok(Seen {
        event_id: event.id.clone().unwrap_or_else(|| id.clone()),
        ignored: ignored(finding),
        policy_id: None,
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
            principal: Principal::default(),
            subject: Some(subject(finding, &account)),
            managed_by: None,
            instance_id: None,
            remote: None,
            id,
            account,
            region,
            partition,
        },
    })
}

/// The one finding of the event. An event with several of one id has been seen; which of them counts nobody can say,
/// but they say the same. Several of different ids are several cases, and an execution has one.
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

/// The one managed policy that the finding is about.
fn subject(finding: &Value, account: &str) -> Subject {
    let resources =
        finding.pointer("/Resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut policies = resources.iter().filter(|resource| whole(resource, "/Type") == Some("AwsIamPolicy"));
    let reason = match (policies.next(), policies.next()) {
        (Some(policy), None) => {
            match whole(policy, "/Id").and_then(|arn| names::managed_policy(arn, account)) {
                Some(subject) => return subject,
                None => "the ARN of the policy cannot be right, or names another account".to_owned(),
            }
        }
        (Some(_), Some(_)) => "the finding names several policies".to_owned(),
        (None, _) => {
            let kind = resources.first().and_then(|resource| whole(resource, "/Type")).unwrap_or("nothing");
            format!("the finding is about {}, not about a managed policy", text::line(kind, 64))
        }
    };
    Subject::Other { reason }
}
