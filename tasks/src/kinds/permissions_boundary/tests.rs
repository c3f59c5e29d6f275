//! A boundary through all steps, over an account in memory. The laws in `testing` hold for generated accounts as well.

use super::required::required;
use super::*;
use crate::aws::principal::Holder;
use crate::testing::accounts::{DENY_ALL, OTHER_BOUNDARY, POLICY, account, who};
use crate::testing::iam::Account;
use crate::testing::steps::{Steps, about, assert_verdict};
use crate::testing::{CASE, MEMBER, Wire};
use contract::steps::check_guardrails::{Follows, Ruling};
use contract::{Fact, Plan, TaskError, Written};
use serde_json::{Value, json};

const REQUIRED: &[(&str, &str)] = &[("REQUIRED_BOUNDARIES", "web=teams/deploy")];

fn over(wire: &Wire) -> Steps<'_> {
    Steps { wire, settings: REQUIRED }
}

fn target(kind: PrincipalKind) -> Target {
    Target { principal: who(kind) }
}

fn finding(kind: PrincipalKind) -> Finding<Target> {
    about::<PermissionsBoundary>(&target(kind))
}

fn with_boundary(boundary: Option<&str>) -> Account {
    let mut account = account(1);
    account.holder("Role", "web").boundary = boundary.map(str::to_owned);
    account
}

async fn look(wire: &Wire, required: &str) -> Looked<Target, PutBoundary> {
    let steps = Steps { wire, settings: &[("REQUIRED_BOUNDARIES", required)] };
    steps.look::<PermissionsBoundary>(finding(PrincipalKind::Role)).await.unwrap()
}

/// A boundary that was taken away, and put back before CloudTrail had reported it.
#[tokio::test]
async fn a_boundary_that_was_missing_for_a_while_is_told() {
    let called = |kind, call: &str, boundary: Option<&str>| {
        let boundary = boundary.map(str::to_owned);
        let written = boundary.is_some().then(|| Written { boundary, ..Written::default() });
        Finding { kind: format!("IAM:{call}"), written, ..finding(kind) }
    };
    let wire = Wire::of(with_boundary(Some(POLICY)));
    for (call, boundary, tells) in [
        ("DeleteRolePermissionsBoundary", None, true),
        ("PutRolePermissionsBoundary", Some(OTHER_BOUNDARY), true),
        ("PutRolePermissionsBoundary", None, true),
        ("PutRolePermissionsBoundary", Some(POLICY), false),
    ] {
        let finding = called(PrincipalKind::Role, call, boundary);
        let looked = over(&wire).look::<PermissionsBoundary>(finding).await.unwrap();
        assert_eq!(matches!(looked.plan, Plan::ForPeople { .. }), tells, "{call} {boundary:?}: {looked:?}");
        assert_eq!(!looked.past.is_empty() && looked.past == looked.dangers, tells, "{call} {boundary:?}");
    }
    // A danger that is still there is changed, whatever the call was.
    let wire = Wire::of(with_boundary(None));
    let finding = called(PrincipalKind::Role, "DeleteRolePermissionsBoundary", None);
    let looked = over(&wire).look::<PermissionsBoundary>(finding).await.unwrap();
    assert!(matches!(looked.plan, Plan::Change(_)) && looked.past.is_empty());
    wire.change(|account| account.holders.clear());
    let finding = called(PrincipalKind::Role, "DeleteRolePermissionsBoundary", None);
    let looked = over(&wire).look::<PermissionsBoundary>(finding).await.unwrap();
    assert!(matches!(looked.plan, Plan::ForPeople { .. }), "the principal was deleted as well");
}

#[test]
fn a_call_names_the_principal_whose_boundary_it_touched() {
    let read = |call: &str, service: &str, parameters: Value| {
        let detail = json!({ "eventSource": service, "eventName": call, "requestParameters": parameters });
        let event = Event { source: Source::CloudTrail, account: "123456789012", detail: &detail };
        match PermissionsBoundary::target(&event) {
            contract::Target::Resource { resource, .. } => Some(resource.principal.words()),
            contract::Target::Other { .. } => None,
        }
    };
    let iam = "iam.amazonaws.com";
    let (role, user) =
        (json!({ "roleName": "web" }), json!({ "userName": "ada", "permissionsBoundary": POLICY }));
    for (call, service, parameters, expected) in [
        ("DeleteRolePermissionsBoundary", iam, &role, Some("the role web")),
        ("PutRolePermissionsBoundary", iam, &role, Some("the role web")),
        ("DeleteUserPermissionsBoundary", iam, &user, Some("the user ada")),
        ("PutUserPermissionsBoundary", iam, &user, Some("the user ada")),
        ("PutUserPermissionsBoundary", iam, &role, None),
        ("PutRolePermissionsBoundary", iam, &json!({ "roleName": "web; rm" }), None),
        ("PutRolePermissionsBoundary", iam, &Value::Null, None),
        ("PutRolePermissionsBoundary", "s3.amazonaws.com", &role, None),
        ("PutRolePolicy", iam, &role, None),
    ] {
        assert_eq!(
            read(call, service, parameters.clone()).as_deref(),
            expected,
            "{call} {service} {parameters}"
        );
    }
}

#[test]
fn the_first_matching_pattern_decides_which_boundary_is_required() {
    let holder = |path: &str| Holder { path: path.to_owned(), ..Holder::default() };
    let setting =
        "/teams/ops/*=ops, /teams/*=bounds/teams, ci-*=arn:aws:iam::aws:policy/ReadOnlyAccess, *=/all";
    for (path, name, expected) in [
        ("/teams/ops/", "web", "arn:aws:iam::123456789012:policy/ops"),
        ("/teams/web/", "ci-x", "arn:aws:iam::123456789012:policy/bounds/teams"),
        ("/", "ci-x", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("/", "web", "arn:aws:iam::123456789012:policy/all"),
    ] {
        let found = required(setting, name, &holder(path), "aws", "123456789012");
        assert_eq!(found, Ok(Some(expected.to_owned())), "{path}{name}");
    }
    assert_eq!(required("", "web", &holder("/"), "aws", "123456789012"), Ok(None));
    assert_eq!(required("ci-*=all", "web", &holder("/"), "aws", "123456789012"), Ok(None));
    for wrong in ["web", "web=", "=all", "web=arn:aws:iam::123456789012:role/x", "web=a b"] {
        let fault = required(wrong, "another", &holder("/"), "aws", "123456789012").unwrap_err();
        assert_eq!(fault.name(), "Misconfigured", "{wrong}");
    }
}

#[tokio::test]
async fn a_missing_or_other_boundary_is_to_be_replaced_by_the_required_one() {
    for (now, danger) in [
        (None, "The role web has no permissions boundary.".to_owned()),
        (
            Some(OTHER_BOUNDARY),
            format!("The role web has the permissions boundary {OTHER_BOUNDARY}, not {POLICY}."),
        ),
    ] {
        let looked = look(&Wire::of(with_boundary(now)), "web=teams/deploy").await;
        assert_eq!(looked.found, "The permissions boundary of the role web was removed or replaced.");
        assert_eq!(looked.dangers, [danger]);
        let facts = [Fact::new("Boundary", now.unwrap_or("none")), Fact::new("Required", POLICY)];
        assert_eq!(looked.context.facts, facts);
        let Plan::Change(proposal) = looked.plan else { panic!("{:?}", looked.plan) };
        let (principal, boundary) = (who(PrincipalKind::Role), POLICY.to_owned());
        let replaces = now.map(str::to_owned);
        assert_eq!(proposal.change, PutBoundary { principal, boundary, replaces });
        assert_eq!(proposal.question, "Shall the role web get the required permissions boundary?");
        assert!(proposal.hits.iter().any(|hit| hit.value.contains("not used in the last 400 days")));
    }
}

#[tokio::test]
async fn without_a_usable_requirement_people_decide() {
    let wire = Wire::of(with_boundary(Some(OTHER_BOUNDARY)));
    for (required, part) in [
        ("", "requires no boundary for the role web, which has this boundary now: arn:aws:iam"),
        ("ci-*=teams/deploy", "requires no boundary for the role web"),
        ("web=gone", "is no policy of the account that can be attached"),
        ("web=arn:aws:iam::999988887777:policy/deploy", "is no policy of the account that can be attached"),
    ] {
        let plan = look(&wire, required).await.plan;
        assert!(matches!(&plan, Plan::ForPeople { why } if why.contains(part)), "{required}: {plan:?}");
    }
    let in_place = look(&wire, "web=elsewhere").await.plan;
    assert_eq!(in_place, Plan::Nothing { why: "The required boundary is in place.".to_owned() });
    wire.change(|account| account.holders.clear());
    let gone = look(&wire, "web=teams/deploy").await.plan;
    assert_eq!(gone, Plan::Nothing { why: "There is no role web any more.".to_owned() });
    let of_stranger = Finding { account: "999988887777".to_owned(), ..finding(PrincipalKind::Role) };
    let plan = over(&wire).look::<PermissionsBoundary>(of_stranger).await.unwrap().plan;
    assert!(matches!(&plan, Plan::ForPeople { why } if why.contains("its members only")), "{plan:?}");
}

type Edit = fn(&mut Account);

#[tokio::test]
async fn a_person_is_always_asked_and_each_guardrail_has_its_ruling() {
    let cases: [(Edit, Ruling, &[&str]); 7] = [
        (|_| {}, Ruling::AskFirst, &["may-stop-work"]),
        (
            |it| it.holder("Role", "web").path = "/aws-service-role/x/".to_owned(),
            Ruling::HandOver,
            &["service-linked"],
        ),
        (
            |it| it.holder("Role", "web").path = "/aws-reserved/sso/".to_owned(),
            Ruling::HandOver,
            &["identity-center"],
        ),
        (|it| it.holder("Role", "web").path = "/redress/".to_owned(), Ruling::HandOver, &["responder"]),
        (
            |it| it.holder("Role", "web").path = "/break-glass/".to_owned(),
            Ruling::AskFirst,
            &["protected", "may-stop-work"],
        ),
        (
            |it| drop(it.holder("Role", "web").tags.insert("terraform".to_owned(), "yes".to_owned())),
            Ruling::AskFirst,
            &["may-stop-work"],
        ),
        (|it| it.holders.clear(), Ruling::HandOver, &["principal-missing"]),
    ];
    for (edit, decision, guardrails) in cases {
        let wire = Wire::of(account(1));
        wire.change(edit);
        let steps = over(&wire);
        let verdict = steps.check::<PermissionsBoundary>(finding(PrincipalKind::Role), Follows::Never).await;
        assert_verdict(&verdict.unwrap(), decision, guardrails);
    }
}

#[tokio::test]
async fn a_boundary_is_put_and_taken_back_and_the_undo_is_remembered() {
    for (kind, word) in [(PrincipalKind::Role, "role"), (PrincipalKind::User, "user")] {
        let wire = Wire::of(account(1));
        let (was, steps) = (wire.account(), over(&wire));
        let recorded = steps.record_planned::<PermissionsBoundary>(finding(kind)).await.unwrap();
        assert_eq!(recorded.what, format!("the permissions boundary of the {word} web"));
        assert_eq!(recorded.words.changed, format!("The {word} web has its required permissions boundary."));
        let by_hand = format!("aws iam delete-{word}-permissions-boundary --{word}-name web");
        assert_eq!(recorded.words.by_hand, [by_hand]);
        let changed = steps.change::<PermissionsBoundary>(&recorded).await.unwrap();
        assert_eq!(changed.what, format!("{POLICY} was put on the {word} web as its permissions boundary."));
        assert_ne!(wire.account(), was);
        assert!(steps.restore::<PermissionsBoundary>(&recorded).await.unwrap().restored);
        assert_eq!(wire.account(), was);
        let verdict = steps.check::<PermissionsBoundary>(finding(kind), Follows::Never).await.unwrap();
        assert_verdict(&verdict, Ruling::AskFirst, &["taken-back", "may-stop-work"]);
    }
    let wire = Wire::of(with_boundary(Some(OTHER_BOUNDARY)));
    let recorded =
        over(&wire).record_planned::<PermissionsBoundary>(finding(PrincipalKind::Role)).await.unwrap();
    let by_hand = format!(
        "aws iam put-role-permissions-boundary --role-name web --permissions-boundary {OTHER_BOUNDARY}"
    );
    assert_eq!(recorded.words.by_hand, [by_hand]);
}

#[tokio::test]
async fn only_the_required_boundary_is_recorded() {
    let change = |kind, boundary: &str, replaces: Option<&str>| PutBoundary {
        principal: who(kind),
        boundary: boundary.to_owned(),
        replaces: replaces.map(str::to_owned),
    };
    let (role, user) = (PrincipalKind::Role, PrincipalKind::User);
    for (now, forged) in [
        (None, change(role, OTHER_BOUNDARY, None)),
        (None, change(user, POLICY, None)),
        (Some(POLICY), change(role, POLICY, Some(POLICY))),
        (Some(DENY_ALL), change(role, POLICY, Some(DENY_ALL))),
    ] {
        let wire = Wire::of(with_boundary(now));
        let error = over(&wire).record::<PermissionsBoundary>(finding(role), forged).await.unwrap_err();
        assert_eq!(error.name(), "TargetChanged");
        assert!(!wire.records().contains_key(&format!("before#permissions-boundary#{CASE} before")));
    }
    let elsewhere = Finding { account: MEMBER.to_owned(), ..finding(role) };
    let wire = Wire::of(account(1));
    let error =
        over(&wire).record::<PermissionsBoundary>(elsewhere, change(role, POLICY, None)).await.unwrap_err();
    assert_eq!(error.name(), "AccessDenied");
}

/// Somebody puts the required boundary back by hand while the response is about to: there is nothing of ours to undo.
#[tokio::test]
async fn a_change_that_somebody_else_made_is_not_ours() {
    let wire = Wire::of(account(1));
    let steps = over(&wire);
    let role = finding(PrincipalKind::Role);
    let recorded = steps.record_planned::<PermissionsBoundary>(role.clone()).await.unwrap();
    wire.change(|account| account.holder("Role", "web").boundary = Some(POLICY.to_owned()));
    let error = steps.change::<PermissionsBoundary>(&recorded).await.unwrap_err();
    assert_eq!(error.name(), "AlreadyMade");
    // The second try of a change that the case made itself finds it made.
    wire.change(|account| account.holder("Role", "web").boundary = None);
    for _ in 0..2 {
        steps.change::<PermissionsBoundary>(&recorded).await.unwrap();
    }
}

/// People were asked about a boundary that is missing. Meanwhile the role is contained, or has got another boundary: that is
/// not what they saw.
#[tokio::test]
async fn a_boundary_that_nobody_was_shown_is_not_replaced() {
    let role = || finding(PrincipalKind::Role);
    for meanwhile in [DENY_ALL, OTHER_BOUNDARY] {
        let wire = Wire::of(with_boundary(None));
        let steps = over(&wire);
        let Plan::Change(shown) = steps.look::<PermissionsBoundary>(role()).await.unwrap().plan else {
            panic!()
        };
        wire.change(|account| account.holder("Role", "web").boundary = Some(meanwhile.to_owned()));
        let error = steps.record::<PermissionsBoundary>(role(), shown.change).await.unwrap_err();
        assert_eq!(error.name(), "TargetChanged", "{meanwhile}");
    }
}

#[tokio::test]
async fn a_containment_is_not_replaced() {
    let wire = Wire::of(with_boundary(Some(DENY_ALL)));
    let looked = look(&wire, "web=teams/deploy").await;
    assert!(
        matches!(&looked.plan, Plan::ForPeople { why } if why.contains("contained")),
        "{:?}",
        looked.plan
    );
    let looked = look(&wire, &format!("web={DENY_ALL}")).await;
    assert!(matches!(looked.plan, Plan::Nothing { .. }), "{:?}", looked.plan);
}
