use crate::testing::Wire;
use crate::testing::accounts::{ADMIN, POLICY, account, who};
use crate::testing::iam::{Account, FailsAt, Holder};
use crate::testing::steps::{Steps, about as about_target, assert_verdict};
use contract::kinds::IamPolicy;
use contract::kinds::iam_policy::Target;
use contract::steps::check_guardrails::{Follows, Ruling, Verdict};
use contract::{Finding, PrincipalKind, TaskError};

fn about(target: Target) -> Finding<Target> {
    about_target::<IamPolicy>(&target)
}

async fn check(wire: &Wire, finding: Finding<Target>) -> Verdict {
    Steps::over(wire).check::<IamPolicy>(finding, Follows::Never).await.unwrap()
}

/// One target in each place.
fn targets() -> Vec<Target> {
    super::super::tests::targets()
}

fn managed() -> Target {
    Target::Managed { arn: POLICY.to_owned() }
}

fn inline() -> Target {
    Target::Inline { principal: who(PrincipalKind::Role), policy: "some".to_owned() }
}

fn attached() -> Target {
    Target::Attached { principal: who(PrincipalKind::User), policy_arn: ADMIN.to_owned() }
}

/// High, and not critical.
const PASSES_ROLES: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}]}"#;

fn key(kind: &str) -> (String, String) {
    (kind.to_owned(), "web".to_owned())
}

fn tag(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[tokio::test]
async fn no_guardrail_speaks_against_an_ordinary_policy() {
    for target in targets() {
        let wire = Wire::of(account(3));
        assert_verdict(&check(&wire, about(target)).await, Ruling::Proceed, &[]);
    }
}

type Change = fn(&mut Account);

#[tokio::test]
async fn each_guardrail_has_its_ruling() {
    let cases: Vec<(Target, Change, Ruling, &[&str])> = vec![
        (
            inline(),
            |it| it.holder("Role", "web").path = "/aws-service-role/x/".to_owned(),
            Ruling::HandOver,
            &["service-linked"],
        ),
        (
            inline(),
            |it| it.holder("Role", "web").path = "/aws-reserved/sso/".to_owned(),
            Ruling::HandOver,
            &["identity-center"],
        ),
        (
            inline(),
            |it| it.holder("Role", "web").path = "/redress/".to_owned(),
            Ruling::HandOver,
            &["responder"],
        ),
        (
            inline(),
            |it| it.holder("Role", "web").path = "/break-glass/".to_owned(),
            Ruling::AskFirst,
            &["protected"],
        ),
        (inline(), |it| drop(it.holders.remove(&key("Role"))), Ruling::HandOver, &["principal-missing"]),
        (
            inline(),
            |it| drop(it.holder("Role", "web").inline.remove("some")),
            Ruling::HandOver,
            &["policy-missing"],
        ),
        (
            inline(),
            |it| it.holder("Role", "web").tags.extend([tag("aws:cloudformation:stack-name", "web")]),
            Ruling::AskFirst,
            &["template"],
        ),
        (
            inline(),
            |it| it.holder("Role", "web").tags.extend([tag("Managed-By", "Terraform Cloud")]),
            Ruling::Proceed,
            &[],
        ),
        (
            inline(),
            |it| it.holder("Role", "web").tags.extend([tag("managed-by", "the web team")]),
            Ruling::Proceed,
            &[],
        ),
        (
            inline(),
            |it| {
                it.holder("Role", "web").tags.extend([
                    tag("redress:exempt-until", "2030-01-01"),
                    tag("redress:exempt-reason", "tests"),
                ])
            },
            Ruling::Proceed,
            &[],
        ),
        (managed(), |it| drop(it.policies.remove(POLICY)), Ruling::HandOver, &["policy-missing"]),
        (
            managed(),
            |it| {
                it.policies.get_mut(POLICY).unwrap().tags.extend([
                    tag("redress:exempt-until", "2030-01-01"),
                    tag("redress:exempt-reason", "tests"),
                ])
            },
            Ruling::Proceed,
            &[],
        ),
        (
            managed(),
            |it| it.policies.get_mut(POLICY).unwrap().tags.extend([tag("pulumi:project", "web")]),
            Ruling::Proceed,
            &[],
        ),
        (
            managed(),
            |it| {
                it.policies.get_mut(POLICY).unwrap().tags.extend([tag("aws:cloudformation:stack-id", "web")])
            },
            Ruling::AskFirst,
            &["template"],
        ),
        (
            managed(),
            |it| {
                let dev =
                    Holder { path: "/".to_owned(), boundary: Some(POLICY.to_owned()), ..Holder::default() };
                it.holders.insert(("Role".to_owned(), "dev".to_owned()), dev);
            },
            Ruling::AskFirst,
            &["boundary"],
        ),
        (
            managed(),
            |it| it.holders.values_mut().for_each(|it| it.attached.clear()),
            Ruling::AskFirst,
            &["unattached"],
        ),
        (attached(), |_| {}, Ruling::Proceed, &[]),
        (
            attached(),
            |it| it.policies.get_mut(ADMIN).unwrap().versions = [(1, PASSES_ROLES.to_owned())].into(),
            Ruling::AskFirst,
            &["chosen-by-name"],
        ),
        (
            attached(),
            |it| it.policies.get_mut(ADMIN).unwrap().versions = [(1, "{}".to_owned())].into(),
            Ruling::HandOver,
            &["unjudged"],
        ),
        (attached(), |it| drop(it.policies.remove(ADMIN)), Ruling::HandOver, &["policy-missing"]),
        (
            managed(),
            |it| it.holder("User", "web").path = "/break-glass/deep/".to_owned(),
            Ruling::AskFirst,
            &["protected"],
        ),
        (
            managed(),
            |it| it.holder("Role", "web").path = "/redress/".to_owned(),
            Ruling::HandOver,
            &["responder"],
        ),
        (
            managed(),
            |it| {
                let role = it.holders[&key("Role")].clone();
                it.holders.insert(("Role".to_owned(), "OrganizationAccountAccessRole".to_owned()), role);
            },
            Ruling::AskFirst,
            &["protected"],
        ),
        (
            managed(),
            |it| {
                let role = it.holders[&key("Role")].clone();
                it.holders.extend((0..9).map(|n| (("Role".to_owned(), format!("web-{n}")), role.clone())));
            },
            Ruling::AskFirst,
            &["blast-radius"],
        ),
        (Target::Managed { arn: ADMIN.to_owned() }, |_| {}, Ruling::HandOver, &["aws-managed"]),
        (
            Target::ManagedId { policy_id: "ANPAEXAMPLE0000000009".to_owned() },
            |_| {},
            Ruling::HandOver,
            &["policy-missing"],
        ),
        (Target::Trust { role: "gone".to_owned() }, |_| {}, Ruling::HandOver, &["principal-missing"]),
    ];
    for (target, change, decision, guardrails) in cases {
        let wire = Wire::of(account(3));
        wire.change(change);
        assert_verdict(&check(&wire, about(target)).await, decision, guardrails);
    }
}

#[tokio::test]
async fn another_account_and_a_template_in_the_event_are_guardrails_too() {
    let wire = Wire::of(account(3));
    let elsewhere = Finding { account: "210987654321".to_owned(), ..about(managed()) };
    assert_verdict(&check(&wire, elsewhere).await, Ruling::HandOver, &["another-account"]);
    let from_template = Finding { managed_by: Some("CloudFormation".to_owned()), ..about(managed()) };
    assert_verdict(&check(&wire, from_template).await, Ruling::AskFirst, &["template"]);
}

#[tokio::test]
async fn a_change_that_a_person_took_back_is_asked_about_until_the_document_changes() {
    for target in targets() {
        let wire = Wire::of(account(3));
        let steps = Steps::over(&wire);
        let finding = about(target.clone());
        let recorded = steps.record_planned::<IamPolicy>(finding.clone()).await.unwrap();
        steps.change::<IamPolicy>(&recorded).await.unwrap();
        let deleted = matches!(&target, Target::Inline { policy, .. } if policy == "all");
        let (decision, guardrails): (_, &[&str]) =
            if deleted { (Ruling::HandOver, &["policy-missing"]) } else { (Ruling::Proceed, &[]) };
        assert_verdict(&check(&wire, finding.clone()).await, decision, guardrails);
        steps.restore::<IamPolicy>(&recorded).await.unwrap();
        assert_verdict(&check(&wire, finding.clone()).await, Ruling::AskFirst, &["taken-back"]);
        if target == inline() {
            wire.change(|account| {
                let role = account.holder("Role", "web");
                role.inline.insert("some".to_owned(), role.inline["all"].clone());
            });
            assert_verdict(&check(&wire, finding).await, Ruling::Proceed, &[]);
        }
    }
}

#[tokio::test]
async fn a_target_that_cannot_be_read_is_an_error_and_no_verdict() {
    for target in targets() {
        for call in 0..2 {
            let wire = Wire::of(account(3));
            wire.fails_at(Some(FailsAt { call, after: false }));
            let verdict = Steps::over(&wire).check::<IamPolicy>(about(target.clone()), Follows::Never).await;
            let calls = wire.actions().iter().filter(|action| *action != "GetItem").count();
            assert!(calls <= call || verdict.unwrap_err().name() == "Unavailable", "{target:?} {call}");
        }
    }
}
