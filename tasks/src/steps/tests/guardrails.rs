//! The guardrails of a role, and the breaker, which all kinds share.

use crate::aws::Aws;
use crate::runtime::Run;
use crate::testing::steps::assert_verdict as assert_spoken;
use crate::testing::{CASE, ROLE_ID, Wire, finding_about, role};
use contract::kinds::role_containment::Target;
use contract::kinds::{IamPolicy, RoleContainment};
use contract::steps::CheckGuardrails;
use contract::steps::check_guardrails::{Error, Follows, Input, Ruling, Verdict};
use contract::{Actor, Finding, TaskError};
use jiff::Timestamp;

fn finding() -> Finding<Target> {
    let (role_name, role_id) = ("web-frontend".to_owned(), ROLE_ID.to_owned());
    finding_about(crate::kinds::resource::<RoleContainment>(Target { role_name, role_id, instance_id: None }))
}

async fn check_with(
    aws: &Aws,
    case_id: &str,
    finding: Finding<Target>,
    follows: Follows,
) -> Result<Verdict, Error> {
    let case_id = case_id.to_owned();
    let input = Input { case_id, finding, follows, last_try: false, unopened: false };
    CheckGuardrails::<RoleContainment>::run(input, aws).await
}

async fn check(wire: &Wire, case_id: &str, follows: Follows) -> Result<Verdict, Error> {
    check_with(&wire.aws(), case_id, finding(), follows).await
}

#[track_caller]
fn assert_verdict(verdict: Result<Verdict, Error>, decision: Ruling, guardrails: &[&str]) {
    assert_spoken(&verdict.unwrap(), decision, guardrails);
}

/// The ruling of the breaker on a change that follows.
async fn breaker(aws: &Aws, subject: &str) -> Option<Ruling> {
    let spoken = crate::steps::breaker::check("role-containment", subject, "123456789012", true, aws).await;
    spoken.unwrap().map(|(ruling, _)| ruling)
}

#[tokio::test]
async fn each_guardrail_has_its_ruling() {
    for (id, path, decision, guardrails) in [
        (ROLE_ID, "/", Ruling::Proceed, &[][..]),
        ("AROAEXAMPLEANOTHER001", "/", Ruling::HandOver, &["identity"]),
        (ROLE_ID, "/aws-service-role/ecs.amazonaws.com/", Ruling::HandOver, &["service-linked"]),
        (ROLE_ID, "/aws-reserved/sso.amazonaws.com/", Ruling::HandOver, &["identity-center"]),
        (ROLE_ID, "/redress/", Ruling::HandOver, &["responder"]),
        (ROLE_ID, "/break-glass/", Ruling::AskFirst, &["protected"]),
    ] {
        let wire = Wire::default().answers("GetRole", role(id, path, &[]));
        assert_verdict(check(&wire, "case", Follows::IfClear).await, decision, guardrails);
    }
}

/// The leaked role may be able to tag itself, so no tag of it makes the containment wait.
#[tokio::test]
async fn no_tag_of_the_role_exempts_it() {
    for tags in [
        &[("redress:exempt-until", "2030-01-01"), ("redress:exempt-reason", "batch")][..],
        &[("redress:exempt-until", "soon")],
        &[("redress:exempt-reason", "because")],
        &[("Redress:Exempt-Until", "2030-01-01")],
        &[("terraform", "true"), ("managed-by", "pulumi"), ("aws-cdk", "web")],
    ] {
        let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", tags));
        assert_verdict(check(&wire, "case", Follows::IfClear).await, Ruling::Proceed, &[]);
        let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/break-glass/", tags));
        assert_verdict(check(&wire, "case", Follows::IfClear).await, Ruling::AskFirst, &["protected"]);
    }
}

#[tokio::test]
async fn a_person_is_asked_about_credentials_that_an_account_of_ones_own_used() {
    for (account, affiliated, decision) in [
        (Some("111122223333"), Some(true), Ruling::AskFirst),
        (Some("111122223333"), Some(false), Ruling::Proceed),
        (Some("111122223333"), None, Ruling::Proceed),
        (Some("123456789012"), Some(false), Ruling::AskFirst),
        (Some("333344445555"), Some(false), Ruling::AskFirst),
        (None, Some(true), Ruling::Proceed),
    ] {
        let actor = Actor { account: account.map(str::to_owned), affiliated, ..Actor::default() };
        let finding = Finding { actor: Some(actor), ..finding() };
        let aws = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
        let aws = aws.aws_set(&[("MEMBER_ACCOUNTS", "333344445555")]);
        let verdict = check_with(&aws, "case", finding, Follows::IfClear).await;
        let asked = [&["affiliated"][..], &[]][usize::from(decision == Ruling::Proceed)];
        assert_verdict(verdict, decision, asked);
    }
}

#[tokio::test]
async fn a_target_that_is_missing_or_out_of_reach_is_handed_over() {
    let wire = Wire::default().fails("GetRole", 404, "NoSuchEntity");
    assert_verdict(check(&wire, "case", Follows::IfClear).await, Ruling::HandOver, &["role-missing"]);
    let elsewhere = Finding { account: "210987654321".to_owned(), ..finding() };
    let aws = Wire::default().aws();
    let verdict = check_with(&aws, "case", elsewhere, Follows::IfClear).await;
    assert_verdict(verdict, Ruling::HandOver, &["another-account"]);
    let (what, why) = ("the root user".to_owned(), "the root user cannot be denied by a policy".to_owned());
    let other = finding_about(contract::Target::Other { what, why });
    let verdict = check_with(&aws, "case", other, Follows::IfClear).await.unwrap();
    assert_spoken(&verdict, Ruling::HandOver, &["nothing-to-change"]);
    assert!(verdict.reasons[0].message.contains("the root user cannot be denied"), "{verdict:?}");
}

/// A containment is no part of a template, but a service of AWS may have caused the event by one.
#[tokio::test]
async fn a_template_that_the_event_names_is_asked_about() {
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[("managed-by", "terraform")]));
    assert_verdict(check(&wire, "case", Follows::Never).await, Ruling::Proceed, &[]);
    let from_template = Finding { managed_by: Some("CloudFormation".to_owned()), ..finding() };
    let verdict = check_with(&wire.aws(), "case", from_template, Follows::Never).await;
    assert_verdict(verdict, Ruling::AskFirst, &["template"]);
}

#[tokio::test]
async fn a_target_that_cannot_be_read_is_an_error_and_no_verdict() {
    for (status, code, name) in [(403, "AccessDenied", "AccessDenied"), (400, "Throttling", "Throttled")] {
        let wire = Wire::default().fails("GetRole", status, code);
        assert_eq!(check(&wire, "case", Follows::IfClear).await.unwrap_err().name(), name);
    }
}

/// Only a containment goes on without the case table: see its own tests.
#[tokio::test]
async fn a_breaker_that_cannot_be_read_is_an_error_unless_the_change_must_not_wait() {
    use crate::kinds::ChangingKind;
    use crate::testing::accounts::{POLICY, account};
    use contract::kinds::iam_policy::Target;
    const { assert!(RoleContainment::MUST_NOT_WAIT && !IamPolicy::MUST_NOT_WAIT) }
    for code in ["ThrottlingException", "AccessDeniedException", "ResourceNotFoundException"] {
        let wire = Wire::of(account(3)).fails_json("GetItem", 400, code);
        let target = crate::kinds::resource::<IamPolicy>(Target::Managed { arn: POLICY.to_owned() });
        let (case_id, follows) = ("a".to_owned(), Follows::IfClear);
        let finding = finding_about(target);
        let input = Input { case_id, finding, follows, last_try: true, unopened: true };
        assert!(CheckGuardrails::<IamPolicy>::run(input, &wire.aws()).await.is_err(), "{code}");
    }
}

#[tokio::test]
async fn the_breaker_counts_each_subject_once_and_only_what_follows() {
    let wire = Wire::default();
    for subject in ["a", "b", "a", "c", "c"] {
        assert_eq!(breaker(&wire.aws(), subject).await, None);
    }
    assert_eq!(breaker(&wire.aws(), "d").await, Some(Ruling::AskFirst));
    assert_eq!(breaker(&wire.aws(), "a").await, None);
    // Many cases about one role have one slot.
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
    for case in ["a", "b", "c", "d", "e"] {
        assert_verdict(check(&wire, case, Follows::IfClear).await, Ruling::Proceed, &[]);
    }
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
    for case in ["a", "b", "c", "d", "e"] {
        assert_verdict(check(&wire, case, Follows::Never).await, Ruling::Proceed, &[]);
    }
    assert!(wire.records().is_empty());
    // A case that a person is asked about is not counted until it is approved.
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/break-glass/", &[]));
    for case in ["a", "b", "c", "d", "e"] {
        assert_verdict(check(&wire, case, Follows::IfClear).await, Ruling::AskFirst, &["protected"]);
    }
    assert!(wire.records().is_empty());
    assert_verdict(check(&wire, "a", Follows::Approved).await, Ruling::AskFirst, &["protected"]);
    assert_eq!(wire.records().len(), 1);
}

#[tokio::test]
async fn an_hour_later_the_breaker_has_room_again() {
    let wire = Wire::default();
    for subject in ["a", "b", "c"] {
        assert_eq!(breaker(&wire.aws(), subject).await, None);
    }
    let mut aws = wire.aws();
    assert_eq!(breaker(&aws, "d").await, Some(Ruling::AskFirst));
    aws.clock = || Timestamp::from_second(1_767_268_800 + 3_601).unwrap();
    assert_eq!(breaker(&aws, "d").await, None);
}

#[tokio::test]
async fn a_lost_race_is_run_again_a_few_times() {
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[])).loses_races(2);
    assert_verdict(check(&wire, "a", Follows::IfClear).await, Ruling::Proceed, &[]);
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[])).loses_races(99);
    assert_eq!(check(&wire, "a", Follows::IfClear).await.unwrap_err().name(), "BreakerContended");
}

#[tokio::test]
async fn each_kind_has_a_breaker_of_its_own() {
    use crate::testing::accounts::{POLICY, account};
    use contract::kinds::iam_policy::Target;
    let wire = Wire::of(account(3));
    for subject in ["a", "b", "c"] {
        assert_eq!(breaker(&wire.aws(), subject).await, None);
    }
    assert_eq!(breaker(&wire.aws(), "d").await, Some(Ruling::AskFirst));
    let target = crate::kinds::resource::<IamPolicy>(Target::Managed { arn: POLICY.to_owned() });
    let (case_id, follows) = ("d".to_owned(), Follows::IfClear);
    let finding = finding_about(target);
    let input = Input { case_id, finding, follows, last_try: false, unopened: false };
    let verdict = CheckGuardrails::<IamPolicy>::run(input, &wire.aws()).await.unwrap();
    assert_eq!(verdict.decision, Ruling::Proceed);
    assert_eq!(
        wire.records().keys().collect::<Vec<_>>(),
        ["breaker#iam-policy hour", "breaker#role-containment hour"]
    );
}

#[tokio::test]
async fn a_limit_that_is_not_a_number_is_a_wrong_setting() {
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
    let aws = wire.aws_with("CHANGES_PER_HOUR", "many");
    let error = check_with(&aws, CASE, finding(), Follows::IfClear).await.unwrap_err();
    assert_eq!(error.name(), "Misconfigured");
    assert_eq!(error.to_string(), "the setting `CHANGES_PER_HOUR` must be a whole number");
}
