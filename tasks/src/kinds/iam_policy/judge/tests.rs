use super::super::places::{attached, inline, managed, trust};
use super::*;
use crate::policy::trusts_nobody;
use contract::{IamPrincipal, PrincipalKind};
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
    Live { document: document.to_string(), place, hits: vec![], used_by: String::new() }
}

fn managed(document: Value, versions: &[&str]) -> Live {
    let place = Place::Managed(managed::Found {
        arn: "arn:aws:iam::123456789012:policy/deploy".to_owned(),
        policy_id: "ANPA".to_owned(),
        default_version: "v3".to_owned(),
        versions: versions.iter().map(|id| (*id).to_owned()).collect(),
        attached: vec![web()],
    });
    Live { document: document.to_string(), place, hits: vec![], used_by: String::new() }
}

fn allow(actions: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }] })
}

fn judged(live: &Live, source: Source) -> Judged {
    let known = Known { account: "123456789012".to_owned(), ..Known::default() };
    judge(live, "the policy deploy", source, &known)
}

/// The proposal of a plan.
#[track_caller]
fn proposal(judged: &Judged) -> &Proposal<Change> {
    match &judged.plan {
        Plan::Change(proposal) => proposal,
        other => panic!("{other:?}"),
    }
}

/// The outcome of a plan without a change, and its reason.
#[track_caller]
fn outcome(judged: &Judged) -> (&'static str, &str) {
    match &judged.plan {
        Plan::Nothing { why } => ("nothing", why),
        Plan::ForPeople { why } => ("for people", why),
        Plan::Change(proposal) => panic!("{proposal:?}"),
    }
}

#[test]
fn the_dangerous_part_goes_and_the_rest_stays() {
    let judged = judged(&inline(allow(json!(["ec2:DescribeInstances", "iam:*"]))), Source::CloudTrail);
    let proposal = proposal(&judged);
    let Change::PutInline { document, .. } = &proposal.change else { panic!("{proposal:?}") };
    assert_eq!(serde_json::from_str::<Value>(document).unwrap(), allow(json!(["ec2:DescribeInstances"])));
    assert!(proposal.diff.contains("-        \"iam:*\""), "{}", proposal.diff);
    assert_eq!(proposal.question, "Shall the policy deploy be changed?");
    let worst = &judged.dangers[0];
    assert!(worst.starts_with("Critical: ") && worst.contains("iam:* in statement 1"), "{worst}");
}

#[test]
fn if_everything_is_dangerous_the_least_is_left_that_iam_accepts() {
    let all = judged(&inline(allow(json!("*"))), Source::Config);
    assert!(matches!(proposal(&all).change, Change::DeleteInline { .. }), "{all:?}");
    let live = managed(allow(json!("*")), &["v3", "v2"]);
    let all = judged(&live, Source::Config);
    let Change::NewVersion { document, .. } = proposal(&all).change.clone() else { panic!() };
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap(), managed::allows_nothing());
    let left = Live { document, ..live };
    assert_eq!(outcome(&judged(&left, Source::Config)).0, "nothing", "and it is not dangerous any more");
}

#[test]
fn a_mild_danger_is_listed_and_not_changed() {
    let reads = inline(allow(json!("s3:GetObject")));
    let mild = judged(&reads, Source::CloudTrail);
    assert_eq!((outcome(&mild).0, mild.dangers.len()), ("nothing", 1));
    assert_eq!(outcome(&judged(&reads, Source::SecurityHub)).0, "for people", "somebody complained about it");
    let none = judged(&inline(allow(json!("ec2:DescribeInstances"))), Source::SecurityHub);
    assert_eq!((outcome(&none).0, none.dangers.len()), ("nothing", 0));
}

#[test]
fn a_document_that_cannot_be_judged_is_for_people() {
    let broken =
        inline(json!({ "Statement": [{ "Effect": "Perhaps", "Action": "\u{202e}<b>*", "Resource": "*" }] }));
    let judged = judged(&broken, Source::CloudTrail);
    let (outcome, why) = outcome(&judged);
    assert_eq!(outcome, "for people");
    assert!(!why.contains('\u{202e}') && why.contains("/Statement/0/Effect"), "{why}");
}

#[test]
fn an_attachment_is_taken_off_and_a_trust_policy_lets_in_nobody_unknown() {
    let place = Place::Attached(attached::Found {
        principal: web(),
        principal_id: "AROA".to_owned(),
        policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess".to_owned(),
        policy: contract::PolicyContent {
            policy_id: "ANPAEXAMPLE0000000002".to_owned(),
            version: "v1".to_owned(),
            sha256: String::new(),
        },
        attached: vec![],
    });
    let attached = judged(&Live { place, ..inline(allow(json!("*"))) }, Source::CloudTrail);
    assert!(matches!(proposal(&attached).change, Change::Detach { .. }), "{attached:?}");
    assert!(proposal(&attached).diff.is_empty());
    let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }] });
    let place = Place::Trust(trust::Found { role: "web".to_owned(), role_id: "AROA".to_owned() });
    let trust = judged(&Live { place, ..inline(document) }, Source::AccessAnalyzer);
    let Change::UpdateTrust { document, .. } = &proposal(&trust).change else { panic!("{trust:?}") };
    assert_eq!(serde_json::from_str::<Value>(document).unwrap(), trusts_nobody());
}

#[test]
fn the_texts_for_people_are_bounded() {
    let many: Vec<String> = (0..400).map(|n| format!("iam:{}*", "x".repeat(n % 90))).collect();
    let judged = judged(&inline(allow(json!([many, vec!["*".to_owned()]].concat()))), Source::CloudTrail);
    let diff = &proposal(&judged).diff;
    assert!(diff.chars().count() <= DIFF && judged.dangers.len() <= LISTED + 1, "{}", diff.len());
    assert!(judged.dangers.iter().all(|danger| danger.chars().count() <= 480));
}
