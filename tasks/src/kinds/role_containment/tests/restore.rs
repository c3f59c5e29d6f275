use super::*;
use crate::runtime::Run;
use crate::testing::steps::assert_verdict;
use crate::testing::{attached, done, role, role_policies, role_policy};
use contract::kinds::role_containment::Inline;
use contract::steps::check_guardrails::{Follows, Ruling};
use contract::steps::restore::Error;
use contract::steps::{OnRecord, Restore};
use contract::{Restored, TaskError};
use serde_json::{Value, json};

async fn restore(wire: &Wire, recorded: RecordOf<RoleContainment>) -> Result<Restored, Error> {
    let wire = wire.clone().recorded(&recorded);
    Steps::over(&wire).restore::<RoleContainment>(&recorded).await
}

fn restored(restored: bool) -> Restored {
    Restored { restored, ..Restored::default() }
}

fn sha256(document: &Value) -> String {
    crate::aws::document::hash_text(&document.to_string())
}

fn contained() -> Wire {
    Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetRolePolicy", role_policy(&deny_all(CASE)))
        .answers("DeleteRolePolicy", done("DeleteRolePolicy"))
}

#[tokio::test]
async fn the_policy_is_removed_and_read_back() {
    let wire = contained()
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("ListRolePolicies", role_policies(&[]))
        .answers("ListAttachedRolePolicies", attached(&[]));
    assert_eq!(restore(&wire, recorded()).await, Ok(restored(true)));
    let expected = [
        "GetItem",
        "GetRole",
        "GetItem",
        "GetRole",
        "GetRolePolicy",
        "DeleteRolePolicy",
        "GetRole",
        "GetRolePolicy",
        "GetItem",
        "PutItem",
        "ListRolePolicies",
        "ListAttachedRolePolicies",
        "GetRole",
    ];
    assert_eq!(wire.actions(), expected);
}

/// A person has looked and taken the containment off: a later finding about the role asks first. A containment that
/// nobody asked to take off stays.
#[tokio::test]
async fn an_undo_that_a_person_asked_for_holds_for_later_findings() {
    for (asked_by, ruling, guardrails) in [
        (Some("grace@example.com".to_owned()), Ruling::AskFirst, &["taken-back"][..]),
        (None, Ruling::Proceed, &[]),
    ] {
        let wire = contained()
            .fails("GetRolePolicy", 404, "NoSuchEntity")
            .answers("ListRolePolicies", role_policies(&[]))
            .answers("ListAttachedRolePolicies", attached(&[]))
            .recorded(&recorded());
        let undo = OnRecord {
            case_id: CASE.to_owned(),
            recorded: recorded(),
            asked_by,
            again: false,
            unrecorded: false,
        };
        let was_asked = undo.asked_by.is_some();
        let undone = Restore::<RoleContainment>::run(undo, &wire.aws()).await;
        assert_eq!(undone.as_ref().err().map(TaskError::name), (!was_asked).then_some("TookHold"));
        let later = Finding { id: "another".to_owned(), ..finding() };
        let verdict = Steps::over(&wire).check::<RoleContainment>(later, Follows::IfClear).await.unwrap();
        assert_verdict(&verdict, ruling, guardrails);
    }
}

#[tokio::test]
async fn restoring_twice_is_restoring_once() {
    let released = || {
        Wire::default()
            .answers("GetRole", role(ROLE_ID, "/", &[]))
            .answers("ListRolePolicies", role_policies(&[]))
            .answers("ListAttachedRolePolicies", attached(&[]))
    };
    let wire = released().fails("GetRolePolicy", 404, "NoSuchEntity");
    assert_eq!(restore(&wire, recorded()).await, Ok(restored(false)));
    assert!(!wire.actions().contains(&"DeleteRolePolicy".to_owned()));
    // Somebody else deletes it at the same moment.
    let wire = released()
        .answers("GetRolePolicy", role_policy(&deny_all(CASE)))
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .fails("DeleteRolePolicy", 404, "NoSuchEntity");
    assert_eq!(restore(&wire, recorded()).await, Ok(restored(false)));
}

#[tokio::test]
async fn drift_is_refused_and_shown() {
    let changed = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "s3:*", "Resource": "*" }] });
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetRolePolicy", role_policy(&changed));
    let error = restore(&wire, recorded()).await.unwrap_err();
    assert_eq!(error.name(), "Drifted");
    assert!(error.to_string().contains(r#""Action":"s3:*""#), "{error}");
    let wire = Wire::default().answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[])).fails(
        "GetRolePolicy",
        404,
        "NoSuchEntity",
    );
    assert_eq!(restore(&wire, recorded()).await.unwrap_err().name(), "Drifted");
    assert_eq!(wire.actions(), ["GetItem", "GetRole", "GetItem", "GetRole", "GetRolePolicy"]);
}

#[tokio::test]
async fn a_policy_that_comes_back_is_an_error() {
    assert_eq!(restore(&contained(), recorded()).await.unwrap_err().name(), "NotReadBack");
}

#[tokio::test]
async fn other_changes_are_reported_and_left_alone() {
    let was = json!({ "Statement": [] });
    let inline = |name: &str| Inline { name: name.to_owned(), sha256: sha256(&was) };
    let recorded = of_role(Role {
        inline_policies: ["gone", "same", "other"].map(inline).into(),
        attached_policies: vec!["arn:aws:iam::aws:policy/A".to_owned()],
        ..recorded().was
    });
    let is = json!({ "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("GetRolePolicy", role_policy(&is))
        .answers("GetRolePolicy", role_policy(&is))
        .answers("GetRolePolicy", role_policy(&was))
        .answers("ListRolePolicies", role_policies(&["new", "other", "same"]))
        .answers("ListAttachedRolePolicies", attached(&["arn:aws:iam::aws:policy/B"]));
    let restored = restore(&wire, recorded).await.unwrap();
    let expected = [
        "The inline policy new is new.",
        "The inline policy other was changed.",
        "The inline policy gone was deleted.",
        "arn:aws:iam::aws:policy/B was attached.",
        "arn:aws:iam::aws:policy/A was detached.",
    ];
    assert_eq!(restored.changed_meanwhile, expected);
}

#[tokio::test]
async fn a_containment_that_nobody_asked_to_take_back_stays() {
    let wire = contained().recorded(&recorded());
    let error = Steps::over(&wire).tidy::<RoleContainment>(&recorded()).await.unwrap_err();
    assert_eq!(error.name(), "TookHold");
    assert!(wire.bodies("DeleteRolePolicy").is_empty());
}
