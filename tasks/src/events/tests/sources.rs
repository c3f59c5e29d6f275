//! The four sources of findings about policies: what `iam-policy` reads from a sound event, and from one that is odd or
//! hostile.

use super::{Seen, seen as seen_as, why};
use crate::events::NotRead;
use contract::kinds::iam_policy::Target;
use contract::{IamPrincipal, PrincipalKind, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

const OURS: &str = "arn:aws:iam::123456789012:policy/teams/deploy";
const THEIRS: &str = "arn:aws:iam::999988887777:policy/deploy";
const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn seen(event: &Value) -> Result<Seen, NotRead> {
    seen_as("iam-policy", event)
}

fn event(detail_type: &str, detail: Value) -> Value {
    json!({
        "id": "e1", "detail-type": detail_type, "source": "s", "account": "123456789012",
        "region": "us-east-1", "time": "2026-01-01T12:00:00Z", "resources": [], "detail": detail,
    })
}

fn call(name: &str, parameters: Value) -> Value {
    event(
        "AWS API Call via CloudTrail",
        json!({
            "eventSource": "iam.amazonaws.com", "eventName": name, "eventID": "c1", "awsRegion": "us-east-1",
            "eventTime": "2026-01-01T11:59:00Z", "sourceIPAddress": "198.51.100.24", "userAgent": "aws-cli/2",
            "recipientAccountId": "123456789012", "requestParameters": parameters,
            "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/ada", "sessionContext": { "sessionIssuer": {} } },
        }),
    )
}

fn compliance() -> Value {
    event(
        "Config Rules Compliance Change",
        json!({
            "configRuleName": "iam-policy-no-statements-with-admin-access", "awsAccountId": "123456789012",
            "awsRegion": "us-east-1", "resourceId": "ANPAEXAMPLE0000000001", "resourceType": "AWS::IAM::Policy",
            "newEvaluationResult": { "complianceType": "NON_COMPLIANT", "resultRecordedTime": "2026-01-01T11:59:00Z" },
            "oldEvaluationResult": null,
        }),
    )
}

fn external() -> Value {
    event(
        "Access Analyzer Finding",
        json!({
            "id": "0910eedb", "resource": "arn:aws:iam::123456789012:role/apps/web", "resourceType": "AWS::IAM::Role",
            "principal": { "AWS": "999988887777" }, "action": ["sts:AssumeRole"], "condition": {}, "isPublic": false,
            "status": "ACTIVE", "isDeleted": false, "accountId": "123456789012", "region": "us-east-1",
            "updatedAt": "2026-01-01T11:59:00Z",
        }),
    )
}

fn control() -> Value {
    event(
        "Security Hub Findings - Imported",
        json!({ "findings": [{
            "Id": "arn:aws:securityhub:us-east-1:123456789012:security-control/IAM.1/finding/f1",
            "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/securityhub", "AwsAccountId": "123456789012",
            "Region": "us-east-1", "Title": "IAM policies should not allow full administrative privileges",
            "Severity": { "Normalized": 70 }, "Compliance": { "Status": "FAILED", "SecurityControlId": "IAM.1" },
            "Workflow": { "Status": "NEW" }, "RecordState": "ACTIVE", "LastObservedAt": "2026-01-01T11:59:00Z",
            "Resources": [{ "Type": "AwsIamPolicy", "Id": OURS }],
        }] }),
    )
}

fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

/// The target of an event, if it is a policy.
fn policy(event: &Value) -> Option<Target> {
    target(&seen(event).unwrap())
}

fn target(seen: &Seen) -> Option<Target> {
    match &seen.finding.target {
        contract::Target::Resource { resource, .. } => {
            Some(serde_json::from_value(resource.clone()).unwrap())
        }
        contract::Target::Other { .. } => None,
    }
}

fn is_other(event: &Value) -> bool {
    policy(event).is_none()
}

#[test]
fn a_call_names_the_policy_that_it_changed() {
    let principal = |kind| IamPrincipal { kind, name: "web".to_owned() };
    let inline = |kind| Target::Inline { principal: principal(kind), policy: "deploy".to_owned() };
    let attachment =
        |kind, arn: &str| Target::Attached { principal: principal(kind), policy_arn: arn.to_owned() };
    let managed = || Target::Managed { arn: OURS.to_owned() };
    let version = json!({ "policyArn": OURS, "setAsDefault": true });
    for (name, parameters, expected) in [
        ("CreatePolicyVersion", version, managed()),
        ("SetDefaultPolicyVersion", json!({ "policyArn": OURS, "versionId": "v1" }), managed()),
        ("PutRolePolicy", json!({ "roleName": "web", "policyName": "deploy" }), inline(PrincipalKind::Role)),
        ("PutUserPolicy", json!({ "userName": "web", "policyName": "deploy" }), inline(PrincipalKind::User)),
        (
            "PutGroupPolicy",
            json!({ "groupName": "web", "policyName": "deploy" }),
            inline(PrincipalKind::Group),
        ),
        (
            "AttachRolePolicy",
            json!({ "roleName": "web", "policyArn": ADMIN }),
            attachment(PrincipalKind::Role, ADMIN),
        ),
        (
            "AttachUserPolicy",
            json!({ "userName": "web", "policyArn": OURS }),
            attachment(PrincipalKind::User, OURS),
        ),
        (
            "AttachGroupPolicy",
            json!({ "groupName": "web", "policyArn": OURS }),
            attachment(PrincipalKind::Group, OURS),
        ),
        ("UpdateAssumeRolePolicy", json!({ "roleName": "web" }), Target::Trust { role: "web".to_owned() }),
        ("CreateRole", json!({ "roleName": "web", "path": "/" }), Target::Trust { role: "web".to_owned() }),
        ("CreatePolicy", json!({ "policyName": "deploy", "path": "/teams/" }), managed()),
    ] {
        let seen = seen(&call(name, parameters)).unwrap();
        assert_eq!((seen.ignored, target(&seen)), (None, Some(expected)), "{name}");
        assert_eq!(seen.finding.source, Source::CloudTrail);
    }
    let created = call("CreatePolicy", json!({ "policyName": "deploy" }));
    let created = with(created, "/detail/responseElements", json!({ "policy": { "arn": OURS } }));
    assert_eq!(policy(&created), Some(managed()));
    let elsewhere = with(
        call("CreatePolicy", json!({ "policyName": "deploy" })),
        "/detail/awsRegion",
        json!("cn-north-1"),
    );
    let arn = "arn:aws-cn:iam::123456789012:policy/deploy".to_owned();
    assert_eq!(policy(&elsewhere), Some(Target::Managed { arn }));
    let finding = seen(&created).unwrap().finding;
    assert_eq!(
        finding.title,
        "arn:aws:iam::123456789012:user/ada called CreatePolicy on the policy teams/deploy."
    );
    let actor = finding.actor.unwrap();
    assert_eq!((actor.kind.as_str(), actor.name.as_str()), ("IAMUser", "arn:aws:iam::123456789012:user/ada"));
    assert_eq!((actor.ip.as_deref(), actor.api.as_deref()), (Some("198.51.100.24"), Some("CreatePolicy")));
}

#[test]
fn a_call_that_does_not_identify_a_policy_of_the_account_is_for_people() {
    for (name, parameters) in [
        ("CreatePolicy", json!({ "policyName": "$(id)" })),
        ("CreatePolicy", json!({ "path": "/teams/" })),
        ("CreatePolicy", Value::Null),
        ("CreateRole", json!({ "roleName": "web; rm" })),
        ("CreateRole", Value::Null),
        ("CreatePolicyVersion", json!({ "policyArn": THEIRS, "setAsDefault": true })),
        (
            "CreatePolicyVersion",
            json!({ "policyArn": "arn:aws:iam::123456789012:role/web", "setAsDefault": true }),
        ),
        ("SetDefaultPolicyVersion", json!({ "policyArn": [OURS] })),
        ("SetDefaultPolicyVersion", Value::Null),
        ("PutRolePolicy", json!({ "roleName": "web" })),
        ("PutRolePolicy", json!({ "policyName": "deploy" })),
        ("PutRolePolicy", json!({ "userName": "web", "policyName": "deploy" })),
        ("PutRolePolicy", json!({ "roleName": "web; rm", "policyName": "deploy" })),
        ("PutRolePolicy", json!({ "roleName": "web", "policyName": "$(id)" })),
        ("PutRolePolicy", json!({ "roleName": "w".repeat(65), "policyName": "deploy" })),
        ("AttachRolePolicy", json!({ "roleName": "web", "policyArn": THEIRS })),
        (
            "AttachRolePolicy",
            json!({ "roleName": "web", "policyArn": "arn:aws:iam::123456789012:policy/a'b/x" }),
        ),
        ("UpdateAssumeRolePolicy", json!({ "roleName": "" })),
    ] {
        assert!(is_other(&call(name, parameters.clone())), "{name} {parameters}");
    }
}

#[test]
fn a_call_that_changed_nothing_or_was_our_own_is_ignored() {
    let put = || call("PutRolePolicy", json!({ "roleName": "web", "policyName": "deploy" }));
    let failed = with(put(), "/detail/errorCode", json!("AccessDenied"));
    assert!(seen(&failed).unwrap().ignored.unwrap().contains("failed"));
    for default in [json!(false), Value::Null] {
        let version = call("CreatePolicyVersion", json!({ "policyArn": OURS, "setAsDefault": default }));
        assert!(seen(&version).unwrap().ignored.unwrap().contains("not the default"));
        let said = with(
            version,
            "/detail/responseElements",
            json!({ "policyVersion": { "isDefaultVersion": true } }),
        );
        assert_eq!(seen(&said).unwrap().ignored, None);
    }
    for (issuer, ignored) in [
        ("arn:aws:iam::123456789012:role/redress/remediate-policy", true),
        ("arn:aws:iam::123456789012:role/apps/responder", true),
        ("arn:aws:iam::333344445555:role/redress/redress-response-act", true),
        ("arn:aws:iam::333344445555:role/redress/redress-response", false),
        ("arn:aws:iam::123456789012:role/redress/another", false),
        ("arn:aws:iam::123456789012:role/redress/remediate-policy-2", false),
        ("arn:aws:iam::123456789012:role/redress/deep/remediate-policy", false),
        ("arn:aws:iam::123456789012:role/remediate-policy", false),
        ("arn:aws:iam::123456789012:role/redress/redress-response-act", false),
        ("arn:aws:iam::333344445555:role/redress/remediate-policy", false),
        ("arn:aws:iam::333344445555:role/redress/deep/redress-response-act", false),
        ("arn:aws:iam::333344445555:role/x:role/redress/redress-response-act", false),
        ("arn:aws:iam::333344445555:role/redress/another", false),
        ("arn:aws:iam::333344445555:role/responder", false),
        ("arn:aws:iam::999988887777:role/redress/redress-response-act", false),
        ("arn:aws:iam::123456789012:role/web", false),
        ("arn:aws:iam::123456789012:role/not/redress/x", false),
        ("arn:aws:iam::999988887777:role/redress/remediate-policy", false),
        ("arn:aws:iam::123456789012:user/redress/x", false),
        ("arn:aws:sts::123456789012:assumed-role/redress/x", false),
    ] {
        let issuer_of = json!({ "sessionIssuer": { "type": "Role", "arn": issuer } });
        let event = with(put(), "/detail/userIdentity/sessionContext", issuer_of);
        assert_eq!(seen(&event).unwrap().ignored.is_some(), ignored, "{issuer}");
    }
    // Anybody can choose the name of a session.
    let named =
        with(put(), "/detail/userIdentity/arn", json!("arn:aws:sts::123456789012:assumed-role/web/redress"));
    assert_eq!(seen(&named).unwrap().ignored, None);
}

/// Only what AWS itself writes marks a call as one from a template. The user agent is shown to people.
#[test]
fn a_call_from_a_template_is_marked_by_aws_and_not_by_the_caller() {
    let put = || call("PutRolePolicy", json!({ "roleName": "web", "policyName": "deploy" }));
    let of = |event: Value| seen(&event).unwrap().finding.managed_by;
    assert_eq!(of(put()), None);
    for field in ["/detail/userIdentity/invokedBy", "/detail/sourceIPAddress"] {
        let by_service = with(put(), field, json!("cloudformation.amazonaws.com"));
        assert_eq!(of(by_service).as_deref(), Some("CloudFormation"), "{field}");
        for other in ["ssm.amazonaws.com", "terraform.amazonaws.com", "not-cloudformation.amazonaws.com"] {
            assert_eq!(of(with(put(), field, json!(other))), None, "{other}");
        }
    }
    for agent in [
        "APN/1.0 HashiCorp/1.0 Terraform/1.1.2 (+https://www.terraform.io)",
        "OpenTofu/1.8",
        "pulumi-aws/6",
        "crossplane",
        "cloudformation.amazonaws.com",
    ] {
        let event = with(put(), "/detail/userAgent", json!(agent));
        let actor = seen(&event).unwrap().finding.actor.unwrap();
        assert_eq!((of(event), actor.user_agent.as_deref()), (None, Some(agent)));
    }
}

#[test]
fn a_call_that_cannot_be_read_gives_a_reason() {
    let put = || call("PutRolePolicy", json!({ "roleName": "web", "policyName": "deploy" }));
    for (event, part) in [
        (with(put(), "/detail/eventID", Value::Null), "has no id"),
        (with(put(), "/detail/recipientAccountId", json!("12345")), "not twelve digits"),
        (with(put(), "/detail-type", json!("Macie Finding")), "which the responder does not read"),
    ] {
        let error = why(seen(&event));
        assert!(error.contains(part), "{error}");
    }
    for (event, part) in [
        (with(put(), "/detail/eventSource", json!("s3.amazonaws.com")), "not to IAM"),
        (with(put(), "/detail/eventName", json!("CreateUser")), "not one that changes a policy"),
    ] {
        let contract::Target::Other { why, .. } = seen(&event).unwrap().finding.target else {
            panic!("{part}")
        };
        assert!(why.contains(part), "{why}");
    }
}

#[test]
fn a_change_of_compliance_names_a_policy_by_its_id() {
    let found = seen(&compliance()).unwrap();
    let by_id = Target::ManagedId { policy_id: "ANPAEXAMPLE0000000001".to_owned() };
    assert_eq!((found.ignored, target(&found)), (None, Some(by_id)));
    assert_eq!(found.finding.source, Source::Config);
    let later =
        with(compliance(), "/detail/newEvaluationResult/resultRecordedTime", json!("2026-01-02T00:00:00Z"));
    assert_ne!(seen(&later).unwrap().finding.id, found.finding.id, "it is non-compliant again");
    for other in ["COMPLIANT", "NOT_APPLICABLE", ""] {
        let event = with(compliance(), "/detail/newEvaluationResult/complianceType", json!(other));
        assert!(seen(&event).unwrap().ignored.is_some(), "{other}");
    }
    for (kind, id) in [
        ("AWS::IAM::Role", "AROAEXAMPLE0000000001"),
        ("AWS::IAM::User", "AIDAEXAMPLE0000000001"),
        ("AWS::S3::Bucket", "assets"),
        ("AWS::IAM::Policy", "ANPA'; drop"),
        ("AWS::IAM::Policy", THEIRS),
    ] {
        let event = with(compliance(), "/detail/resourceType", json!(kind));
        let event = with(event, "/detail/resourceId", json!(id));
        assert!(is_other(&event), "{kind} {id}");
    }
    let by_arn = with(compliance(), "/detail/resourceId", json!(OURS));
    assert_eq!(policy(&by_arn), Some(Target::Managed { arn: OURS.to_owned() }));
}

#[test]
fn an_external_access_is_about_the_trust_of_a_role() {
    let found = seen(&external()).unwrap();
    assert_eq!(found.ignored, None);
    assert_eq!(target(&found), Some(Target::Trust { role: "web".to_owned() }));
    assert_eq!(
        found.finding.title,
        "999988887777 can reach it from outside: the trust policy of the role web."
    );
    // The analyzer of another region reports the same under another id.
    let elsewhere = with(with(external(), "/detail/id", json!("x")), "/detail/region", json!("eu-west-1"));
    assert_eq!(seen(&elsewhere).unwrap().finding.id, found.finding.id);
    let another = with(external(), "/detail/principal", json!({ "AWS": "111122223333" }));
    assert_ne!(seen(&another).unwrap().finding.id, found.finding.id);
    for status in ["RESOLVED", "ARCHIVED", "", "active"] {
        assert!(
            seen(&with(external(), "/detail/status", json!(status))).unwrap().ignored.is_some(),
            "{status}"
        );
    }
    assert!(seen(&with(external(), "/detail/isDeleted", json!(true))).unwrap().ignored.is_some());
    for (kind, arn) in [
        ("AWS::S3::Bucket", "arn:aws:s3:::assets"),
        ("AWS::S3::Bucket", "arn:aws:iam::123456789012:role/web"),
        ("AWS::IAM::Role", "arn:aws:iam::999988887777:role/web"),
        ("AWS::IAM::Role", "web"),
    ] {
        let event =
            with(with(external(), "/detail/resourceType", json!(kind)), "/detail/resource", json!(arn));
        assert!(is_other(&event), "{kind} {arn}");
    }
}

#[test]
fn a_failed_control_counts_while_it_is_new() {
    let found = seen(&control()).unwrap();
    assert_eq!((found.ignored, found.finding.severity), (None, 7.0));
    assert_eq!(target(&found), Some(Target::Managed { arn: OURS.to_owned() }));
    assert_eq!(found.finding.arn, found.finding.id);
    for (pointer, value) in [
        ("Workflow", json!({ "Status": "NOTIFIED" })),
        ("Workflow", json!({ "Status": "SUPPRESSED" })),
        ("Workflow", Value::Null),
        ("RecordState", json!("ARCHIVED")),
        ("Compliance", json!({ "Status": "PASSED" })),
        ("Compliance", Value::Null),
        ("Sample", json!(true)),
        ("ProductFields", json!({ "aws/guardduty/service/additionalInfo/sample": "true" })),
    ] {
        let event = with(control(), &format!("/detail/findings/0/{pointer}"), value.clone());
        assert!(seen(&event).unwrap().ignored.is_some(), "{pointer} {value}");
    }
    for resources in [
        json!([]),
        Value::Null,
        json!([{ "Type": "AwsIamUser", "Id": "arn:aws:iam::123456789012:user/ada" }]),
        json!([{ "Type": "AwsIamPolicy", "Id": THEIRS }]),
        json!([{ "Type": "AwsIamPolicy", "Id": OURS }, { "Type": "AwsIamPolicy", "Id": OURS }]),
    ] {
        let event = with(control(), "/detail/findings/0/Resources", resources.clone());
        assert!(is_other(&event), "{resources}");
    }
    let mut several = control();
    let mut second = several["detail"]["findings"][0].clone();
    several["detail"]["findings"].as_array_mut().unwrap().push(second.clone());
    assert!(seen(&several).is_ok(), "one id, several times");
    second["Id"] = json!("another");
    several["detail"]["findings"][1] = second;
    assert!(why(seen(&several)).contains("one at a time"));
    assert!(why(seen(&with(control(), "/detail/findings", json!([])))).contains("empty"));
}

/// Security Hub sends the same finding in two formats. They are one case.
#[test]
fn a_finding_in_the_format_of_v2_is_that_of_its_twin() {
    let sample = |name: &str| crate::testing::sample("iam-policy-remediation", name);
    let (new, old) = (sample("security-hub-v2.json"), sample("security-hub-failed.json"));
    let id = &new["detail"]["findings"][0]["finding_info"]["uid"];
    let twin = seen(&with(old, "/detail/findings/0/Id", id.clone())).unwrap();
    let found = seen(&new).unwrap();
    assert_eq!(found.ignored, None);
    assert_eq!(found.finding.target, twin.finding.target);
    let same = |finding: &contract::Finding| {
        let contract::Finding { id, arn, product_arn, kind, title, account, region, severity, .. } =
            finding.clone();
        ([id, arn, product_arn, kind, title, account, region], severity)
    };
    assert_eq!(same(&found.finding), same(&twin.finding));
    assert_eq!(found.finding.last_seen.as_deref(), Some("2026-01-01T11:59:40Z"));
    for (pointer, value) in [
        ("status_id", json!(2)),
        ("status_id", json!(5)),
        ("status_id", Value::Null),
        ("activity_id", json!(3)),
        ("compliance", json!({ "control": "IAM.1", "status_id": 1 })),
        ("compliance", json!({ "control": "IAM.1" })),
    ] {
        let event = with(new.clone(), &format!("/detail/findings/0/{pointer}"), value.clone());
        assert!(seen(&event).unwrap().ignored.is_some(), "{pointer} {value}");
    }
    let by_name = with(new, "/detail/findings/0/resources/0/uid_alt", Value::Null);
    assert!(is_other(&by_name), "a name without a path may be that of another policy");
}

/// A person who chose a custom action waits for an answer, whatever the finding's status and however earlier cases ended.
#[test]
fn a_custom_action_counts_whatever_the_status_of_the_finding() {
    let action = |name: &str| {
        let event = with(control(), "/detail-type", json!("Security Hub Findings - Custom Action"));
        with(event, "/detail/actionName", json!(name))
    };
    for name in ["Contain", "redress-contain", "Redress", "REMEDIATE now", "Redress: revoke", "Quarantine"] {
        let found = seen(&action(name)).unwrap();
        assert_eq!(
            (found.ignored, target(&found)),
            (None, Some(Target::Managed { arn: OURS.to_owned() })),
            "{name}"
        );
    }
    for name in
        ["Suppress", "redress-undo", "redress-plan", "Send to tickets", "Uncontain", "", "Don't contain"]
    {
        let found = seen(&action(name)).unwrap();
        let contract::Target::Other { what, why } = &found.finding.target else { panic!("{name}") };
        assert_eq!((found.ignored, what.as_str()), (None, "the policy teams/deploy"));
        assert!(why.contains("does not ask for a change"), "{why}");
    }
    for (pointer, value) in [
        ("Workflow", json!({ "Status": "NOTIFIED" })),
        ("RecordState", json!("ARCHIVED")),
        ("Compliance", json!({ "Status": "PASSED" })),
    ] {
        let event = with(action("Contain"), &format!("/detail/findings/0/{pointer}"), value);
        assert_eq!(seen(&event).unwrap().ignored, None, "{pointer}");
    }
    let marked = with(action("Contain"), "/detail/findings/0/Sample", json!(true));
    assert!(seen(&marked).unwrap().ignored.is_some());
    let id = |event: &Value| seen(event).unwrap().finding;
    let (first, again) =
        (with(action("Contain"), "/id", json!("a")), with(action("Contain"), "/id", json!("b")));
    assert_ne!(id(&first).id, id(&again).id, "each press is a case of its own");
    assert_eq!(id(&first).arn, id(&again).arn, "about one finding");
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{ "Id": 1 }])),
        Just(json!("arn:aws:iam::123456789012:policy/../x y")),
    ]
}

proptest! {
    /// Any value in any place: nothing panics, and names need no quotes in a command.
    #[test]
    fn odd_events_are_read_or_refused(which in 0_usize..4, place in any::<prop::sample::Index>(), value in any_value()) {
        let names = json!({ "roleName": "web", "policyName": "deploy" });
        let mut event = [call("PutRolePolicy", names), compliance(), external(), control()][which].clone();
        let places = pointers(&event["detail"]);
        *event["detail"].pointer_mut(&places[place.index(places.len())]).unwrap() = value;
        if let Ok(seen) = seen(&event) {
            let words = match target(&seen) {
                Some(Target::Managed { arn }) => arn,
                Some(Target::Inline { principal, policy }) => format!("{}{policy}", principal.name),
                Some(Target::Attached { principal, policy_arn }) => format!("{}{policy_arn}", principal.name),
                Some(Target::Trust { role }) => role,
                Some(Target::ManagedId { policy_id }) => policy_id,
                None => String::new(),
            };
            prop_assert!(words.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_/:".contains(&byte)), "{words}");
        }
    }
}

/// Every place in a value.
fn pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (format!("/{name}"), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, value)| (format!("/{n}"), value)).collect(),
        _ => vec![],
    };
    let below = |(at, value): (String, &Value)| {
        pointers(value).into_iter().map(move |rest| format!("{at}{rest}")).collect::<Vec<_>>()
    };
    std::iter::once(String::new()).chain(inner.into_iter().flat_map(below)).collect()
}
