use super::{sample, seen as seen_as};
use crate::events::{NotRead, Seen};
use crate::names::is_role_name;
use contract::Target;
use contract::kinds::role_containment;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn seen(event: &Value) -> Result<Seen, NotRead> {
    seen_as("role-containment", event)
}

/// The role of a target, if it is one.
fn role(target: &Target) -> Option<role_containment::Target> {
    match target {
        Target::Resource { resource, .. } => Some(serde_json::from_value(resource.clone()).unwrap()),
        Target::Other { .. } => None,
    }
}

#[test]
fn the_actor_is_the_session_that_used_the_credentials() {
    let finding = seen(&sample("outside.json")).unwrap().finding;
    let actor = finding.actor.unwrap();
    assert_eq!((actor.kind.as_str(), actor.name.as_str()), ("AssumedRole", "web-frontend"));
    assert_eq!(actor.role_id.as_deref(), Some("AROAEXAMPLEWEBFRONT01"));
    assert_eq!(actor.session.as_deref(), Some("i-0a1b2c3d4e5f60718"));
    assert!(actor.access_key.is_some() && actor.ip.is_some() && actor.api.is_some(), "{actor:?}");
    assert!(actor.country.is_some() && actor.organization.is_some(), "{actor:?}");
    let mut without = sample("outside.json");
    without["detail"].as_object_mut().unwrap().remove("resource");
    without["detail"]["service"]["action"].as_object_mut().unwrap().remove("awsApiCallAction");
    assert_eq!(seen(&without).unwrap().finding.actor, None);
    let mut odd = sample("outside.json");
    odd["detail"]["resource"]["accessKeyDetails"] = json!({ "userType": "IAMUser", "userName": "ada", "principalId": "AIDAEXAMPLE0000000001", "accessKeyId": "AKIA;rm" });
    let actor = seen(&odd).unwrap().finding.actor.unwrap();
    assert_eq!((actor.role_id, actor.session, actor.access_key), (None, None, None));
}

#[test]
fn the_account_from_which_the_credentials_were_used_is_named() {
    let actor = |name: &str| seen(&sample(name)).unwrap().finding.actor.unwrap();
    let (inside, affiliated) = (actor("inside.json"), actor("affiliated.json"));
    assert_eq!((inside.account.as_deref(), inside.affiliated), (Some("210987654321"), Some(false)));
    assert_eq!((affiliated.account.as_deref(), affiliated.affiliated), (Some("111122223333"), Some(true)));
    assert_eq!((actor("outside.json").account, actor("outside.json").affiliated), (None, None));
    let mut sixth = sample("outside.json");
    sixth["detail"]["service"]["action"]["awsApiCallAction"]["remoteIpDetails"] =
        json!({ "ipAddressV6": "2001:db8::24" });
    assert_eq!(seen(&sixth).unwrap().finding.actor.unwrap().ip.as_deref(), Some("2001:db8::24"));
}

#[test]
fn the_role_of_a_function_is_read() {
    let target = seen(&sample("function.json")).unwrap().finding.target;
    let role = role(&target).unwrap();
    assert_eq!(
        (role.role_name.as_str(), role.role_id.as_str(), role.instance_id),
        ("thumbnail-maker", "AROAEXAMPLETHUMBS0001", None)
    );
}

#[test]
fn the_mark_of_a_sample_is_found_in_every_place() {
    let is_sample = |change: &dyn Fn(&mut Value)| {
        let mut event = sample("outside.json");
        change(&mut event["detail"]);
        seen(&event).unwrap().ignored.is_some()
    };
    assert!(!is_sample(&|_| {}));
    assert!(is_sample(&|detail| detail["service"]["additionalInfo"] = json!({ "sample": true })));
    assert!(is_sample(
        &|detail| detail["service"]["additionalInfo"] = json!({ "value": "{\"sample\": true}" })
    ));
    for field in ["userName", "principalId", "accessKeyId"] {
        assert!(
            !is_sample(&|detail| detail["resource"]["accessKeyDetails"][field] = json!("GeneratedFindingX")),
            "anybody can choose the name of a role"
        );
    }
    assert!(!is_sample(
        &|detail| detail["service"]["additionalInfo"] = json!({ "value": "sample", "sample": "yes" })
    ));
}

#[test]
fn numbers_and_missing_parts_are_read_as_they_come() {
    let mut event = sample("outside.json");
    event["detail"]["severity"] = json!(5.0);
    event["detail"]["service"]["count"] = json!(1.5e1);
    event["detail"].as_object_mut().unwrap().remove("arn");
    event["detail"].as_object_mut().unwrap().remove("partition");
    let finding = seen(&event).unwrap().finding;
    assert_eq!((finding.severity, finding.count), (5.0, 15));
    assert_eq!(
        finding.arn,
        "arn:aws:guardduty:us-east-1:123456789012:detector/12abc34d567e8fa901bc2d34e56789f0/finding/7a0f1d2c3b4a59687786a5b4c3d2e1f0"
    );
    assert_eq!(finding.product_arn, "arn:aws:securityhub:us-east-1::product/aws/guardduty");
    event["detail"].as_object_mut().unwrap().remove("resource");
    assert_eq!(role(&seen(&event).unwrap().finding.target), None);
}

#[test]
fn a_finding_of_240_kilobytes_becomes_small() {
    let mut event = sample("outside.json");
    event["detail"]["title"] = json!("t".repeat(100_000));
    event["detail"]["service"]["action"]["awsApiCallAction"]["api"] = json!("a".repeat(100_000));
    event["detail"]["resource"]["accessKeyDetails"]["userType"] = json!("u".repeat(40_000));
    let finding = seen(&event).unwrap().finding;
    assert!(serde_json::to_string(&finding).unwrap().len() < 4_096);
}

/// Events recorded from AWS, if they are there: each gives a finding or a reason, and only those that name a role give a
/// role.
#[test]
fn recorded_events_are_read() {
    let folder = Path::new("../../shared/events");
    if !folder.is_dir() {
        eprintln!("SKIPPED: there are no recorded events in `{}`", folder.display());
        return;
    }
    let mut roles = Vec::new();
    for file in json_files(folder) {
        let event: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        if let Ok(seen) = seen(&event)
            && role(&seen.finding.target).is_some()
        {
            roles.push(file.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    assert_eq!(roles, ["exfil-outside-assumedrole-composed.json"]);
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files
}

/// Any JSON that a broken producer could send.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,40}".prop_map(Value::from),
        Just(json!("AROAEXAMPLE0000000001:x")),
    ];
    let keys = "id|accountId|arn|service|resource|accessKeyDetails|userType|userName|principalId|count|additionalInfo|value|severity";
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(keys, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Any detail gives an answer, and a role has a name and an id that IAM could have given.
    #[test]
    fn no_event_panics(detail in json_value()) {
        let event = json!({ "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "account": "123456789012", "detail": detail });
        if let Ok(seen) = seen(&event)
            && let Some(role) = role(&seen.finding.target)
        {
            prop_assert!(is_role_name(&role.role_name) && role.role_id.starts_with("AROA"));
        }
    }
}
