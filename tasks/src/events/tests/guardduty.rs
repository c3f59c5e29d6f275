use super::*;
use crate::aws::Here;
use proptest::prelude::*;
use serde_json::json;
use std::path::{Path, PathBuf};

fn here() -> Here {
    Here { partition: "aws".to_owned(), region: "us-east-1".to_owned(), account: "123456789012".to_owned() }
}

fn seen(event: &Value) -> Result<Seen, String> {
    read(&Envelope::read(event, &here())?)
}

fn sample(name: &str) -> Value {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../statemachines/credential-exfiltration/events");
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

fn with_key(key: Value) -> Principal {
    let mut event = sample("outside.json");
    event["detail"]["resource"]["accessKeyDetails"] = key;
    seen(&event).unwrap().finding.principal
}

fn role(principal: &Principal) -> Option<(&str, &str, &str)> {
    match principal {
        Principal::Role { name, id, session, .. } => Some((name, id, session)),
        Principal::Other { .. } => None,
    }
}

#[test]
fn the_unique_id_decides_who_it_is() {
    let key = |kind: &str, name: &str, id: &str| json!({ "userType": kind, "userName": name, "principalId": id, "accessKeyId": "ASIAX" });
    let ours = Some(("web", "AROAEXAMPLE0000000001", "i-0a1b2c3d4e5f60718"));
    for (kind, name, id, expected) in [
        ("AssumedRole", "web", "AROAEXAMPLE0000000001:i-0a1b2c3d4e5f60718", ours),
        ("Role", "web", "AROAEXAMPLE0000000001:i-0a1b2c3d4e5f60718", ours),
        ("IAMUser", "web", "AROAEXAMPLE0000000001:i-0a1b2c3d4e5f60718", ours),
        ("AssumedRole", "web/session", "AROAEXAMPLE0000000001:i-0a1b2c3d4e5f60718", ours),
        ("AssumedRole", "web", "AROAEXAMPLE0000000001:a:b", Some(("web", "AROAEXAMPLE0000000001", "a:b"))),
        ("AssumedRole", "web", "AROAEXAMPLE0000000001", Some(("web", "AROAEXAMPLE0000000001", ""))),
        ("IAMUser", "ada", "AIDAEXAMPLE0000000001", None),
        ("AssumedRole", "ada", "AIDAEXAMPLE0000000001", None),
        ("Root", "Root", "123456789012", None),
        ("Root", "Root", "AROAEXAMPLE0000000001:x", None),
        ("FederatedUser", "bob", "123456789012:bob", None),
        ("AWSService", "ec2.amazonaws.com", "", None),
        ("AWSAccount", "x", "AROAEXAMPLE0000000001:x", None),
        ("AssumedRole", "web", "", None),
        ("AssumedRole", "", "AROAEXAMPLE0000000001:x", None),
        ("AssumedRole", "web;rm", "AROAEXAMPLE0000000001:x", None),
        ("AssumedRole", "web", "AROA:x", None),
        ("AssumedRole", "web", "AROAEXAMPLE 000000001:x", None),
    ] {
        assert_eq!(role(&with_key(key(kind, name, id))), expected, "{kind} {name} {id}");
    }
    for nothing in [Value::Null, json!("key"), json!({}), json!([])] {
        assert_eq!(role(&with_key(nothing.clone())), None, "{nothing}");
    }
}

#[test]
fn an_instance_is_one_that_ec2_could_have_named() {
    let instance = |session: &str, resource: &str| {
        let mut event = sample("outside.json");
        event["detail"]["resource"]["accessKeyDetails"]["principalId"] =
            json!(format!("AROAEXAMPLE0000000001:{session}"));
        event["detail"]["resource"]["instanceDetails"]["instanceId"] = json!(resource);
        seen(&event).unwrap().finding.instance_id
    };
    assert_eq!(instance("i-0a1b2c3d", "i-ffffffff").as_deref(), Some("i-0a1b2c3d"));
    assert_eq!(instance("my-session", "i-ffffffff").as_deref(), Some("i-ffffffff"));
    assert_eq!(instance("i-786a3A8B5C0d92eF4", "i-786a3A8B5C0d92eF4"), None);
    assert_eq!(instance("i-", "i-xyz"), None);
}

#[test]
fn the_mark_of_a_sample_is_found_wherever_it_stands() {
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
    assert!(is_sample(
        &|detail| detail["resource"]["accessKeyDetails"]["userName"] = json!("GeneratedFindingUserName")
    ));
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
    assert_eq!(role(&seen(&event).unwrap().finding.principal), None);
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

/// Events recorded from AWS, where they are at hand: whatever they are, reading them gives a finding or says why not,
/// and a role comes out of none but those that name one.
#[test]
fn recorded_events_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/events");
    if !folder.is_dir() {
        eprintln!("SKIPPED: there are no recorded events in `{}`", folder.display());
        return;
    }
    let mut roles = Vec::new();
    for file in json_files(&folder) {
        let event: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        if let Ok(seen) = seen(&event)
            && role(&seen.finding.principal).is_some()
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

/// Any JSON, of the kind that a broken producer makes.
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
    /// Whatever the detail is, there is an answer, and a role has a name and an id that IAM could have given.
    #[test]
    fn no_event_panics(detail in json_value()) {
        let event = json!({ "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "account": "123456789012", "detail": detail });
        if let Ok(seen) = seen(&event)
            && let Principal::Role { name, id, .. } = seen.finding.principal
        {
            prop_assert!(is_role_name(&name) && id.starts_with("AROA"));
        }
    }
}
