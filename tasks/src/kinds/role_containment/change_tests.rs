use super::*;
use crate::testing::{ROLE_ID, Wire, done, role, role_policy};
use contract::{Before, TaskError, policy_name};

pub(crate) fn before() -> Before {
    Before {
        case_id: "4f1b2c3d4e5f".to_owned(),
        role_name: "web-frontend".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/web-frontend".to_owned(),
        role_id: ROLE_ID.to_owned(),
        policy_name: policy_name("4f1b2c3d4e5f"),
        inline_policies: Vec::new(),
        attached_policies: Vec::new(),
        boundary: None,
        taken_at: "2026-01-01T12:00:00Z".to_owned(),
    }
}

async fn contain(wire: &Wire) -> Result<Contained, Error> {
    let wire = wire.clone().recorded(&before());
    ContainRole::run(Input { case_id: "4f1b2c3d4e5f".to_owned(), before: before() }, &wire.aws()).await
}

fn sound() -> Wire {
    Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("PutRolePolicy", done("PutRolePolicy"))
}

#[tokio::test]
async fn the_policy_is_put_and_read_back() {
    let wire = sound().answers("GetRolePolicy", role_policy(&deny_all("4f1b2c3d4e5f")));
    let contained = contain(&wire).await.unwrap();
    assert_eq!(contained.policy_name, "redress-contain-4f1b2c3d4e5f");
    assert_eq!(contained.applied_at, "2026-01-01T12:00:00Z");
    assert_eq!(wire.actions(), ["GetItem", "GetRole", "PutRolePolicy", "GetRole", "GetRolePolicy"]);
    let put = wire.bodies("PutRolePolicy").remove(0);
    assert!(put.contains(r#""Effect":"Deny","Action":"*","Resource":"*""#), "{put}");
    assert!(put.contains("RoleName=web-frontend&PolicyName=redress-contain-4f1b2c3d4e5f"), "{put}");
}

#[tokio::test]
async fn another_role_of_the_same_name_is_never_touched() {
    let wire = Wire::default().answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[]));
    assert_eq!(contain(&wire).await.unwrap_err().name(), "RoleChanged");
    assert_eq!(wire.actions(), ["GetItem", "GetRole"]);
    let wire = Wire::default().fails("GetRole", 404, "NoSuchEntity");
    assert_eq!(contain(&wire).await.unwrap_err().name(), "RoleChanged");
    assert_eq!(wire.actions(), ["GetItem", "GetRole"]);
}

#[tokio::test]
async fn what_was_not_recorded_is_not_acted_on() {
    let forged = [
        Before { policy_name: "read-assets".to_owned(), ..before() },
        Before { role_name: "another".to_owned(), ..before() },
        Before { case_id: "another".to_owned(), ..before() },
    ];
    for forged in forged {
        let wire = sound().recorded(&before());
        let input = Input { case_id: "4f1b2c3d4e5f".to_owned(), before: forged };
        assert_eq!(ContainRole::run(input, &wire.aws()).await.unwrap_err().name(), "InvalidInput");
        assert_eq!(wire.actions(), ["GetItem"]);
    }
    let input = Input { case_id: "4f1b2c3d4e5f".to_owned(), before: before() };
    assert_eq!(ContainRole::run(input, &sound().aws()).await.unwrap_err().name(), "InvalidInput");
}

#[tokio::test]
async fn a_role_that_is_made_again_at_the_same_moment_is_noticed() {
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[]))
        .answers("PutRolePolicy", done("PutRolePolicy"));
    assert_eq!(contain(&wire).await.unwrap_err().name(), "RoleChanged");
}

#[tokio::test]
async fn each_refusal_of_iam_has_its_name() {
    for (status, code, name) in [
        (409, "LimitExceeded", "CannotBeContained"),
        (400, "UnmodifiableEntity", "CannotBeContained"),
        (404, "NoSuchEntity", "CannotBeContained"),
        (400, "Throttling", "Throttled"),
        (403, "AccessDenied", "AccessDenied"),
        (500, "ServiceFailure", "Unavailable"),
        (409, "ConcurrentModification", "Unavailable"),
        (409, "EntityTemporarilyUnmodifiable", "Unavailable"),
        (400, "MalformedPolicyDocument", "Refused"),
    ] {
        let wire =
            Wire::default().answers("GetRole", role(ROLE_ID, "/", &[])).fails("PutRolePolicy", status, code);
        let error = contain(&wire).await.unwrap_err();
        assert_eq!(error.name(), name, "{code}: {error}");
        assert_eq!(wire.actions(), ["GetItem", "GetRole", "PutRolePolicy"]);
    }
}

#[tokio::test]
async fn a_policy_that_is_not_there_afterwards_is_an_error() {
    let wire = sound().fails("GetRolePolicy", 404, "NoSuchEntity");
    assert_eq!(contain(&wire).await.unwrap_err().name(), "NotReadBack");
    let wire = sound().answers("GetRolePolicy", role_policy(&deny_all("another-case")));
    assert_eq!(contain(&wire).await.unwrap_err().name(), "NotReadBack");
}
