//! Reads the resource of a finding, whatever its type.

use crate::events::Event;
use crate::text;
use contract::kinds::FindingOnly;
use contract::kinds::finding_only::Target;
use contract::{Source, Target as Found};
use serde_json::Value;

/// How many ids are kept, and how many characters of each.
const IDS: usize = 10;
const LONGEST: usize = 512;

/// Where GuardDuty writes the id of a resource, by the resource's type. Source: GuardDuty API reference, `Resource`.
const GUARDDUTY: &[(&str, &str)] = &[
    ("AccessKey", "/resource/accessKeyDetails/accessKeyId"),
    ("Container", "/resource/containerDetails/id"),
    ("EBSVolume", "/resource/ebsVolumeDetails/scannedVolumeDetails/0/volumeArn"),
    ("ECSCluster", "/resource/ecsClusterDetails/arn"),
    ("EKSCluster", "/resource/eksClusterDetails/arn"),
    ("Instance", "/resource/instanceDetails/instanceId"),
    ("KubernetesCluster", "/resource/eksClusterDetails/arn"),
    ("Lambda", "/resource/lambdaDetails/functionArn"),
    ("RDSDBInstance", "/resource/rdsDbInstanceDetails/dbInstanceArn"),
    ("S3Bucket", "/resource/s3BucketDetails/0/arn"),
];

/// The nouns of types that people call something else.
const NOUNS: &[(&str, &str)] = &[
    ("AccessKey", "access key"),
    ("Container", "container"),
    ("EBSVolume", "volume"),
    ("EKSCluster", "cluster"),
    ("ECSCluster", "cluster"),
    ("Instance", "instance"),
    ("Lambda", "function"),
    ("RDSDBInstance", "database"),
    ("S3Bucket", "bucket"),
];

pub(super) fn read(event: &Event<'_>) -> Found<Target> {
    let (kind, ids) = match event.source {
        Source::GuardDuty => {
            let kind = event.text("/resource/resourceType");
            (
                kind,
                GUARDDUTY
                    .iter()
                    .filter(|(of, _)| Some(*of) == kind)
                    .filter_map(|(_, id)| event.text(id))
                    .collect(),
            )
        }
        Source::SecurityHub => (event.text("/Resources/0/Type"), security_hub_ids(event.detail)),
        Source::Config => (event.text("/resourceType"), event.text("/resourceId").into_iter().collect()),
        Source::AccessAnalyzer => {
            (event.text("/resourceType"), event.text("/resource").into_iter().collect())
        }
        Source::CloudTrail => (None, Vec::<&str>::new()),
    };
    match (kind, ids.is_empty()) {
        (Some(kind), false) => super::super::resource::<FindingOnly>(Target {
            resource_type: text::cut(kind, 128),
            ids: ids.iter().take(IDS).map(|id| text::cut(id, LONGEST)).collect(),
        }),
        (Some(kind), true) => {
            let kind = text::line(kind, 64);
            other(
                format!("a resource of type {kind}"),
                "the finding does not name the resource in a known place",
            )
        }
        (None, _) => other("no single resource".to_owned(), "the finding names no resource"),
    }
}

/// The ids of all resources of a finding of Security Hub.
fn security_hub_ids(finding: &Value) -> Vec<&str> {
    let resources =
        finding.pointer("/Resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ids = resources.iter().filter_map(|resource| resource.get("Id")?.as_str());
    ids.filter(|id| !id.is_empty()).collect()
}

fn other(what: String, why: &str) -> Found<Target> {
    Found::Other { what, why: why.to_owned() }
}

pub(super) fn what(target: &Target) -> String {
    let kind = target.resource_type.as_str();
    let noun = NOUNS.iter().find(|(of, _)| *of == kind).map_or(kind, |(_, noun)| noun);
    let first = target.ids.first().map(String::as_str).unwrap_or_default();
    let more = target.ids.len().saturating_sub(1);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("the {} {}{more}", text::line(noun, 64), text::line(first, 128))
}
