//! Findings in the format of Security Hub V2, the Open Cybersecurity Schema Framework, as the AWS Security Finding Format
//! has them. Security Hub sends the same finding in both formats, and its id is the same, so both lead to one case.
//! Source: Security Hub user guide, "EventBridge event formats for Security Hub V2"; OCSF 1.6, `finding_info`.

use super::envelope::whole;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(super) const DETAIL_TYPE: &str = "Findings Imported V2";

/// Types of resources whose name in the other format is not that of CloudFormation without colons.
const TYPES: &[(&str, &str)] = &[
    ("AWS::IAM::Policy", "AwsIamPolicy"),
    ("AWS::IAM::Role", "AwsIamRole"),
    ("AWS::IAM::User", "AwsIamUser"),
    ("AWS::IAM::Group", "AwsIamGroup"),
    ("AWS::EC2::Instance", "AwsEc2Instance"),
    ("AWS::S3::Bucket", "AwsS3Bucket"),
];

/// The lowest normalized severity of each severity id. `Fatal` (6) is as bad as `Critical`.
const SEVERITIES: &[(i64, u64)] = &[(1, 0), (2, 1), (3, 40), (4, 70), (5, 90), (6, 100)];

/// The same finding in the other format, as far as the responder reads it. What is missing stays missing.
pub(super) fn to_asff(finding: &Value) -> Value {
    let text = |pointer: &str| whole(finding, pointer).map(Value::from);
    let number = |pointer: &str| finding.pointer(pointer).and_then(Value::as_i64);
    let time = |pointer: &str| number(pointer).and_then(at);
    let severity = number("/severity_id").and_then(|id| SEVERITIES.iter().find(|(of, _)| *of == id));
    let product =
        whole(finding, "/metadata/product/uid").map(|arn| arn.replacen("::productv2/", "::product/", 1));
    let resources = finding.get("resources").and_then(Value::as_array);
    let resources: Vec<Value> = resources.into_iter().flatten().map(resource).collect();
    let is_closed = number("/activity_id") == Some(3) || number("/status_id") == Some(5);
    let members = [
        ("Id", text("/finding_info/uid")),
        ("ProductArn", product.map(Value::from)),
        ("ProductName", text("/metadata/product/name")),
        ("AwsAccountId", text("/cloud/account/uid")),
        ("Region", text("/cloud/region")),
        ("Title", text("/finding_info/title")),
        ("Types", finding.pointer("/finding_info/types").cloned()),
        (
            "FirstObservedAt",
            time("/finding_info/first_seen_time").or_else(|| time("/finding_info/created_time")),
        ),
        ("LastObservedAt", time("/finding_info/last_seen_time").or_else(|| time("/time"))),
        ("Severity", severity.map(|(_, normalized)| json!({ "Normalized": normalized }))),
        ("Compliance", finding.get("compliance").map(compliance)),
        ("Workflow", number("/status_id").map(|status| json!({ "Status": workflow(status) }))),
        ("RecordState", Some(json!(if is_closed { "ARCHIVED" } else { "ACTIVE" }))),
        ("Resources", Some(Value::Array(resources))),
    ];
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}

/// A time in milliseconds since 1970.
fn at(milliseconds: i64) -> Option<Value> {
    Timestamp::from_millisecond(milliseconds).ok().map(|at| Value::from(at.to_string()))
}

fn compliance(compliance: &Value) -> Value {
    let status = match compliance.get("status_id").and_then(Value::as_i64) {
        Some(1) => "PASSED",
        Some(2) => "WARNING",
        Some(3) => "FAILED",
        _ => "NOT_AVAILABLE",
    };
    json!({ "Status": status, "SecurityControlId": compliance.get("control") })
}

/// The workflow status of a status: new, in progress, suppressed or resolved. An archived one is not new either.
fn workflow(status: i64) -> &'static str {
    match status {
        1 => "NEW",
        3 => "SUPPRESSED",
        4 => "RESOLVED",
        _ => "NOTIFIED",
    }
}

/// A resource by its ARN, where the finding has it, or else by its name or id.
fn resource(resource: &Value) -> Value {
    let kind = whole(resource, "/type").unwrap_or_default();
    let named = TYPES.iter().find(|(of, _)| *of == kind).map_or(kind, |(_, name)| name);
    let id = whole(resource, "/uid_alt").or_else(|| whole(resource, "/uid")).unwrap_or_default();
    json!({ "Type": named, "Id": id })
}
