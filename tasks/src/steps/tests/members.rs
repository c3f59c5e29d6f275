//! Findings of a member account: every call about the target goes there, and none to the home account.

use crate::kinds::resource;
use crate::testing::accounts::{account, who};
use crate::testing::steps::{Steps, about, assert_verdict};
use crate::testing::{
    CASE, MEMBER, ROLE_ID, WITH_MEMBER, Wire, assumed, attached, done, finding_about, role, role_policies,
    role_policy,
};
use contract::kinds::role_containment::{Contain, deny_all, policy_name};
use contract::kinds::{IamPolicy, RoleContainment, iam_policy, role_containment};
use contract::steps::check_guardrails::{Follows, Ruling};
use contract::steps::verify::Hold;
use contract::{Fault, Finding, Plan, PrincipalKind, Recorded, TaskError};

fn over(wire: &Wire) -> Steps<'_> {
    Steps { wire, settings: WITH_MEMBER }
}

fn contain() -> Contain {
    Contain { role_name: "web-frontend".to_owned(), policy_name: policy_name(CASE), way: Default::default() }
}

/// A finding about a role of this account.
fn of(account: &str) -> Finding<role_containment::Target> {
    let target = role_containment::Target {
        role_name: "web-frontend".to_owned(),
        role_id: ROLE_ID.to_owned(),
        instance_id: Some("i-0a1b2c3d4e5f60718".to_owned()),
    };
    Finding { account: account.to_owned(), ..finding_about(resource::<RoleContainment>(target)) }
}

/// With the task's own keys there were only these calls.
#[track_caller]
fn assert_home_was_left_alone(wire: &Wire) {
    let allowed = ["AssumeRole", "GetItem", "PutItem"];
    let mut others = wire.actions_with("k");
    others.retain(|action| !allowed.contains(&action.as_str()));
    assert_eq!(others, [""; 0], "calls with the keys of the home account");
    assert!(!wire.actions_with("MEMBER").is_empty(), "the member was not called");
}

#[tokio::test]
async fn a_role_of_a_member_is_looked_at_contained_and_released_there() {
    let wire =
        || Wire::default().answers("AssumeRole", assumed(MEMBER)).answers("GetRole", role(ROLE_ID, "/", &[]));

    let looked = wire().fails("DescribeInstances", 400, "InvalidInstanceID.NotFound").answers(
        "ListInstanceProfilesForRole",
        "<ListInstanceProfilesForRoleResponse><ListInstanceProfilesForRoleResult><InstanceProfiles/></ListInstanceProfilesForRoleResult></ListInstanceProfilesForRoleResponse>",
    );
    let looked = looked.answers("ListRolePolicies", role_policies(&[]));
    let plan = over(&looked).look::<RoleContainment>(of(MEMBER)).await.unwrap().plan;
    assert!(matches!(plan, Plan::Change(_)), "{plan:?}");
    assert_home_was_left_alone(&looked);

    let checked = wire();
    let verdict = over(&checked).check::<RoleContainment>(of(MEMBER), Follows::IfClear).await.unwrap();
    assert_verdict(&verdict, Ruling::Proceed, &[]);
    assert_home_was_left_alone(&checked);

    let unrecorded = wire()
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("ListRolePolicies", role_policies(&[]))
        .answers("ListAttachedRolePolicies", attached(&[]));
    let recorded = over(&unrecorded).record::<RoleContainment>(of(MEMBER), contain()).await.unwrap();
    assert_eq!(recorded.account, MEMBER);
    assert_home_was_left_alone(&unrecorded);

    let contained = wire()
        .recorded(&recorded)
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("PutRolePolicy", done("PutRolePolicy"))
        .answers("GetRolePolicy", role_policy(&deny_all(CASE)));
    over(&contained).change::<RoleContainment>(&recorded).await.unwrap();
    assert_home_was_left_alone(&contained);
    assert_eq!(over(&contained).verify::<RoleContainment>(&recorded).await, Hold::Holds);
    assert_home_was_left_alone(&contained);

    let restored = wire()
        .recorded(&recorded)
        .answers("GetRolePolicy", role_policy(&deny_all(CASE)))
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("DeleteRolePolicy", done("DeleteRolePolicy"))
        .answers("ListRolePolicies", role_policies(&[]))
        .answers("ListAttachedRolePolicies", attached(&[]));
    assert!(over(&restored).restore::<RoleContainment>(&recorded).await.unwrap().restored);
    assert_home_was_left_alone(&restored);
}

#[tokio::test]
async fn a_policy_of_a_member_is_put_right_and_taken_back_there() {
    use iam_policy::Target;
    let inline = Target::Inline { principal: who(PrincipalKind::Role), policy: "some".to_owned() };
    for target in [inline, Target::Trust { role: "web".to_owned() }] {
        let wire = Wire::of(account(1)).answers("AssumeRole", assumed(MEMBER));
        let steps = over(&wire);
        let finding = Finding { account: MEMBER.to_owned(), ..about::<IamPolicy>(&target) };
        let verdict = steps.check::<IamPolicy>(finding.clone(), Follows::IfClear).await.unwrap();
        assert_verdict(&verdict, Ruling::Proceed, &[]);
        let recorded = steps.record_planned::<IamPolicy>(finding.clone()).await.unwrap();
        assert_eq!(recorded.account, MEMBER);
        let was = wire.account();
        steps.change::<IamPolicy>(&recorded).await.unwrap();
        assert_ne!(wire.account(), was);
        assert_eq!(steps.verify::<IamPolicy>(&recorded).await, Hold::Holds);
        let elsewhere = Recorded { account: "123456789012".to_owned(), ..recorded.clone() };
        let error = steps.restore::<IamPolicy>(&elsewhere).await.unwrap_err();
        assert!(error.to_string().contains("is not what was recorded"), "{error}");
        assert!(steps.restore::<IamPolicy>(&recorded).await.unwrap().restored);
        assert_eq!(wire.account(), was);
        assert_home_was_left_alone(&wire);
        // The undo is remembered for this account.
        let verdict = steps.check::<IamPolicy>(finding, Follows::IfClear).await.unwrap();
        assert_verdict(&verdict, Ruling::AskFirst, &["taken-back"]);
        let at_home = steps.check::<IamPolicy>(about::<IamPolicy>(&target), Follows::IfClear).await.unwrap();
        assert_verdict(&at_home, Ruling::Proceed, &[]);
    }
}

#[tokio::test]
async fn the_responders_own_roles_in_a_member_are_never_touched() {
    let wire = Wire::default()
        .answers("AssumeRole", assumed(MEMBER))
        .answers("GetRole", role(ROLE_ID, "/redress/", &[]));
    let settings = [WITH_MEMBER, &[("RESPONDER_ROLES", "the-responder")]].concat();
    let steps = Steps { wire: &wire, settings: &settings };
    let verdict = steps.check::<RoleContainment>(of(MEMBER), Follows::IfClear).await.unwrap();
    assert_verdict(&verdict, Ruling::HandOver, &["responder"]);
}

/// A principal that can assume a role of the responder can act as the responder.
#[tokio::test]
async fn a_changed_trust_policy_of_the_responder_is_for_people() {
    for (path, is_own) in [("/redress/", true), ("/", false)] {
        let mut there = account(1);
        let role = there.holder("Role", "web");
        role.path = path.to_owned();
        role.trust = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{MEMBER}:user/mallory"}},"Action":"sts:AssumeRole"}}}}"#
        );
        let wire = Wire::of(there).answers("AssumeRole", assumed(MEMBER));
        let target = iam_policy::Target::Trust { role: "web".to_owned() };
        let finding = Finding { account: MEMBER.to_owned(), ..about::<IamPolicy>(&target) };
        match over(&wire).look::<IamPolicy>(finding).await.unwrap().plan {
            Plan::ForPeople { why } => assert!(is_own && why.contains("who may assume it"), "{why}"),
            Plan::Nothing { why } => assert!(!is_own, "{why}"),
            Plan::Change(proposal) => panic!("{proposal:?}"),
        }
    }
}

#[tokio::test]
async fn an_account_that_cannot_be_reached_is_left_to_people() {
    let refused = || Wire::default().fails("AssumeRole", 403, "AccessDenied");
    for (wire, account, guardrail, part) in [
        (refused(), MEMBER, "not-let-in", "the responder cannot assume"),
        (Wire::default(), "999988887777", "another-account", "acts in 123456789012 and its members only"),
    ] {
        let steps = over(&wire);
        let verdict = steps.check::<RoleContainment>(of(account), Follows::IfClear).await.unwrap();
        assert_verdict(&verdict, Ruling::HandOver, &[guardrail]);
        assert!(verdict.reasons[0].message.contains(part), "{}", verdict.reasons[0].message);
        let target = iam_policy::Target::Trust { role: "web".to_owned() };
        let policy = Finding { account: account.to_owned(), ..about::<IamPolicy>(&target) };
        let verdict = steps.check::<IamPolicy>(policy.clone(), Follows::IfClear).await.unwrap();
        assert_verdict(&verdict, Ruling::HandOver, &[guardrail]);
        let plan = steps.look::<IamPolicy>(policy).await.unwrap().plan;
        assert!(matches!(&plan, Plan::ForPeople { why } if why.contains(part)), "{plan:?}");
        let looked = steps.look::<RoleContainment>(of(account)).await.unwrap();
        assert!(matches!(&looked.plan, Plan::ForPeople { why } if why.contains(part)), "{:?}", looked.plan);
        let facts: Vec<&str> = looked.context.facts.iter().map(|fact| fact.value.as_str()).collect();
        assert_eq!(facts[0], "i-0a1b2c3d4e5f60718");
        assert!(facts[1].starts_with("Nothing was read. ") && facts[1].contains(part), "{facts:?}");
        let error = steps.record::<RoleContainment>(of(account), contain()).await.unwrap_err();
        assert!(error.name() == "AccessDenied" && error.to_string().contains(part), "{error}");
        let recorded = super::super::RecordOf::<RoleContainment> {
            case_id: CASE.to_owned(),
            account: account.to_owned(),
            kind: "role-containment".to_owned(),
            what: "the role web-frontend".to_owned(),
            change: contain(),
            was: role_containment::Role {
                planted: None,
                role_arn: format!("arn:aws:iam::{account}:role/web-frontend"),
                role_id: ROLE_ID.to_owned(),
                inline_policies: vec![],
                attached_policies: vec![],
                boundary: None,
            },
            words: contract::Words {
                done: String::new(),
                changed: String::new(),
                stays: String::new(),
                undo: String::new(),
                by_hand: vec![],
            },
            taken_at: "2026-01-01T12:00:00Z".to_owned(),
        };
        let wire = wire.recorded(&recorded);
        let error = over(&wire).change::<RoleContainment>(&recorded).await.unwrap_err();
        let contract::steps::change::Error::Fault(Fault::AccessDenied { why, .. }) = &error else {
            panic!("{error:?}")
        };
        assert!(why.contains(part), "{why}");
        assert_eq!(wire.actions_with("MEMBER"), [""; 0]);
        assert!(wire.actions().iter().all(|action| ["AssumeRole", "GetItem"].contains(&action.as_str())));
    }
}
