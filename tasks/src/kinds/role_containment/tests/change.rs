use super::*;
use crate::testing::{attached, done, role, role_policy};
use contract::steps::change::Error;
use contract::{Changed, TaskError};

async fn change(wire: &Wire) -> Result<Changed, Error> {
    let wire = wire.clone().recorded(&recorded());
    Steps::over(&wire).change::<RoleContainment>(&recorded()).await
}

/// A role without the policy, on which it can be put.
fn sound() -> Wire {
    Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("PutRolePolicy", done("PutRolePolicy"))
}

#[tokio::test]
async fn the_policy_is_put_and_read_back() {
    let wire = sound().answers("GetRolePolicy", role_policy(&deny_all(CASE)));
    let changed = change(&wire).await.unwrap();
    assert_eq!(
        changed.what,
        "The inline policy redress-contain-4f1b2c3d4e5f was put on the role web-frontend."
    );
    assert_eq!(changed.applied_at, "2026-01-01T12:00:00Z");
    let expected = [
        "GetItem",
        "GetRole",
        "GetItem",
        "GetRole",
        "GetRolePolicy",
        "PutRolePolicy",
        "GetRole",
        "GetRolePolicy",
    ];
    assert_eq!(wire.actions(), expected);
    let put = wire.bodies("PutRolePolicy").remove(0);
    assert!(put.contains(r#""Effect":"Deny","Action":"*","Resource":"*""#), "{put}");
    assert!(put.contains("RoleName=web-frontend&PolicyName=redress-contain-4f1b2c3d4e5f"), "{put}");
}

#[tokio::test]
async fn another_role_of_the_same_name_is_never_touched() {
    let wire = Wire::default().answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[])).fails(
        "GetRolePolicy",
        404,
        "NoSuchEntity",
    );
    assert_eq!(change(&wire).await.unwrap_err().name(), "TargetChanged");
    assert_eq!(wire.actions(), ["GetItem", "GetRole", "GetItem", "GetRole", "GetRolePolicy"]);
    let wire = Wire::default().fails("GetRole", 404, "NoSuchEntity");
    assert_eq!(change(&wire).await.unwrap_err().name(), "TargetChanged");
    assert_eq!(wire.actions(), ["GetItem", "GetRole", "GetItem", "GetRole"]);
}

#[tokio::test]
async fn a_target_that_was_not_recorded_is_not_changed() {
    let other = |change: Contain| RecordOf::<RoleContainment> { change, ..recorded() };
    let forged = [
        other(Contain { policy_name: "read-assets".to_owned(), ..contain() }),
        other(Contain { role_name: "another".to_owned(), ..contain() }),
        RecordOf::<RoleContainment> { case_id: "another".to_owned(), ..recorded() },
        RecordOf::<RoleContainment> { kind: "iam-policy".to_owned(), ..recorded() },
    ];
    for forged in forged {
        let wire = sound().recorded(&recorded());
        let error = Steps::over(&wire).change::<RoleContainment>(&forged).await.unwrap_err();
        assert_eq!(error.name(), "InvalidInput");
        assert!(wire.actions().iter().all(|action| action == "GetItem"), "{:?}", wire.actions());
    }
    let error = Steps::over(&sound()).change::<RoleContainment>(&recorded()).await.unwrap_err();
    assert_eq!(error.name(), "InvalidInput");
}

#[tokio::test]
async fn a_role_that_is_created_again_at_the_same_moment_is_noticed() {
    let wire = sound()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[]));
    let wire = wire.answers("GetRolePolicy", role_policy(&deny_all(CASE)));
    let error = change(&wire).await.unwrap_err();
    assert_eq!(error.name(), "TargetChanged");
    assert!(error.to_string().contains("it has the policy redress-contain-4f1b2c3d4e5f"), "{error}");
}

#[tokio::test]
async fn each_refusal_of_iam_has_its_name() {
    for (status, code, name) in [
        (409, "LimitExceeded", "CannotBeChanged"),
        (400, "UnmodifiableEntity", "CannotBeChanged"),
        (404, "NoSuchEntity", "TargetChanged"),
        (400, "Throttling", "Throttled"),
        (403, "AccessDenied", "AccessDenied"),
        (500, "ServiceFailure", "Unavailable"),
        (409, "ConcurrentModification", "Unavailable"),
        (409, "EntityTemporarilyUnmodifiable", "Unavailable"),
        (400, "MalformedPolicyDocument", "CannotBeChanged"),
        (400, "SomethingNew", "Refused"),
    ] {
        let wire = Wire::default()
            .answers("GetRole", role(ROLE_ID, "/", &[]))
            .fails("GetRolePolicy", 404, "NoSuchEntity")
            .fails("PutRolePolicy", status, code)
            .answers("ListAttachedRolePolicies", attached(&[]))
            .fails("AttachRolePolicy", 409, "LimitExceeded")
            .fails("PutRolePermissionsBoundary", 409, "LimitExceeded");
        let error = change(&wire).await.unwrap_err();
        assert_eq!(error.name(), name, "{code}: {error}");
        let expected = ["GetItem", "GetRole", "GetItem", "GetRole", "GetRolePolicy", "PutRolePolicy"];
        assert_eq!(wire.actions()[..6], expected);
        let takes_another_way = matches!(code, "LimitExceeded" | "AccessDenied");
        assert_eq!(wire.actions().contains(&"AttachRolePolicy".to_owned()), takes_another_way, "{code}");
    }
}

#[tokio::test]
async fn a_policy_that_is_not_there_afterwards_is_an_error() {
    assert_eq!(change(&sound()).await.unwrap_err().name(), "NotReadBack");
    let wire = sound().answers("GetRolePolicy", role_policy(&deny_all("another-case")));
    assert_eq!(change(&wire).await.unwrap_err().name(), "NotReadBack");
}

/// The policy's name is the containment's own, so whatever else it contains was put there to escape.
#[tokio::test]
async fn an_altered_policy_is_put_again() {
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetRolePolicy", role_policy(&serde_json::json!({ "Statement": [] })))
        .answers("GetRolePolicy", role_policy(&deny_all(CASE)))
        .answers("PutRolePolicy", done("PutRolePolicy"));
    change(&wire).await.unwrap();
    assert_eq!(wire.bodies("PutRolePolicy").len(), 1);
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetRolePolicy", role_policy(&deny_all(CASE)))
        .answers("PutRolePolicy", done("PutRolePolicy"));
    change(&wire).await.unwrap();
    assert_eq!(wire.bodies("PutRolePolicy").len(), 1, "IAM may not have seen yet that it was taken off");
}

/// The put took hold. Whatever happens to the read-back, the workflow must verify it and not take it back.
#[tokio::test]
async fn a_read_back_that_fails_is_no_failed_change() {
    for (action, status, code) in [
        ("GetRole", 400, "Throttling"),
        ("GetRole", 403, "AccessDenied"),
        ("GetRole", 500, "ServiceFailure"),
        ("GetRolePolicy", 400, "Throttling"),
        ("GetRolePolicy", 503, "ServiceUnavailable"),
    ] {
        let wire = Wire::default().answers("PutRolePolicy", done("PutRolePolicy"));
        let wire = wire.answers("GetRole", role(ROLE_ID, "/", &[]));
        let wire =
            wire.answers("GetRole", role(ROLE_ID, "/", &[])).fails("GetRolePolicy", 404, "NoSuchEntity");
        let wire = wire.fails(action, status, code);
        let error = change(&wire).await.unwrap_err();
        assert_eq!(error.name(), "NotReadBack", "{action} {code}");
        assert!(error.to_string().contains(code), "{error}");
        assert_eq!(wire.bodies("PutRolePolicy").len(), 1);
    }
}
