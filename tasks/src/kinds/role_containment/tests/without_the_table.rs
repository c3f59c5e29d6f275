//! A containment does not wait for a case table that cannot be reached.

use super::*;
use crate::aws::case_table::{CaseTable, Key, Written};
use crate::runtime::Run;
use crate::testing::steps::assert_verdict;
use crate::testing::{attached, done, role, role_policies, role_policy};
use contract::TaskError;
use contract::steps::CheckGuardrails;
use contract::steps::check_guardrails::{Error as NotChecked, Follows, Input, Ruling, Verdict};

/// The ways in which the table fails.
const DOWN: &[(u16, &str)] = &[
    (400, "ThrottlingException"),
    (400, "ProvisionedThroughputExceededException"),
    (400, "AccessDeniedException"),
    (400, "ResourceNotFoundException"),
    (500, "InternalServerError"),
];

fn without_a_table((status, code): (u16, &str)) -> Wire {
    Wire::default().fails_json("GetItem", status, code).fails_json("PutItem", status, code)
}

fn with_role(wire: Wire) -> Wire {
    wire.answers("GetRole", role(ROLE_ID, "/", &[]))
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("ListRolePolicies", role_policies(&[]))
        .answers("ListAttachedRolePolicies", attached(&[]))
        .answers("PutRolePolicy", done("PutRolePolicy"))
}

async fn check(wire: &Wire, last_try: bool, unopened: bool) -> Result<Verdict, NotChecked> {
    let (case_id, follows) = (CASE.to_owned(), Follows::IfClear);
    let input = Input { case_id, finding: finding(), follows, last_try, unopened };
    CheckGuardrails::<RoleContainment>::run(input, &wire.aws()).await
}

/// One throttled call neither switches the breaker off nor makes a person's undo forgotten: the containment goes on when the
/// retries are used up.
#[tokio::test]
async fn the_breaker_is_no_gate_if_it_cannot_be_read_however_often_it_is_tried() {
    for down in DOWN.iter().filter(|(_, code)| *code != "AccessDeniedException") {
        for unopened in [false, true] {
            let wire = with_role(without_a_table(*down));
            let error = check(&wire, false, unopened).await.unwrap_err();
            assert!(["Throttled", "Unavailable"].contains(&error.name()), "{down:?}: {error}");
            let verdict = check(&wire, true, unopened).await.unwrap();
            assert_verdict(&verdict, Ruling::Proceed, &[]);
        }
    }
}

/// What refuses this step alone, or cannot be parsed, is not unreachable: a person decides. If the case could not be opened
/// with the table either, it is.
#[tokio::test]
async fn a_table_that_refuses_is_asked_about_unless_the_case_could_not_be_opened_with_it() {
    let denied = || with_role(without_a_table((400, "AccessDeniedException")));
    for last_try in [false, true] {
        let verdict = check(&denied(), last_try, false).await.unwrap();
        assert_verdict(&verdict, Ruling::AskFirst, &["taken-back", "breaker"]);
        assert_verdict(&check(&denied(), last_try, true).await.unwrap(), Ruling::Proceed, &[]);
    }
    let wire = with_role(Wire::default());
    let table = CaseTable::new(&wire.aws()).unwrap();
    let (Written::Yes | Written::No) =
        table.create(&Key::breaker("role-containment"), &"malformed").await.unwrap();
    for last_try in [false, true] {
        let verdict = check(&wire, last_try, false).await.unwrap();
        assert_verdict(&verdict, Ruling::AskFirst, &["breaker"]);
    }
}

#[tokio::test]
async fn the_role_is_recorded_in_the_run_alone_and_contained() {
    for down in DOWN {
        let wire = with_role(without_a_table(*down));
        let steps = Steps::over(&wire);
        let refused = steps.record::<RoleContainment>(finding(), contain()).await;
        assert!(refused.is_err(), "it is retried before the run goes on without the table");
        let recorded = steps.record_without_the_table::<RoleContainment>(finding(), contain()).await.unwrap();
        assert_eq!(recorded, super::recorded());
        let wire = wire.answers("GetRolePolicy", role_policy(&deny_all(CASE)));
        // The answers are in order: the policy is not there before the put.
        let error = Steps::over(&wire).change::<RoleContainment>(&recorded).await;
        assert!(error.is_err(), "it is retried before the change is made without the table");
        assert!(wire.bodies("PutRolePolicy").is_empty());
        let steps = Steps::over(&wire);
        let changed = steps.change_without_the_table::<RoleContainment>(&recorded).await;
        assert!(changed.unwrap().what.starts_with("The inline policy redress-contain-"), "{down:?}");
        assert_eq!(wire.bodies("PutRolePolicy").len(), 1);
    }
}

/// What is on record counts as soon as the table can be read.
#[tokio::test]
async fn a_record_that_is_there_is_used_without_another() {
    let wire = with_role(Wire::default()).recorded(&recorded());
    let steps = Steps::over(&wire);
    let same = steps.record_without_the_table::<RoleContainment>(finding(), contain()).await;
    assert_eq!(same.unwrap(), recorded());
    assert!(wire.bodies("PutItem").is_empty());
    let wire = with_role(Wire::default());
    let written = Steps::over(&wire).record_without_the_table::<RoleContainment>(finding(), contain()).await;
    assert_eq!(written.unwrap(), recorded());
    assert_eq!(wire.records().len(), 1);
}

/// The change is checked against the live role alone, so whatever a guardrail speaks against is not contained.
#[tokio::test]
async fn a_forged_record_contains_nothing() {
    let other = |change: Contain| RecordOf::<RoleContainment> { change, ..recorded() };
    let forged = [
        other(Contain { policy_name: "read-assets".to_owned(), ..contain() }),
        RecordOf::<RoleContainment> { case_id: "another".to_owned(), ..recorded() },
        RecordOf::<RoleContainment> { kind: "iam-policy".to_owned(), ..recorded() },
    ];
    for forged in forged {
        let wire = with_role(without_a_table(DOWN[0]));
        let steps = Steps::over(&wire);
        let error = steps.change_without_the_table::<RoleContainment>(&forged).await.unwrap_err();
        assert!(["InvalidInput", "Throttled"].contains(&error.name()), "{error}");
        assert!(wire.bodies("PutRolePolicy").is_empty());
    }
    for path in ["/break-glass/", "/redress/", "/aws-service-role/ec2.amazonaws.com/"] {
        let wire = without_a_table(DOWN[0]).answers("GetRole", role(ROLE_ID, path, &[])).fails(
            "GetRolePolicy",
            404,
            "NoSuchEntity",
        );
        let steps = Steps::over(&wire);
        let error = steps.change_without_the_table::<RoleContainment>(&recorded()).await.unwrap_err();
        assert_eq!(error.name(), "InvalidInput", "{path}: {error}");
        assert!(wire.bodies("PutRolePolicy").is_empty(), "{path}");
    }
}
