use super::super::target::read;
use super::*;
use crate::testing::sample;
use contract::Source;
use serde_json::{Value, json};

fn of(detail: &Value) -> contract::Target<Target> {
    read(&Event { source: Source::GuardDuty, account: "123456789012", detail })
}

fn detail() -> Value {
    sample("credential-exfiltration", "outside.json")["detail"].take()
}

fn with_key(key: Value) -> contract::Target<Target> {
    let mut detail = detail();
    detail["resource"]["accessKeyDetails"] = key;
    of(&detail)
}

fn role_of(target: &contract::Target<Target>) -> Option<(&str, &str)> {
    match target {
        contract::Target::Resource { resource, .. } => Some((&resource.role_name, &resource.role_id)),
        contract::Target::Other { .. } => None,
    }
}

#[test]
fn the_unique_id_decides_whether_it_is_a_role() {
    let key = |kind: &str, name: &str, id: &str| json!({ "userType": kind, "userName": name, "principalId": id, "accessKeyId": "ASIAX" });
    let ours = Some(("web", "AROAEXAMPLE0000000001"));
    for (kind, name, id, expected) in [
        ("AssumedRole", "web", "AROAEXAMPLE0000000001:i-0a1b2c3d4e5f60718", ours),
        ("Role", "web", "AROAEXAMPLE0000000001:i-0a1b2c3d4e5f60718", ours),
        ("IAMUser", "web", "AROAEXAMPLE0000000001:i-0a1b2c3d4e5f60718", ours),
        ("AssumedRole", "web/session", "AROAEXAMPLE0000000001:i-0a1b2c3d4e5f60718", ours),
        ("AssumedRole", "web", "AROAEXAMPLE0000000001:a:b", ours),
        ("AssumedRole", "web", "AROAEXAMPLE0000000001", ours),
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
        assert_eq!(role_of(&with_key(key(kind, name, id))), expected, "{kind} {name} {id}");
    }
    for nothing in [Value::Null, json!("key"), json!({}), json!([])] {
        assert_eq!(role_of(&with_key(nothing.clone())), None, "{nothing}");
    }
}

#[test]
fn a_target_that_is_not_a_role_is_named_and_has_a_reason() {
    for (key, what, why) in [
        (
            json!({ "userType": "Root", "userName": "Root", "principalId": "123456789012" }),
            "the root user",
            "cannot be denied",
        ),
        (
            json!({ "userType": "IAMUser", "userName": "ada", "principalId": "AIDAEXAMPLE0000000001" }),
            "the user ada",
            "it is an IAM user",
        ),
        (
            json!({ "userType": "AWSService", "userName": "<b>ec2" }),
            "\u{2039}b\u{203a}ec2 (AWSService)",
            "its own credentials",
        ),
        (json!({ "userType": "FederatedUser" }), "a principal of type FederatedUser", "a federated session"),
        (Value::Null, "a principal that the event does not name", "names no credentials"),
    ] {
        let contract::Target::Other { what: named, why: reason } = with_key(key) else { panic!("{what}") };
        assert_eq!(named, what);
        assert!(reason.contains(why), "{reason}");
    }
    let detail = detail();
    for source in [Source::CloudTrail, Source::Config, Source::SecurityHub, Source::AccessAnalyzer] {
        let target = read(&Event { source, account: "123456789012", detail: &detail });
        assert_eq!(role_of(&target), None, "{source:?}");
    }
}

#[test]
fn an_instance_id_is_one_that_ec2_could_have_given() {
    let instance = |session: &str, resource: &str| {
        let mut detail = detail();
        detail["resource"]["accessKeyDetails"]["principalId"] =
            json!(format!("AROAEXAMPLE0000000001:{session}"));
        detail["resource"]["instanceDetails"]["instanceId"] = json!(resource);
        match of(&detail) {
            contract::Target::Resource { resource, .. } => resource.instance_id,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(instance("i-0a1b2c3d", "i-ffffffff").as_deref(), Some("i-0a1b2c3d"));
    assert_eq!(instance("my-session", "i-ffffffff").as_deref(), Some("i-ffffffff"));
    assert_eq!(instance("i-786a3A8B5C0d92eF4", "i-786a3A8B5C0d92eF4"), None);
    assert_eq!(instance("i-", "i-xyz"), None);
}

#[test]
fn the_role_is_the_same_in_the_format_of_security_hub() {
    let sent = sample("credential-exfiltration", "custom-action.json");
    let read = |finding: &Value| {
        read(&Event { source: Source::SecurityHub, account: "123456789012", detail: finding })
    };
    let mut finding = sent["detail"]["findings"][0].clone();
    assert_eq!(role_of(&read(&finding)), Some(("web-frontend", "AROAEXAMPLEWEBFRONT01")));
    let instance = json!({ "Type": "AwsEc2Instance", "Id": "arn:aws:ec2:us-east-1:123456789012:instance/i-0a1b2c3d4e5f60719" });
    finding["Resources"].as_array_mut().unwrap().push(instance);
    finding["Resources"][0]["Details"]["AwsIamAccessKey"]["PrincipalId"] = json!("AROAEXAMPLEWEBFRONT01:x");
    let contract::Target::Resource { resource, .. } = read(&finding) else { panic!("{finding}") };
    assert_eq!(resource.instance_id.as_deref(), Some("i-0a1b2c3d4e5f60719"));
    let second = finding["Resources"][0].clone();
    finding["Resources"].as_array_mut().unwrap().push(second);
    assert_eq!(role_of(&read(&finding)), None, "two credentials are no single role");
    for nothing in [Value::Null, json!([]), json!([{ "Type": "AwsIamAccessKey" }]), json!("x")] {
        finding["Resources"] = nothing.clone();
        assert_eq!(role_of(&read(&finding)), None, "{nothing}");
    }
}
