use super::*;
use crate::testing::steps::Steps;
use crate::testing::{Wire, finding_about};
use contract::{Plan, Source};
use serde_json::{Value, json};

fn read(source: Source, detail: &Value) -> contract::Target<Target> {
    FindingOnly::target(&Event { source, account: "123456789012", detail })
}

#[test]
fn the_resource_of_a_finding_is_read_whatever_its_type() {
    let bucket = "arn:aws:s3:::assets";
    let guardduty = |kind: &str, details: Value| {
        let mut resource = details;
        resource["resourceType"] = json!(kind);
        json!({ "resource": resource })
    };
    let cases = [
        (
            Source::GuardDuty,
            guardduty("Instance", json!({ "instanceDetails": { "instanceId": "i-0a1b2c3d4e5f60718" } })),
            "the instance i-0a1b2c3d4e5f60718",
        ),
        (
            Source::GuardDuty,
            guardduty("AccessKey", json!({ "accessKeyDetails": { "accessKeyId": "AKIAEXAMPLE" } })),
            "the access key AKIAEXAMPLE",
        ),
        (
            Source::GuardDuty,
            guardduty("S3Bucket", json!({ "s3BucketDetails": [{ "arn": bucket }] })),
            "the bucket arn:aws:s3:::assets",
        ),
        (
            Source::GuardDuty,
            guardduty(
                "Lambda",
                json!({ "lambdaDetails": { "functionArn": "arn:aws:lambda:us-east-1:1:function:f" } }),
            ),
            "the function arn:aws:lambda:us-east-1:1:function:f",
        ),
        (
            Source::SecurityHub,
            json!({ "Resources": [{ "Type": "AwsS3Bucket", "Id": bucket }, { "Type": "AwsS3Bucket", "Id": "b" }] }),
            "the AwsS3Bucket arn:aws:s3:::assets and 1 more",
        ),
        (
            Source::Config,
            json!({ "resourceType": "AWS::S3::Bucket", "resourceId": "assets" }),
            "the AWS::S3::Bucket assets",
        ),
        (
            Source::AccessAnalyzer,
            json!({ "resourceType": "AWS::S3::Bucket", "resource": bucket }),
            "the AWS::S3::Bucket arn:aws:s3:::assets",
        ),
    ];
    for (source, detail, what) in cases {
        let target = read(source, &detail);
        assert!(matches!(target, contract::Target::Resource { .. }), "{what}: {target:?}");
        assert_eq!(target.what(), what);
    }
}

#[test]
fn a_finding_that_names_no_resource_is_for_people_too() {
    for (source, detail, what) in [
        (Source::GuardDuty, json!({}), "no single resource"),
        (
            Source::GuardDuty,
            json!({ "resource": { "resourceType": "Instance" } }),
            "a resource of type Instance",
        ),
        (
            Source::GuardDuty,
            json!({ "resource": { "resourceType": "<b>New" } }),
            "a resource of type \u{2039}b\u{203a}New",
        ),
        (Source::SecurityHub, json!({ "Resources": [] }), "no single resource"),
        (Source::CloudTrail, json!({ "eventName": "StopLogging" }), "no single resource"),
    ] {
        let target = read(source, &detail);
        assert!(matches!(target, contract::Target::Other { .. }), "{target:?}");
        assert_eq!(target.what(), what);
    }
}

#[test]
fn a_hostile_finding_becomes_small() {
    let resources: Vec<Value> = (0..400)
        .map(|n| json!({ "Type": "t".repeat(1_000), "Id": format!("{n}\u{202e}{}", "i".repeat(1_000)) }))
        .collect();
    let target = read(Source::SecurityHub, &json!({ "Resources": resources }));
    assert!(serde_json::to_string(&target).unwrap().len() < 8_192);
    assert!(target.what().chars().count() < 256 && !target.what().contains('\u{202e}'), "{}", target.what());
}

#[tokio::test]
async fn people_are_told_what_the_event_contains_without_any_call() {
    let resource = Target { resource_type: "Instance".to_owned(), ids: vec!["i-0a1b2c3d".to_owned()] };
    let wire = Wire::default();
    let finding = finding_about(super::super::resource::<FindingOnly>(resource));
    let looked = Steps::over(&wire).look::<FindingOnly>(finding).await.unwrap();
    assert_eq!(
        looked.found,
        "Credentials for the EC2 instance role web-frontend were used from an external IP address."
    );
    let facts = [Fact::new("Resource type", "Instance"), Fact::new("Resource", "i-0a1b2c3d")];
    assert_eq!(looked.context.facts, facts);
    assert!(matches!(looked.plan, Plan::ForPeople { .. }));
    let (what, why) = ("no single resource".to_owned(), "the finding names no resource".to_owned());
    let looked = Steps::over(&wire)
        .look::<FindingOnly>(finding_about(contract::Target::Other { what, why }))
        .await
        .unwrap();
    assert_eq!(looked.plan, Plan::ForPeople { why: "The finding names no resource.".to_owned() });
    assert!(wire.actions().is_empty());
}
