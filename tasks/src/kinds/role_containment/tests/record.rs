use super::*;
use crate::testing::{ROLE_ID, Wire, attached, finding, role, role_policies, role_policy};
use contract::TaskError;
use contract::tasks::VerifyContainment;
use contract::tasks::verify_containment::{self, Hold};
use serde_json::json;

async fn snapshot(wire: &Wire) -> Result<Before, Error> {
    SnapshotRole::run(Input { case_id: "4f1b2c3d4e5f".to_owned(), finding: finding() }, &wire.aws()).await
}

#[tokio::test]
async fn the_first_snapshot_of_a_case_counts() {
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("GetRolePolicy", role_policy(&json!({ "Statement": [] })))
        .answers("ListRolePolicies", role_policies(&["read-assets"]))
        .answers(
            "ListAttachedRolePolicies",
            attached(&["arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/A"]),
        );
    let first = snapshot(&wire).await.unwrap();
    assert_eq!(first.inline_policies.len(), 1);
    assert_eq!(first.attached_policies, ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"]);
    let calls = wire.actions().len();
    assert_eq!(snapshot(&wire).await, Ok(first));
    assert_eq!(wire.actions()[calls..], ["GetRole".to_owned(), "GetItem".to_owned()]);
}

#[tokio::test]
async fn a_policy_of_our_name_that_is_not_ours_stops_it() {
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetRolePolicy", role_policy(&json!({ "Statement": [] })));
    assert_eq!(snapshot(&wire).await.unwrap_err().name(), "PolicyNameTaken");
}

#[tokio::test]
async fn a_role_that_changed_is_not_recorded() {
    let wire = Wire::default().answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[]));
    assert_eq!(snapshot(&wire).await.unwrap_err().name(), "RoleChanged");
    let wire = Wire::default().fails("GetRole", 404, "NoSuchEntity");
    assert_eq!(snapshot(&wire).await.unwrap_err().name(), "RoleChanged");
    assert!(wire.records().is_empty());
}

#[tokio::test]
async fn a_containment_holds_drifts_or_has_no_role() {
    let before = crate::contain_role_tests::before();
    for (wire, state) in [
        (
            Wire::default()
                .answers("GetRole", role(ROLE_ID, "/", &[]))
                .answers("GetRolePolicy", role_policy(&deny_all("4f1b2c3d4e5f"))),
            Hold::Holds,
        ),
        (
            Wire::default()
                .answers("GetRole", role(ROLE_ID, "/", &[]))
                .answers("GetRolePolicy", role_policy(&json!({}))),
            Hold::Drifted,
        ),
        (
            Wire::default().answers("GetRole", role(ROLE_ID, "/", &[])).fails(
                "GetRolePolicy",
                404,
                "NoSuchEntity",
            ),
            Hold::Drifted,
        ),
        (Wire::default().answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[])), Hold::RoleGone),
        (Wire::default().fails("GetRole", 404, "NoSuchEntity"), Hold::RoleGone),
    ] {
        let input = verify_containment::Input { case_id: before.case_id.clone(), before: before.clone() };
        let seen = VerifyContainment::run(input, &wire.aws()).await.unwrap();
        assert_eq!(seen.state, state, "{}", seen.detail);
    }
}
