use super::super::places::{attached, inline, managed, trust};
use super::*;
use crate::policy::trusts_nobody;
use contract::{IamPrincipal, PolicyContent, PrincipalKind};
use serde_json::{Value, json};

const ACCOUNT: &str = "arn:aws:iam::123456789012";
const UNKNOWN: &str = "arn:aws:iam::999988887777:root";

fn web() -> IamPrincipal {
    IamPrincipal { kind: PrincipalKind::Role, name: "web".to_owned() }
}

fn live(document: Value, place: Place) -> Live {
    let holders =
        vec![Having { words: "the role web".to_owned(), arn: format!("{ACCOUNT}:role/web"), trust: None }];
    let document = document.to_string();
    Live { document, place, hits: vec![], used_by: String::new(), holders, policies: vec![] }
}

fn inline(document: Value) -> Live {
    let place = Place::Inline(inline::Found {
        principal: web(),
        principal_id: "AROA".to_owned(),
        policy: "deploy".to_owned(),
    });
    live(document, place)
}

fn managed(document: Value, versions: &[&str]) -> Live {
    let place = Place::Managed(managed::Found {
        arn: "arn:aws:iam::123456789012:policy/deploy".to_owned(),
        policy_id: "ANPA".to_owned(),
        default_version: "v3".to_owned(),
        versions: versions.iter().map(|id| (*id).to_owned()).collect(),
        attached: vec![web()],
        bounded: 0,
    });
    live(document, place)
}

fn content() -> PolicyContent {
    PolicyContent {
        policy_id: "ANPAEXAMPLE0000000002".to_owned(),
        version: "v1".to_owned(),
        sha256: String::new(),
    }
}

fn allow(actions: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }] })
}

fn judged(live: &Live) -> Judged {
    let known =
        Known { account: "123456789012".to_owned(), holders: live.own().collect(), ..Known::default() };
    judge(live, "the policy deploy", &known)
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
    let judged = judged(&inline(allow(json!(["ec2:DescribeInstances", "iam:*"]))));
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
    let all = judged(&inline(allow(json!("*"))));
    assert!(matches!(proposal(&all).change, Change::DeleteInline { .. }), "{all:?}");
    let live = managed(allow(json!("*")), &["v3", "v2"]);
    let all = judged(&live);
    let Change::NewVersion { document, .. } = proposal(&all).change.clone() else { panic!() };
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap(), managed::allows_nothing());
    let left = Live { document, ..live };
    assert_eq!(outcome(&judged(&left)).0, "nothing", "and it is not dangerous any more");
}

#[test]
fn people_hear_of_a_mild_danger() {
    let mild = judged(&inline(allow(json!("s3:GetObject"))));
    assert_eq!((outcome(&mild).0, mild.dangers.len()), ("for people", 1));
    let none = judged(&inline(allow(json!("ec2:DescribeInstances"))));
    assert_eq!((outcome(&none).0, none.dangers.len()), ("nothing", 0));
}

#[test]
fn a_danger_is_shown_with_a_request_that_proves_it() {
    let judged = judged(&inline(allow(json!("iam:PutRolePolicy"))));
    let example = format!("For example: {ACCOUNT}:role/web calls iam:PutRolePolicy on {ACCOUNT}:role/");
    assert!(judged.dangers[0].contains(&example), "{:?}", judged.dangers);
}

#[test]
fn what_is_at_stake_is_told_with_the_plan() {
    let managed = managed(allow(json!("*")), &["v3"]);
    assert!(!proposal(&judged(&managed)).why.contains("A person decides first"));
    let with = |attached: Vec<IamPrincipal>, bounded: usize| {
        let Place::Managed(found) = managed.place.clone() else { panic!() };
        Live { place: Place::Managed(managed::Found { attached, bounded, ..found }), ..managed.clone() }
    };
    let why = proposal(&judged(&with(vec![], 0))).why.clone();
    assert!(why.contains("A person decides first: Nobody has it yet"), "{why}");
    let why = proposal(&judged(&with(vec![web()], 2))).why.clone();
    assert!(
        why.contains("A person decides first: It is the permissions boundary of 2 users and roles"),
        "{why}"
    );
}

#[test]
fn a_policy_of_aws_stays_on_the_role_that_it_is_for() {
    let place = |name: &str| {
        let policy_arn = format!("arn:aws:iam::aws:policy/{name}");
        let (principal, principal_id) = (web(), "AROA".to_owned());
        Place::Attached(attached::Found {
            principal,
            principal_id,
            policy_arn,
            policy: content(),
            attached: vec![],
        })
    };
    let document = allow(json!("lambda:UpdateFunctionCode"));
    let mut glue = live(document, place("service-role/AWSGlueServiceRole"));
    assert!(proposal(&judged(&glue)).why.contains("somebody chose by its name"));
    let trust = |principal: Value| json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }] });
    glue.holders[0].trust = Some(trust(json!({ "Service": "glue.amazonaws.com" })).to_string());
    assert_eq!(outcome(&judged(&glue)).0, "nothing");
    glue.holders[0].trust =
        Some(trust(json!({ "Service": "glue.amazonaws.com", "AWS": UNKNOWN })).to_string());
    let mixed = judged(&glue);
    assert!(proposal(&mixed).why.contains("somebody chose by its name"));
    let trust = mixed.dangers.last().unwrap();
    assert!(
        trust.starts_with("The trust policy of the role web: High: ") && trust.contains(UNKNOWN),
        "{trust}"
    );
}

#[test]
fn a_person_decides_about_what_a_service_does_with_its_own_role() {
    let mut glue = inline(allow(json!("glue:*")));
    assert!(!proposal(&judged(&glue)).why.contains("A person decides first"));
    let trust = |service: &str| json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" }] });
    glue.holders[0].trust = Some(trust("glue.amazonaws.com").to_string());
    let why = proposal(&judged(&glue)).why.clone();
    assert!(why.contains("A person decides first: Only glue.amazonaws.com can assume the role"), "{why}");
    glue.holders[0].trust = Some(trust("ec2.amazonaws.com").to_string());
    assert!(!proposal(&judged(&glue)).why.contains("A person decides first"));
}

#[test]
fn people_hear_of_strangers_who_may_use_the_role_that_has_a_dangerous_policy() {
    let mut dangerous = inline(allow(json!("*")));
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "AWS": UNKNOWN }, "Action": "sts:AssumeRole" }] });
    dangerous.holders[0].trust = Some(trust.to_string());
    let with = judged(&dangerous);
    assert!(with.dangers.last().unwrap().starts_with("The trust policy of the role web: High: "));
    assert!(
        matches!(proposal(&with).change, Change::DeleteInline { .. }),
        "the trust is not changed with it"
    );
    dangerous.holders[0].trust = Some("{".to_owned());
    let broken = judged(&dangerous);
    let last = broken.dangers.last().unwrap();
    assert!(last.starts_with("The trust policy of the role web cannot be judged: "), "{last}");
    let harmless = Live { document: allow(json!("ec2:DescribeInstances")).to_string(), ..dangerous };
    assert!(judged(&harmless).dangers.is_empty());
}

#[test]
fn a_document_that_cannot_be_judged_is_for_people() {
    let broken =
        inline(json!({ "Statement": [{ "Effect": "Perhaps", "Action": "\u{202e}<b>*", "Resource": "*" }] }));
    let judged = judged(&broken);
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
        policy: content(),
        attached: vec![],
    });
    let attached = judged(&Live { place, ..inline(allow(json!("*"))) });
    assert!(matches!(proposal(&attached).change, Change::Detach { .. }), "{attached:?}");
    assert!(proposal(&attached).diff.is_empty());
    let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }] });
    let place = Place::Trust(trust::Found { role: "web".to_owned(), role_id: "AROA".to_owned() });
    let trust = judged(&Live { place, ..inline(document) });
    let Change::UpdateTrust { document, .. } = &proposal(&trust).change else { panic!("{trust:?}") };
    assert_eq!(serde_json::from_str::<Value>(document).unwrap(), trusts_nobody());
}

#[test]
fn the_texts_for_people_are_bounded() {
    let many: Vec<String> = (0..400).map(|n| format!("iam:{}*", "x".repeat(n % 90))).collect();
    let judged = judged(&inline(allow(json!([many, vec!["*".to_owned()]].concat()))));
    let diff = &proposal(&judged).diff;
    assert!(diff.chars().count() <= DIFF && judged.dangers.len() <= LISTED + 1, "{}", diff.len());
    assert!(judged.dangers.iter().all(|danger| danger.chars().count() <= LENGTH));
}
