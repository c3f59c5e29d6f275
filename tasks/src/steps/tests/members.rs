//! Findings of a member account: every call about the role or policy goes there, and none to the home account.

use crate::contain_role::tests::before;
use crate::remediate_policy::tests::{account, who};
use crate::serve::Run;
use crate::testing::{
    MEMBER, ROLE_ID, WITH_MEMBER, Wire, assumed, done, finding, role, role_policies, role_policy,
};
use contract::tasks::check_guardrails::{Follows, Ruling, Verdict};
use contract::tasks::{
    CheckGuardrails, ContainRole, EnrichFinding, PlanRemediation, RemediatePolicy, RestorePolicy,
    RestoreRole, SnapshotPolicy, SnapshotRole, VerifyContainment, VerifyRemediation, check_guardrails,
    contain_role, enrich_finding, plan_remediation, remediate_policy, restore_policy, restore_role,
    snapshot_policy, snapshot_role, verify_containment, verify_remediation,
};
use contract::{
    Before, Finding, InstanceFacts, Outcome, PolicyBefore, PrincipalKind, RoleFacts, Source, Subject,
    deny_all,
};

const CASE: &str = "4f1b2c3d4e5f";

fn of_member() -> Finding {
    Finding { account: MEMBER.to_owned(), ..finding() }
}

fn recorded() -> Before {
    Before { role_arn: format!("arn:aws:iam::{MEMBER}:role/web-frontend"), ..before() }
}

/// With the task's own keys there were only these calls.
#[track_caller]
fn assert_home_was_left_alone(wire: &Wire) {
    let allowed = ["AssumeRole", "GetItem", "PutItem"];
    let mut others = wire.actions_with("k");
    others.retain(|action| !allowed.contains(&action.as_str()));
    assert_eq!(others, [""; 0], "calls with the keys of the home account");
    assert!(!wire.actions_with("MEMBER").is_empty(), "nothing was asked of the member");
}

#[tokio::test]
async fn a_role_of_a_member_is_looked_at_contained_and_released_there() {
    let wire =
        || Wire::default().answers("AssumeRole", assumed(MEMBER)).answers("GetRole", role(ROLE_ID, "/", &[]));

    let looked = wire().fails("DescribeInstances", 400, "InvalidInstanceID.NotFound").answers(
        "ListInstanceProfilesForRole",
        "<ListInstanceProfilesForRoleResponse><ListInstanceProfilesForRoleResult><InstanceProfiles/></ListInstanceProfilesForRoleResult></ListInstanceProfilesForRoleResponse>",
    );
    let input = enrich_finding::Input { case_id: CASE.to_owned(), finding: of_member() };
    let context = EnrichFinding::run(input, &looked.aws_with_member()).await.unwrap();
    assert!(matches!(context.role, RoleFacts::Verified { .. }));
    assert_home_was_left_alone(&looked);

    let checked = wire();
    let verdict = check(&checked, of_member()).await;
    assert_eq!(verdict.decision, Ruling::Proceed, "{:?}", verdict.reasons);
    assert_home_was_left_alone(&checked);

    let snapped = wire()
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("ListRolePolicies", role_policies(&[]))
        .answers("ListAttachedRolePolicies", crate::testing::attached(&[]));
    let input = snapshot_role::Input { case_id: CASE.to_owned(), finding: of_member() };
    SnapshotRole::run(input, &snapped.aws_with_member()).await.unwrap();
    assert_home_was_left_alone(&snapped);

    let contained = wire()
        .recorded(&recorded())
        .answers("PutRolePolicy", done("PutRolePolicy"))
        .answers("GetRolePolicy", role_policy(&deny_all(CASE)));
    let input = contain_role::Input { case_id: CASE.to_owned(), before: recorded() };
    ContainRole::run(input, &contained.aws_with_member()).await.unwrap();
    assert_home_was_left_alone(&contained);
    let input = verify_containment::Input { case_id: CASE.to_owned(), before: recorded() };
    let verified = VerifyContainment::run(input, &contained.aws_with_member()).await.unwrap();
    assert_eq!(verified.state, verify_containment::Hold::Holds);
    assert_home_was_left_alone(&contained);

    let restored = wire()
        .recorded(&recorded())
        .answers("GetRolePolicy", role_policy(&deny_all(CASE)))
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("DeleteRolePolicy", done("DeleteRolePolicy"))
        .answers("ListRolePolicies", role_policies(&[]))
        .answers("ListAttachedRolePolicies", crate::testing::attached(&[]));
    let input = restore_role::Input { case_id: CASE.to_owned(), before: recorded() };
    assert!(RestoreRole::run(input, &restored.aws_with_member()).await.unwrap().removed);
    assert_home_was_left_alone(&restored);
}

async fn check(wire: &Wire, finding: Finding) -> Verdict {
    let input = check_guardrails::Input { case_id: CASE.to_owned(), finding, follows: Follows::IfClear };
    CheckGuardrails::run(input, &wire.aws_with_member()).await.unwrap()
}

#[tokio::test]
async fn a_policy_of_a_member_is_put_right_and_taken_back_there() {
    let inline = Subject::Inline { principal: who(PrincipalKind::Role), policy: "some".to_owned() };
    let trust = Subject::Trust { role: "web".to_owned() };
    for subject in [inline, trust] {
        let wire = Wire::of(account(1)).answers("AssumeRole", assumed(MEMBER));
        let aws = wire.aws_with_member();
        let finding = Finding { source: Source::CloudTrail, subject: Some(subject), ..of_member() };
        let case_id = CASE.to_owned();
        let input = plan_remediation::Input { case_id: case_id.clone(), finding: finding.clone() };
        let plan = PlanRemediation::run(input, &aws).await.unwrap();
        assert_eq!(plan.outcome, Outcome::Change, "{}", plan.reason);
        assert_eq!(check(&wire, finding.clone()).await.decision, Ruling::Proceed);
        let change = plan.change.unwrap();
        let input = snapshot_policy::Input { case_id: case_id.clone(), finding: finding.clone(), change };
        let before: PolicyBefore = SnapshotPolicy::run(input, &aws).await.unwrap();
        assert_eq!(before.account.as_deref(), Some(MEMBER));
        let was = wire.account();
        let input = remediate_policy::Input { case_id: case_id.clone(), before: before.clone() };
        RemediatePolicy::run(input, &aws).await.unwrap();
        assert_ne!(wire.account(), was);
        let input = verify_remediation::Input { case_id: case_id.clone(), before: before.clone() };
        assert_eq!(VerifyRemediation::run(input, &aws).await.unwrap().state, verify_remediation::Hold::Holds);
        let elsewhere = PolicyBefore { account: None, ..before.clone() };
        let input = restore_policy::Input { case_id: case_id.clone(), before: elsewhere };
        let error = RestorePolicy::run(input, &aws).await.unwrap_err();
        assert!(error.to_string().contains("is not what was recorded"), "{error}");
        let input = restore_policy::Input { case_id, before };
        assert!(RestorePolicy::run(input, &aws).await.unwrap().restored);
        assert_eq!(wire.account(), was);
        assert_home_was_left_alone(&wire);
        // What a person took back in this account is asked about in this account.
        assert_eq!(check(&wire, finding).await.decision, Ruling::AskFirst);
    }
}

#[tokio::test]
async fn what_is_the_responders_own_in_a_member_is_never_touched() {
    let wire = Wire::default()
        .answers("AssumeRole", assumed(MEMBER))
        .answers("GetRole", role(ROLE_ID, "/redress/", &[]));
    let aws = wire.aws_set(&[WITH_MEMBER, &[("RESPONDER_ROLES", "the-responder")]].concat());
    let input =
        check_guardrails::Input { case_id: CASE.to_owned(), finding: of_member(), follows: Follows::IfClear };
    let verdict = CheckGuardrails::run(input, &aws).await.unwrap();
    assert_eq!(verdict.decision, Ruling::HandOver);
    assert!(verdict.reasons.iter().any(|reason| reason.guardrail == "responder"), "{:?}", verdict.reasons);
}

/// Whoever may become the responder may do what is taken for its own doing.
#[tokio::test]
async fn who_may_become_the_responder_is_for_people_to_look_at() {
    for (path, expected) in [("/redress/", Outcome::People), ("/", Outcome::Safe)] {
        let mut there = account(1);
        let role = there.holders.get_mut(&("Role".to_owned(), "web".to_owned())).unwrap();
        role.path = path.to_owned();
        role.trust = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{MEMBER}:user/mallory"}},"Action":"sts:AssumeRole"}}}}"#
        );
        let wire = Wire::of(there).answers("AssumeRole", assumed(MEMBER));
        let subject = Some(Subject::Trust { role: "web".to_owned() });
        let finding = Finding { source: Source::CloudTrail, subject, ..of_member() };
        let input = plan_remediation::Input { case_id: CASE.to_owned(), finding };
        let plan = PlanRemediation::run(input, &wire.aws_with_member()).await.unwrap();
        assert_eq!(plan.outcome, expected, "{}", plan.reason);
        assert_eq!(plan.reason.contains("who may assume it"), expected == Outcome::People, "{}", plan.reason);
    }
}

#[tokio::test]
async fn an_account_that_nobody_gets_into_is_left_to_people() {
    let refused = || Wire::default().fails("AssumeRole", 403, "AccessDenied");
    let stranger = Finding { account: "999988887777".to_owned(), ..finding() };
    for (wire, finding, guardrail, part) in [
        (refused(), of_member(), "not-let-in", "does not let the responder in"),
        (Wire::default(), stranger, "another-account", "acts in 123456789012 and its members only"),
    ] {
        let verdict = check(&wire, finding.clone()).await;
        assert_eq!(verdict.decision, Ruling::HandOver);
        assert_eq!(verdict.reasons[0].guardrail, guardrail);
        assert!(verdict.reasons[0].message.contains(part), "{}", verdict.reasons[0].message);
        let about = Subject::Trust { role: "web".to_owned() };
        let about = Finding { subject: Some(about), ..finding.clone() };
        assert_eq!(check(&wire, about.clone()).await.reasons[0].guardrail, guardrail);
        let input = plan_remediation::Input { case_id: CASE.to_owned(), finding: about };
        let plan = PlanRemediation::run(input, &wire.aws_with_member()).await.unwrap();
        assert_eq!(plan.outcome, Outcome::People);
        assert!(plan.reason.contains(part), "{}", plan.reason);
        let input = enrich_finding::Input { case_id: CASE.to_owned(), finding: finding.clone() };
        let context = EnrichFinding::run(input, &wire.aws_with_member()).await.unwrap();
        assert_eq!(context.role, RoleFacts::OutOfReach);
        assert!(matches!(context.instance, InstanceFacts::OutOfReach { .. }));
        assert!(context.remarks[0].contains(part), "{:?}", context.remarks);
        let input = snapshot_role::Input { case_id: CASE.to_owned(), finding: finding.clone() };
        let error = SnapshotRole::run(input, &wire.aws_with_member()).await.unwrap_err();
        assert!(matches!(&error, snapshot_role::Error::AccessDenied(why) if why.contains(part)), "{error}");
        let before = Before { role_arn: format!("arn:aws:iam::{}:role/web", finding.account), ..before() };
        let wire = wire.recorded(&before);
        let input = contain_role::Input { case_id: CASE.to_owned(), before };
        let error = ContainRole::run(input, &wire.aws_with_member()).await.unwrap_err();
        assert!(matches!(&error, contain_role::Error::AccessDenied(why) if why.contains(part)), "{error}");
        assert_eq!(wire.actions_with("MEMBER"), [""; 0]);
        assert!(wire.actions().iter().all(|action| ["AssumeRole", "GetItem"].contains(&action.as_str())));
    }
}
