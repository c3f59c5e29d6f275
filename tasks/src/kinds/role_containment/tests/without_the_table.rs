//! A containment does not wait for a case table that cannot be reached.

use super::*;
use crate::testing::steps::assert_verdict;
use crate::testing::{attached, done, role, role_policies, role_policy};
use contract::TaskError;
use contract::steps::check_guardrails::{Follows, Ruling};

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

#[tokio::test]
async fn the_breaker_is_no_gate_if_it_cannot_be_read() {
    for down in DOWN {
        let wire = with_role(without_a_table(*down));
        let verdict = Steps::over(&wire).check::<RoleContainment>(finding(), Follows::IfClear).await.unwrap();
        assert_verdict(&verdict, Ruling::Proceed, &[]);
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
        let error = Steps::over(&wire).change::<RoleContainment>(&recorded).await.map(|changed| changed.what);
        assert!(error.unwrap().starts_with("The inline policy redress-contain-"), "{down:?}");
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
        let error = Steps::over(&wire).change::<RoleContainment>(&forged).await.unwrap_err();
        assert!(["InvalidInput", "Throttled"].contains(&error.name()), "{error}");
        assert!(wire.bodies("PutRolePolicy").is_empty());
    }
    for path in ["/break-glass/", "/redress/", "/aws-service-role/ec2.amazonaws.com/"] {
        let wire = without_a_table(DOWN[0]).answers("GetRole", role(ROLE_ID, path, &[])).fails(
            "GetRolePolicy",
            404,
            "NoSuchEntity",
        );
        let error = Steps::over(&wire).change::<RoleContainment>(&recorded()).await.unwrap_err();
        assert_eq!(error.name(), "InvalidInput", "{path}: {error}");
        assert!(wire.bodies("PutRolePolicy").is_empty(), "{path}");
    }
}
