//! Reads a finding of IAM Access Analyzer: principals from outside can reach a resource.

use super::envelope::{string, whole};
use super::{Envelope, Event, NotRead, ReadTarget, Seen};
use crate::text;
use contract::{Finding, Source};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(super) const DETAIL_TYPE: &str = "Access Analyzer Finding";

pub(super) fn read(event: &Envelope, target: ReadTarget) -> Result<Seen, NotRead> {
    let detail = &event.detail;
    let finding = whole(detail, "/id").ok_or("its finding has no id")?;
    let resource = whole(detail, "/resource").ok_or("its finding names no resource")?;
    let account = event.account(&["/resourceOwnerAccount", "/accountId"])?;
    let region = event.region("/region")?;
    let partition = event.here.partition.clone();
    let target = target(&Event { source: Source::AccessAnalyzer, account: &account, detail })?;
    let deleted = detail.pointer("/isDeleted").and_then(Value::as_bool) == Some(true);
    let ignored = match whole(detail, "/status") {
        _ if deleted => Some("the resource is gone"),
        Some("ACTIVE") => None,
        Some("ARCHIVED") => {
            Some("the finding is archived: somebody has looked at it, or an archive rule has")
        }
        _ => Some("the finding is resolved"),
    };
    let principals = principals(detail);
    Ok(Seen {
        by_person: false,
        event_id: event.id.clone().unwrap_or_else(|| finding.to_owned()),
        ignored,
        finding: Finding {
            source: Source::AccessAnalyzer,
            arn: format!(
                "arn:{partition}:access-analyzer:{region}:{account}:finding/{}",
                text::cut(finding, 128)
            ),
            product_arn: format!("arn:{partition}:securityhub:{region}::product/aws/access-analyzer"),
            kind: "AccessAnalyzer:ExternalAccess".to_owned(),
            title: text::cut(&format!("{principals} can reach it from outside: {}.", target.what()), 256),
            severity: 0.0,
            first_seen: string(detail, "/createdAt", 64),
            last_seen: string(detail, "/updatedAt", 64),
            count: 1,
            target,
            actor: None,
            managed_by: None,
            written: None,
            other_cases: Vec::new(),
            id: identity(resource, detail),
            account,
            region,
            partition,
        },
    })
}

/// The analyzer of each region reports the same resource under an id of its own, so the content identifies the finding.
fn identity(resource: &str, detail: &Value) -> String {
    let content = ["/principal", "/condition", "/action"].map(|pointer| detail.pointer(pointer));
    let digest = Sha256::digest(format!("{resource} {content:?}"));
    format!("{}#{}", text::cut(resource, 400), hex::encode(digest).chars().take(16).collect::<String>())
}

/// The principals that are let in, for people.
fn principals(detail: &Value) -> String {
    if detail.pointer("/isPublic").and_then(Value::as_bool) == Some(true) {
        return "Everybody".to_owned();
    }
    let named: Vec<&str> = detail
        .pointer("/principal")
        .and_then(Value::as_object)
        .map(|kinds| kinds.values().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if named.is_empty() { "Somebody from outside".to_owned() } else { text::cut(&named.join(", "), 120) }
}
