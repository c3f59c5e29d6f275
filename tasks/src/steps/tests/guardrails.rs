use super::*;
use crate::testing::{ROLE_ID, Wire, finding, role};
use contract::TaskError;

async fn check(wire: &Wire, case_id: &str, follows: Follows) -> Result<Verdict, Error> {
    CheckGuardrails::run(Input { case_id: case_id.to_owned(), finding: finding(), follows }, &wire.aws())
        .await
}

#[track_caller]
fn assert_verdict(verdict: Result<Verdict, Error>, decision: Ruling, guardrails: &[&str]) {
    let verdict = verdict.unwrap();
    let spoken: Vec<&str> = verdict.reasons.iter().map(|reason| reason.guardrail.as_str()).collect();
    assert_eq!((verdict.decision, spoken.as_slice()), (decision, guardrails), "{:?}", verdict.reasons);
}

type Tags = Vec<(String, String)>;

#[tokio::test]
async fn each_guardrail_says_what_may_be_done() {
    let exempt = |until: &str| {
        vec![
            ("redress:exempt-until".to_owned(), until.to_owned()),
            ("redress:exempt-reason".to_owned(), "batch".to_owned()),
        ]
    };
    let one = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    let cases: [(&str, &str, Tags, Ruling, Vec<&str>); 12] = [
        (ROLE_ID, "/", vec![], Ruling::Proceed, vec![]),
        ("AROAEXAMPLEANOTHER001", "/", vec![], Ruling::HandOver, vec!["identity"]),
        (ROLE_ID, "/aws-service-role/ecs.amazonaws.com/", vec![], Ruling::HandOver, vec!["service-linked"]),
        (ROLE_ID, "/aws-reserved/sso.amazonaws.com/", vec![], Ruling::HandOver, vec!["identity-center"]),
        (ROLE_ID, "/redress/", vec![], Ruling::HandOver, vec!["responder"]),
        (ROLE_ID, "/break-glass/", vec![], Ruling::AskFirst, vec!["protected"]),
        (ROLE_ID, "/", exempt("2026-01-01"), Ruling::AskFirst, vec!["exempt"]),
        (ROLE_ID, "/", exempt("2025-12-31"), Ruling::Proceed, vec![]),
        (ROLE_ID, "/", exempt("soon"), Ruling::AskFirst, vec!["exempt"]),
        (ROLE_ID, "/", one("redress:exempt-until", "2030-01-01"), Ruling::AskFirst, vec!["exempt"]),
        (ROLE_ID, "/", one("redress:exempt-reason", "because"), Ruling::AskFirst, vec!["exempt"]),
        (ROLE_ID, "/break-glass/", exempt("2030-01-01"), Ruling::AskFirst, vec!["protected", "exempt"]),
    ];
    for (id, path, tags, decision, guardrails) in cases {
        let tags: Vec<(&str, &str)> =
            tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let wire = Wire::default().answers("GetRole", role(id, path, &tags));
        assert_verdict(check(&wire, "case", Follows::IfClear).await, decision, &guardrails);
    }
}

#[tokio::test]
async fn a_role_that_is_not_there_or_not_ours_is_handed_over() {
    let wire = Wire::default().fails("GetRole", 404, "NoSuchEntity");
    assert_verdict(check(&wire, "case", Follows::IfClear).await, Ruling::HandOver, &["role-missing"]);
    let mut elsewhere = finding();
    elsewhere.account = "210987654321".to_owned();
    let input = Input { case_id: "case".to_owned(), finding: elsewhere, follows: Follows::IfClear };
    assert_verdict(
        CheckGuardrails::run(input, &Wire::default().aws()).await,
        Ruling::HandOver,
        &["another-account"],
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_and_no_verdict() {
    for (status, code, name) in [(403, "AccessDenied", "AccessDenied"), (400, "Throttling", "Throttled")] {
        let wire = Wire::default().fails("GetRole", status, code);
        assert_eq!(check(&wire, "case", Follows::IfClear).await.unwrap_err().name(), name);
    }
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[])).fails_json(
        "GetItem",
        400,
        "ThrottlingException",
    );
    assert_eq!(check(&wire, "case", Follows::IfClear).await.unwrap_err().name(), "Throttled");
}

#[tokio::test]
async fn the_breaker_counts_each_case_once_and_only_what_follows() {
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
    for case in ["a", "b", "a", "c", "c"] {
        assert_verdict(check(&wire, case, Follows::IfClear).await, Ruling::Proceed, &[]);
    }
    assert_verdict(check(&wire, "d", Follows::IfClear).await, Ruling::AskFirst, &["breaker"]);
    assert_verdict(check(&wire, "a", Follows::IfClear).await, Ruling::Proceed, &[]);
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
    for case in ["a", "b", "c", "d", "e"] {
        assert_verdict(check(&wire, case, Follows::Never).await, Ruling::Proceed, &[]);
    }
    assert!(wire.records().is_empty());
    // A case that a person is asked about takes no room from others until it is approved.
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
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
    for case in ["a", "b", "c"] {
        assert_verdict(check(&wire, case, Follows::IfClear).await, Ruling::Proceed, &[]);
    }
    let mut aws = wire.aws();
    aws.clock = || Timestamp::from_second(1_767_268_800 + 3_601).unwrap();
    let input = Input { case_id: "d".to_owned(), finding: finding(), follows: Follows::IfClear };
    assert_verdict(CheckGuardrails::run(input, &aws).await, Ruling::Proceed, &[]);
}

#[tokio::test]
async fn a_lost_race_is_run_again_and_not_for_ever() {
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[])).loses_races(2);
    assert_verdict(check(&wire, "a", Follows::IfClear).await, Ruling::Proceed, &[]);
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[])).loses_races(99);
    assert_eq!(check(&wire, "a", Follows::IfClear).await.unwrap_err().name(), "BreakerContended");
}
