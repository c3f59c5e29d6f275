use super::*;
use crate::testing::accounts::account;
use crate::testing::{attached, role, role_policies, role_policy};
use contract::TaskError;
use contract::steps::record::Error;
use contract::steps::verify::Hold;
use serde_json::json;

async fn record(wire: &Wire) -> Result<RecordOf<RoleContainment>, Error> {
    Steps::over(wire).record::<RoleContainment>(finding(), contain()).await
}

fn of_web() -> Finding<Target> {
    let target = Target { role_name: "web".to_owned(), ..target() };
    finding_about(super::super::super::resource::<RoleContainment>(target))
}

#[tokio::test]
async fn the_first_record_of_a_case_counts() {
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .fails("GetRolePolicy", 404, "NoSuchEntity")
        .answers("GetRolePolicy", role_policy(&json!({ "Statement": [] })))
        .answers("ListRolePolicies", role_policies(&["read-assets"]))
        .answers(
            "ListAttachedRolePolicies",
            attached(&["arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/A"]),
        );
    let first = record(&wire).await.unwrap();
    assert_eq!(first.was.inline_policies.len(), 1);
    assert_eq!(first.was.attached_policies, ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"]);
    assert_eq!((first.account.as_str(), first.what.as_str()), ("123456789012", "the role web-frontend"));
    let calls = wire.actions().len();
    assert_eq!(record(&wire).await, Ok(first));
    assert_eq!(wire.actions()[calls..], ["GetItem".to_owned(), "GetRole".to_owned()]);
    for another in [
        Target { role_name: "another".to_owned(), ..target() },
        // The role of this name in the finding is another one than that on record.
        Target { role_id: "AROAANOTHER0000000001".to_owned(), ..target() },
    ] {
        let another = finding_about(super::super::super::resource::<RoleContainment>(another));
        let error = Steps::over(&wire).record::<RoleContainment>(another, contain()).await.unwrap_err();
        assert_eq!(error.name(), "TargetChanged");
    }
}

#[tokio::test]
async fn the_words_of_a_containment() {
    let inline = |name: &str| contract::kinds::role_containment::Inline {
        name: name.to_owned(),
        sha256: "x".to_owned(),
    };
    let was = Role {
        inline_policies: vec![inline("read-assets"), inline("redress-contain-0a1b2c3d4e5f")],
        ..recorded().was
    };
    let recorded = of_role(was);
    assert_eq!(recorded.words.done, "contained");
    assert_eq!(recorded.words.changed, "Everything is denied to the role web-frontend.");
    assert_eq!(recorded.words.stays, "The role web-frontend stays contained.");
    assert_eq!(
        recorded.words.undo,
        "It removes redress-contain-4f1b2c3d4e5f and nothing else, and checks that it is gone."
    );
    let commands = |case: &str| {
        ["get", "delete"].map(|verb| {
            format!(
                "aws iam {verb}-role-policy --role-name web-frontend --policy-name redress-contain-{case}"
            )
        })
    };
    assert_eq!(recorded.words.by_hand, commands(CASE));
    use super::super::super::Reversible;
    let containment = RoleContainment::reversible(CASE, &recorded.change, &recorded.was).unwrap();
    assert_eq!(containment.left_alone(), commands("0a1b2c3d4e5f"), "the containment of another case");
}

/// The name of the next containment can be guessed. A policy that somebody put there under it neither blocks the
/// containment, nor comes back with the undo, whatever it says.
#[tokio::test]
async fn a_planted_policy_does_not_block_the_containment() {
    for planted in [
        json!({ "Statement": [] }),
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "none:none", "Resource": "*" }] }),
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] }),
        deny_all("another-case"),
    ] {
        let wire = Wire::of(account(1));
        let name = policy_name(CASE);
        wire.change(|it| drop(it.holder("Role", "web").inline.insert(name.clone(), planted.to_string())));
        let steps = Steps::over(&wire);
        let recorded = steps.record_planned::<RoleContainment>(of_web()).await.unwrap();
        let changed = steps.change::<RoleContainment>(&recorded).await.unwrap();
        assert!(changed.what.contains("Somebody else had put a policy there"), "{}", changed.what);
        let on_role = |wire: &Wire| {
            wire.account().holders[&("Role".to_owned(), "web".to_owned())].inline.get(&name).cloned()
        };
        let there: serde_json::Value = serde_json::from_str(&on_role(&wire).unwrap()).unwrap();
        assert_eq!(there, deny_all(CASE), "{planted}");
        assert_eq!(steps.verify::<RoleContainment>(&recorded).await, Hold::Holds);
        steps.restore::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!(on_role(&wire), None, "{planted}");
    }
}

#[tokio::test]
async fn a_role_that_changed_is_not_recorded() {
    let wire = Wire::default().answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[]));
    assert_eq!(record(&wire).await.unwrap_err().name(), "TargetChanged");
    let wire = Wire::default().fails("GetRole", 404, "NoSuchEntity");
    assert_eq!(record(&wire).await.unwrap_err().name(), "TargetChanged");
    assert!(wire.records().is_empty());
}

#[tokio::test]
async fn only_the_containment_of_the_case_is_recorded() {
    for forged in [
        Contain { policy_name: "read-assets".to_owned(), ..contain() },
        Contain { role_name: "another".to_owned(), ..contain() },
    ] {
        let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
        let error = Steps::over(&wire).record::<RoleContainment>(finding(), forged).await.unwrap_err();
        assert_eq!(error.name(), "TargetChanged");
        assert!(wire.records().is_empty());
    }
}

#[tokio::test]
async fn a_containment_holds_was_reverted_or_has_no_role() {
    let there = || {
        Wire::default()
            .answers("GetRole", role(ROLE_ID, "/", &[]))
            .answers("ListAttachedRolePolicies", attached(&[]))
    };
    let another = || Wire::default().answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[]));
    for (wire, state) in [
        (there().answers("GetRolePolicy", role_policy(&deny_all(CASE))), Hold::Holds),
        (there().answers("GetRolePolicy", role_policy(&json!({}))), Hold::PutBack),
        (there().fails("GetRolePolicy", 404, "NoSuchEntity"), Hold::PutBack),
        (another().fails("GetRolePolicy", 404, "NoSuchEntity"), Hold::Gone),
        (Wire::default().fails("GetRole", 404, "NoSuchEntity"), Hold::Gone),
    ] {
        let wire = wire.recorded(&recorded());
        assert_eq!(Steps::over(&wire).verify::<RoleContainment>(&recorded()).await, state);
    }
}
