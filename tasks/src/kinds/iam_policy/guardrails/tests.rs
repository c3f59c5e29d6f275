use crate::remediate_policy::tests::{
    ADMIN, CASE, POLICY, about, account, remediate, restore, snapshot, subjects, who,
};
use crate::remediation::account::Account;
use crate::serve::Run;
use crate::testing::Wire;
use contract::tasks::CheckGuardrails;
use contract::tasks::check_guardrails::{Follows, Input, Ruling, Verdict};
use contract::{Finding, PrincipalKind, Subject, TaskError};

async fn check(wire: &Wire, finding: Finding) -> Verdict {
    let input = Input { case_id: CASE.to_owned(), finding, follows: Follows::Never };
    CheckGuardrails::run(input, &wire.aws()).await.unwrap()
}

#[track_caller]
fn assert_verdict(verdict: &Verdict, decision: Ruling, guardrails: &[&str]) {
    let spoken: Vec<&str> = verdict.reasons.iter().map(|reason| reason.guardrail.as_str()).collect();
    assert_eq!((verdict.decision, spoken.as_slice()), (decision, guardrails), "{:?}", verdict.reasons);
}

fn managed() -> Subject {
    Subject::Policy { arn: POLICY.to_owned() }
}

fn inline() -> Subject {
    Subject::Inline { principal: who(PrincipalKind::Role), policy: "some".to_owned() }
}

fn key(kind: &str) -> (String, String) {
    (kind.to_owned(), "web".to_owned())
}

fn tag(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[tokio::test]
async fn nothing_speaks_against_an_ordinary_policy() {
    for subject in subjects() {
        let wire = Wire::of(account(3));
        assert_verdict(&check(&wire, about(subject)).await, Ruling::Proceed, &[]);
    }
}

type Change = fn(&mut Account);

#[tokio::test]
async fn each_guardrail_says_what_may_be_done() {
    let cases: Vec<(Subject, Change, Ruling, &[&str])> = vec![
        (
            inline(),
            |it| it.holders.get_mut(&key("Role")).unwrap().path = "/aws-service-role/x/".to_owned(),
            Ruling::HandOver,
            &["service-linked"],
        ),
        (
            inline(),
            |it| it.holders.get_mut(&key("Role")).unwrap().path = "/aws-reserved/sso/".to_owned(),
            Ruling::HandOver,
            &["identity-center"],
        ),
        (
            inline(),
            |it| it.holders.get_mut(&key("Role")).unwrap().path = "/redress/".to_owned(),
            Ruling::HandOver,
            &["responder"],
        ),
        (
            inline(),
            |it| it.holders.get_mut(&key("Role")).unwrap().path = "/break-glass/".to_owned(),
            Ruling::AskFirst,
            &["protected"],
        ),
        (inline(), |it| drop(it.holders.remove(&key("Role"))), Ruling::HandOver, &["principal-missing"]),
        (
            inline(),
            |it| drop(it.holders.get_mut(&key("Role")).unwrap().inline.remove("some")),
            Ruling::HandOver,
            &["policy-missing"],
        ),
        (
            inline(),
            |it| {
                it.holders
                    .get_mut(&key("Role"))
                    .unwrap()
                    .tags
                    .extend([tag("aws:cloudformation:stack-name", "web")])
            },
            Ruling::AskFirst,
            &["template"],
        ),
        (
            inline(),
            |it| {
                it.holders.get_mut(&key("Role")).unwrap().tags.extend([tag("Managed-By", "Terraform Cloud")])
            },
            Ruling::AskFirst,
            &["template"],
        ),
        (
            inline(),
            |it| it.holders.get_mut(&key("Role")).unwrap().tags.extend([tag("managed-by", "the web team")]),
            Ruling::Proceed,
            &[],
        ),
        (
            inline(),
            |it| {
                it.holders.get_mut(&key("Role")).unwrap().tags.extend([
                    tag("redress:exempt-until", "2030-01-01"),
                    tag("redress:exempt-reason", "tests"),
                ])
            },
            Ruling::AskFirst,
            &["exempt"],
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
            Ruling::AskFirst,
            &["exempt"],
        ),
        (
            managed(),
            |it| it.policies.get_mut(POLICY).unwrap().tags.extend([tag("pulumi:project", "web")]),
            Ruling::AskFirst,
            &["template"],
        ),
        (
            managed(),
            |it| it.policies.get_mut(POLICY).unwrap().boundary_of.extend(["dev".to_owned()]),
            Ruling::AskFirst,
            &["boundary"],
        ),
        (
            managed(),
            |it| it.holders.get_mut(&key("User")).unwrap().path = "/break-glass/deep/".to_owned(),
            Ruling::AskFirst,
            &["protected"],
        ),
        (
            managed(),
            |it| it.holders.get_mut(&key("Role")).unwrap().path = "/redress/".to_owned(),
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
        (Subject::Policy { arn: ADMIN.to_owned() }, |_| {}, Ruling::HandOver, &["aws-managed"]),
        (
            Subject::Other { reason: "nobody knows".to_owned() },
            |_| {},
            Ruling::HandOver,
            &["nothing-to-change"],
        ),
        (Subject::Trust { role: "gone".to_owned() }, |_| {}, Ruling::HandOver, &["principal-missing"]),
    ];
    for (subject, change, decision, guardrails) in cases {
        let wire = Wire::of(account(3));
        wire.change(change);
        assert_verdict(&check(&wire, about(subject)).await, decision, guardrails);
    }
}

#[tokio::test]
async fn another_account_and_a_template_that_the_event_names_speak_too() {
    let wire = Wire::of(account(3));
    let elsewhere = Finding { account: "210987654321".to_owned(), ..about(managed()) };
    assert_verdict(&check(&wire, elsewhere).await, Ruling::HandOver, &["another-account"]);
    let from_template = Finding { managed_by: Some("CloudFormation".to_owned()), ..about(managed()) };
    assert_verdict(&check(&wire, from_template).await, Ruling::AskFirst, &["template"]);
}

#[tokio::test]
async fn what_a_person_took_back_is_asked_about_until_it_says_something_else() {
    for subject in subjects() {
        let wire = Wire::of(account(3));
        let before = snapshot(&wire, &subject).await.unwrap();
        remediate(&wire, &before).await.unwrap();
        assert_verdict(&check(&wire, about(subject.clone())).await, expected(&subject), missing(&subject));
        restore(&wire, &before).await.unwrap();
        assert_verdict(&check(&wire, about(subject.clone())).await, Ruling::AskFirst, &["taken-back"]);
        if subject == inline() {
            wire.change(|account| {
                let role = account.holders.get_mut(&key("Role")).unwrap();
                role.inline.insert("some".to_owned(), role.inline["all"].clone());
            });
            assert_verdict(&check(&wire, about(subject)).await, Ruling::Proceed, &[]);
        }
    }
}

/// What was deleted is missing; everything else is as ordinary as before.
fn expected(subject: &Subject) -> Ruling {
    if missing(subject).is_empty() { Ruling::Proceed } else { Ruling::HandOver }
}

fn missing(subject: &Subject) -> &'static [&'static str] {
    match subject {
        Subject::Inline { policy, .. } if policy == "all" => &["policy-missing"],
        _ => &[],
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_and_no_verdict() {
    for subject in subjects() {
        for call in 0..2 {
            let wire = Wire::of(account(3));
            wire.fails_at(Some(crate::remediation::account::FailsAt { call, after: false }));
            let input =
                Input { case_id: CASE.to_owned(), finding: about(subject.clone()), follows: Follows::Never };
            let verdict = CheckGuardrails::run(input, &wire.aws()).await;
            let calls = wire.actions().iter().filter(|action| *action != "GetItem").count();
            assert!(calls <= call || verdict.unwrap_err().name() == "Unavailable", "{subject:?} {call}");
        }
    }
}

#[tokio::test]
async fn remediations_and_containments_are_counted_apart() {
    let wire = Wire::of(account(3));
    for (case, decision) in
        [("a", Ruling::Proceed), ("b", Ruling::Proceed), ("c", Ruling::Proceed), ("d", Ruling::AskFirst)]
    {
        let input = Input { case_id: case.to_owned(), finding: about(managed()), follows: Follows::IfClear };
        assert_eq!(CheckGuardrails::run(input, &wire.aws()).await.unwrap().decision, decision, "{case}");
    }
    assert_eq!(wire.records().keys().collect::<Vec<_>>(), ["breaker remediate"]);
}
