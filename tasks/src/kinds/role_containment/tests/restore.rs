use super::*;
use crate::contain_role_tests::before;
use crate::testing::{ROLE_ID, Wire, attached, done, role, role_policies, role_policy};
use contract::{Inline, TaskError};
use serde_json::json;

async fn restore(wire: &Wire, before: Before) -> Result<Output, Error> {
    let wire = wire.clone().recorded(&before);
    RestoreRole::run(Input { case_id: before.case_id.clone(), before }, &wire.aws()).await
}

fn contained() -> Wire {
    Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetRolePolicy", role_policy(&deny_all("4f1b2c3d4e5f")))
        .answers("DeleteRolePolicy", done("DeleteRolePolicy"))
}

#[tokio::test]
async fn what_was_put_is_removed_and_looked_for() {
    let wire = contained()
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("ListRolePolicies", role_policies(&[]))
        .answers("ListAttachedRolePolicies", attached(&[]));
    assert_eq!(restore(&wire, before()).await, Ok(Output { removed: true, changed_meanwhile: Vec::new() }));
    let expected = [
        "GetItem",
        "GetRole",
        "GetRolePolicy",
        "DeleteRolePolicy",
        "GetRolePolicy",
        "ListRolePolicies",
        "ListAttachedRolePolicies",
    ];
    assert_eq!(wire.actions(), expected);
}

#[tokio::test]
async fn restoring_twice_is_restoring_once() {
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("ListRolePolicies", role_policies(&[]))
        .answers("ListAttachedRolePolicies", attached(&[]));
    assert_eq!(restore(&wire, before()).await, Ok(Output { removed: false, changed_meanwhile: Vec::new() }));
    assert!(!wire.actions().contains(&"DeleteRolePolicy".to_owned()));
}

#[tokio::test]
async fn drift_is_refused_and_shown() {
    let changed = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "s3:*", "Resource": "*" }] });
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetRolePolicy", role_policy(&changed));
    let error = restore(&wire, before()).await.unwrap_err();
    assert_eq!(error.name(), "Drifted");
    assert!(error.to_string().contains(r#""Action":"s3:*""#), "{error}");
    let wire = Wire::default().answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[])).fails(
        "GetRolePolicy",
        404,
        "NoSuchEntity",
    );
    assert_eq!(restore(&wire, before()).await.unwrap_err().name(), "Drifted");
    assert_eq!(wire.actions(), ["GetItem", "GetRole", "GetRolePolicy"]);
}

#[tokio::test]
async fn a_policy_that_comes_back_is_an_error() {
    assert_eq!(restore(&contained(), before()).await.unwrap_err().name(), "NotReadBack");
}

#[tokio::test]
async fn what_else_changed_is_told_and_left_alone() {
    let was = json!({ "Statement": [] });
    let mut before = before();
    before.inline_policies = vec![
        Inline { name: "gone".to_owned(), sha256: role::hash(&was) },
        Inline { name: "same".to_owned(), sha256: role::hash(&was) },
        Inline { name: "other".to_owned(), sha256: role::hash(&was) },
    ];
    before.attached_policies = vec!["arn:aws:iam::aws:policy/A".to_owned()];
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
    let output = restore(&wire, before).await.unwrap();
    let expected = [
        "The inline policy new is new.",
        "The inline policy other was changed.",
        "The inline policy gone was deleted.",
        "arn:aws:iam::aws:policy/B was attached.",
        "arn:aws:iam::aws:policy/A was detached.",
    ];
    assert_eq!(output.changed_meanwhile, expected);
}
