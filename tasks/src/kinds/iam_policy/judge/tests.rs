use super::super::kind::{attached, inline, managed, trust};
use super::*;
use crate::policy::trusts_nobody;
use contract::{BlastRadius, Change, IamPrincipal, PrincipalKind};
use serde_json::{Value, json};

fn web() -> IamPrincipal {
    IamPrincipal { kind: PrincipalKind::Role, name: "web".to_owned() }
}

fn inline(document: Value) -> Live {
    let place = Place::Inline(inline::Found {
        principal: web(),
        principal_id: "AROA".to_owned(),
        policy: "deploy".to_owned(),
    });
    Live { document: document.to_string(), place, blast: BlastRadius::default(), used_by: String::new() }
}

fn managed(document: Value, versions: &[&str]) -> Live {
    let place = Place::Managed(managed::Found {
        arn: "arn:aws:iam::123456789012:policy/deploy".to_owned(),
        policy_id: "ANPA".to_owned(),
        default_version: "v3".to_owned(),
        versions: versions.iter().map(|id| (*id).to_owned()).collect(),
        attached: vec![web()],
    });
    Live { document: document.to_string(), place, blast: BlastRadius::default(), used_by: String::new() }
}

fn allow(actions: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }] })
}

fn judged(live: &Live, source: Source) -> Plan {
    let known = Known { account: "123456789012".to_owned(), ..Known::default() };
    judge(live, source, &known)
}

#[test]
fn the_dangerous_part_goes_and_the_rest_stays() {
    let plan = judged(&inline(allow(json!(["ec2:DescribeInstances", "iam:*"]))), Source::CloudTrail);
    assert_eq!(plan.outcome, Outcome::Change);
    let Some(Change::PutInline { document, .. }) = &plan.change else { panic!("{plan:?}") };
    assert_eq!(serde_json::from_str::<Value>(document).unwrap(), allow(json!(["ec2:DescribeInstances"])));
    assert!(plan.diff.contains("-        \"iam:*\""), "{}", plan.diff);
    assert!(
        plan.dangers[0].starts_with("Critical: ") && plan.dangers[0].contains("iam:* in statement 1"),
        "{plan:?}"
    );
}

#[test]
fn of_a_policy_that_is_all_danger_the_least_is_left_that_iam_takes() {
    let plan = judged(&inline(allow(json!("*"))), Source::Config);
    assert!(matches!(plan.change, Some(Change::DeleteInline { .. })), "{plan:?}");
    let live = managed(allow(json!("*")), &["v3", "v2"]);
    let Some(Change::NewVersion { document, .. }) = judged(&live, Source::Config).change else { panic!() };
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap(), managed::allows_nothing());
    let left = Live { document, ..live };
    assert_eq!(judged(&left, Source::Config).outcome, Outcome::Safe, "and it is not dangerous any more");
}

#[test]
fn what_is_merely_to_be_looked_at_is_not_changed() {
    let reads = inline(allow(json!("s3:GetObject")));
    let plan = judged(&reads, Source::CloudTrail);
    assert_eq!((plan.outcome, plan.change, plan.dangers.len()), (Outcome::Safe, None, 1));
    let plan = judged(&reads, Source::SecurityHub);
    assert_eq!((plan.outcome, plan.change), (Outcome::People, None), "somebody complained about it");
    let plan = judged(&inline(allow(json!("ec2:DescribeInstances"))), Source::SecurityHub);
    assert_eq!((plan.outcome, plan.dangers.len()), (Outcome::Safe, 0));
}

#[test]
fn what_cannot_be_judged_is_for_people() {
    let broken =
        inline(json!({ "Statement": [{ "Effect": "Perhaps", "Action": "\u{202e}<b>*", "Resource": "*" }] }));
    let plan = judged(&broken, Source::CloudTrail);
    assert_eq!((plan.outcome, plan.change.is_none()), (Outcome::People, true));
    assert!(
        !plan.reason.contains('\u{202e}') && plan.reason.contains("/Statement/0/Effect"),
        "{}",
        plan.reason
    );
}

#[test]
fn an_attachment_is_taken_off_and_a_trust_lets_in_nobody_unknown() {
    let place = Place::Attached(attached::Found {
        principal: web(),
        principal_id: "AROA".to_owned(),
        policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess".to_owned(),
        attached: vec![],
    });
    let live = Live { place, ..inline(allow(json!("*"))) };
    let plan = judged(&live, Source::CloudTrail);
    assert!(matches!(plan.change, Some(Change::Detach { .. })) && plan.diff.is_empty(), "{plan:?}");
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }] });
    let place = Place::Trust(trust::Found { role: "web".to_owned(), role_id: "AROA".to_owned() });
    let plan = judged(&Live { place, ..inline(trust) }, Source::AccessAnalyzer);
    let Some(Change::UpdateTrust { document, .. }) = &plan.change else { panic!("{plan:?}") };
    assert_eq!(serde_json::from_str::<Value>(document).unwrap(), trusts_nobody());
}

#[test]
fn what_people_are_shown_is_bounded() {
    let many: Vec<String> = (0..400).map(|n| format!("iam:{}*", "x".repeat(n % 90))).collect();
    let plan = judged(&inline(allow(json!([many, vec!["*".to_owned()]].concat()))), Source::CloudTrail);
    assert!(plan.diff.chars().count() <= DIFF && plan.dangers.len() <= TOLD + 1, "{}", plan.diff.len());
    assert!(plan.dangers.iter().all(|danger| danger.chars().count() <= 480));
}
