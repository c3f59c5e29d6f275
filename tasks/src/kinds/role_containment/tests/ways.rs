//! A containment that IAM or somebody else stands in the way of.

use super::*;
use crate::testing::accounts::{ADMIN, DENY_ALL, OTHER_BOUNDARY, account};
use crate::testing::iam::{Account as Iam, FailsAt, Holder};
use contract::steps::verify::Hold;
use contract::{Plan, TaskError};

type Edit = fn(&mut Iam);

fn web() -> Finding<Target> {
    let target = Target { role_name: "web".to_owned(), ..target() };
    finding_about(super::super::super::resource::<RoleContainment>(target))
}

fn holder(wire: &Wire) -> Holder {
    wire.account().holders[&("Role".to_owned(), "web".to_owned())].clone()
}

/// Fills the quota of inline policies.
fn fill(account: &mut Iam) {
    let document = serde_json::json!({ "Sid": "x".repeat(9_000) }).to_string();
    account.holder("Role", "web").inline.insert("full".to_owned(), document);
    let more = serde_json::json!({ "Sid": "x".repeat(1_000) }).to_string();
    account.holder("Role", "web").inline.insert("fuller".to_owned(), more);
}

/// Fills the quota of attached policies as well.
fn fill_both(account: &mut Iam) {
    fill(account);
    let attached = (0..10).map(|n| format!("arn:aws:iam::123456789012:policy/p{n}"));
    account.holder("Role", "web").attached = attached.collect();
}

fn bounded(account: &mut Iam) {
    fill_both(account);
    account.holder("Role", "web").boundary = Some(OTHER_BOUNDARY.to_owned());
}

/// The ways that deny everything to the role.
fn ways(wire: &Wire) -> Vec<Way> {
    let role = holder(wire);
    let is_inline = role
        .inline
        .get(&policy_name(CASE))
        .is_some_and(|text| serde_json::from_str::<serde_json::Value>(text).unwrap() == deny_all(CASE));
    let is_boundary = role.boundary.as_deref() == Some(DENY_ALL);
    let there = [is_inline, role.attached.contains(DENY_ALL), is_boundary];
    Way::ALL.into_iter().zip(there).filter_map(|(way, there)| there.then_some(way)).collect()
}

#[tokio::test]
async fn a_full_role_is_contained_in_another_way_and_taken_back_exactly() {
    let cases: [(Edit, Way, &str, &str); 4] = [
        (|_| {}, Way::Inline, "An inline policy that denies everything would be put on the role.", "web?"),
        (
            fill,
            Way::Attached,
            "AWSDenyAll would be attached to the role, since its inline",
            "by attaching AWSDenyAll?",
        ),
        (fill_both, Way::Boundary, "If IAM refuses that as well", "by attaching AWSDenyAll?"),
        (bounded, Way::Boundary, "If IAM refuses that as well", "by attaching AWSDenyAll?"),
    ];
    for (edit, way, effect, question) in cases {
        let wire = Wire::of(account(1));
        wire.change(edit);
        let (was, steps) = (wire.account(), Steps::over(&wire));
        let Plan::Change(plan) = steps.look::<RoleContainment>(web()).await.unwrap().plan else { panic!() };
        assert!(plan.effect.contains(effect) && plan.question.ends_with(question), "{plan:?}");
        let recorded = steps.record::<RoleContainment>(web(), plan.change).await.unwrap();
        let changed = steps.change::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!(ways(&wire), [way], "{}", changed.what);
        if way == Way::Boundary {
            assert!(
                changed.what.contains("LimitExceeded") && changed.what.contains("By hand: aws iam "),
                "{}",
                changed.what
            );
        }
        assert_eq!(steps.verify::<RoleContainment>(&recorded).await, Hold::Holds);
        assert_eq!(steps.tidy::<RoleContainment>(&recorded).await.unwrap_err().name(), "TookHold");
        let again = steps.change::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!(ways(&wire), [way], "twice is once: {}", again.what);
        assert!(steps.restore::<RoleContainment>(&recorded).await.unwrap().restored);
        assert_eq!(wire.account(), was, "{way:?}");
        assert!(!steps.restore::<RoleContainment>(&recorded).await.unwrap().restored);
    }
}

/// The quota is filled after the look: the plan says inline, and the next ways are taken.
#[tokio::test]
async fn a_role_that_is_filled_at_the_last_moment_is_contained_all_the_same() {
    for (edit, way) in [(fill as Edit, Way::Attached), (fill_both, Way::Boundary)] {
        let wire = Wire::of(account(1));
        let steps = Steps::over(&wire);
        let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
        wire.change(edit);
        let was = wire.account();
        let changed = steps.change::<RoleContainment>(&recorded).await.unwrap();
        assert!(changed.what.contains("By hand: aws iam "), "{}", changed.what);
        assert_eq!((ways(&wire), steps.verify::<RoleContainment>(&recorded).await), (vec![way], Hold::Holds));
        steps.restore::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!(wire.account(), was);
    }
}

#[tokio::test]
async fn what_somebody_else_put_is_not_taken_back() {
    // A person denies the role in the same way before it is recorded, or after it.
    for late in [false, true] {
        let wire = Wire::of(account(1));
        wire.change(fill);
        let attach = |it: &mut Iam| {
            it.holder("Role", "web").attached.insert(DENY_ALL.to_owned());
        };
        let steps = Steps::over(&wire);
        if !late {
            wire.change(attach);
        }
        let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
        if late {
            wire.change(attach);
        }
        let was = wire.account();
        steps.change::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!(ways(&wire), [Way::Attached, Way::Boundary]);
        steps.restore::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!(wire.account(), was);
    }
    // A boundary that somebody changed since is drift.
    let wire = Wire::of(account(1));
    wire.change(fill_both);
    let steps = Steps::over(&wire);
    let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
    steps.change::<RoleContainment>(&recorded).await.unwrap();
    wire.change(|it| it.holder("Role", "web").boundary = Some(ADMIN.to_owned()));
    assert_eq!(steps.restore::<RoleContainment>(&recorded).await.unwrap_err().name(), "Drifted");
    assert_eq!(holder(&wire).boundary.as_deref(), Some(ADMIN));
}

/// Who takes the first denial off has to find the second one as well.
#[tokio::test]
async fn a_containment_that_is_fought_gets_a_second_denial() {
    let wire = Wire::of(account(1));
    let (was, steps) = (wire.account(), Steps::over(&wire));
    let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
    steps.change::<RoleContainment>(&recorded).await.unwrap();
    fn free(account: &mut Iam) {
        let role = account.holder("Role", "web");
        role.inline.remove(&policy_name(CASE));
        role.attached.remove(DENY_ALL);
        role.boundary = None;
    }
    for expected in [&[Way::Inline, Way::Attached][..], &Way::ALL, &Way::ALL] {
        wire.change(free);
        assert_eq!(steps.verify::<RoleContainment>(&recorded).await, Hold::PutBack);
        let changed = steps.change_again::<RoleContainment>(&recorded).await.unwrap();
        assert!(changed.what.contains("denied in more than one way now"), "{}", changed.what);
        assert_eq!(ways(&wire), expected);
        // As long as one denial is left, everything is denied.
        wire.change(|it| drop(it.holder("Role", "web").inline.remove(&policy_name(CASE))));
        assert_eq!(steps.verify::<RoleContainment>(&recorded).await, Hold::Holds);
    }
    // An undo takes off whatever is left of it.
    wire.change(|it| {
        it.holder("Role", "web").attached.remove(DENY_ALL);
    });
    steps.restore::<RoleContainment>(&recorded).await.unwrap();
    assert_eq!(wire.account(), was);
}

#[tokio::test]
async fn a_fault_at_any_call_of_another_way_is_made_good() {
    for (edit, way) in [(fill as Edit, Way::Attached), (bounded, Way::Boundary)] {
        let mut injected = 0;
        for call in 0.. {
            let mut occurred = 0;
            for after in [false, true] {
                let wire = Wire::of(account(1));
                wire.change(edit);
                let (was, steps) = (wire.account(), Steps::over(&wire));
                let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
                wire.fails_at(Some(FailsAt { call, after }));
                let failed = steps.change::<RoleContainment>(&recorded).await.is_err();
                wire.fails_at(None);
                steps.change::<RoleContainment>(&recorded).await.unwrap();
                assert_eq!(ways(&wire), [way], "{call} {after}");
                wire.fails_at(Some(FailsAt { call, after }));
                let stuck = steps.restore::<RoleContainment>(&recorded).await.is_err();
                wire.fails_at(None);
                steps.restore::<RoleContainment>(&recorded).await.unwrap();
                assert_eq!(wire.account(), was, "{call} {after}");
                occurred += usize::from(failed) + usize::from(stuck);
            }
            injected += occurred;
            if occurred == 0 {
                break;
            }
        }
        assert!(injected >= 10, "{injected}");
    }
}

/// The containment does not wait for its note; what is not noted is not taken back, and people read of it.
#[tokio::test]
async fn without_the_table_a_full_role_is_contained() {
    let wire = Wire::of(account(1));
    let steps = Steps::over(&wire);
    let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
    wire.change(fill);
    let down = wire.clone().fails_json("GetItem", 400, "ThrottlingException");
    let changed = Steps::over(&down).change_without_the_table::<RoleContainment>(&recorded).await.unwrap();
    assert!(changed.what.contains("the undo will not take back what it does not know"), "{}", changed.what);
    assert_eq!(ways(&wire), [Way::Attached]);
    assert_eq!(Steps::over(&down).verify::<RoleContainment>(&recorded).await, Hold::Holds);
    let up = Wire::of(wire.account()).recorded(&recorded);
    let restored = Steps::over(&up).restore::<RoleContainment>(&recorded).await.unwrap();
    assert_eq!(
        restored.changed_meanwhile.iter().filter(|one| one.contains("AWSDenyAll was attached")).count(),
        1
    );
    assert_eq!(ways(&up), [Way::Attached]);
}

/// A service control policy may deny one of the calls. The containment fails only if it denies all of them.
#[tokio::test]
async fn a_call_that_is_denied_leaves_the_other_ways() {
    for (calls, expected) in [
        (&["PutRolePolicy"][..], Some(Way::Attached)),
        (&["PutRolePolicy", "AttachRolePolicy"], Some(Way::Boundary)),
        (&["PutRolePolicy", "AttachRolePolicy", "PutRolePermissionsBoundary"], None),
    ] {
        let wire = Wire::of(account(1));
        let wire = calls.iter().fold(wire, |wire, call| wire.fails(call, 403, "AccessDenied"));
        let (was, steps) = (wire.account(), Steps::over(&wire));
        let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
        let changed = steps.change::<RoleContainment>(&recorded).await;
        let Some(way) = expected else {
            assert_eq!(changed.unwrap_err().name(), "AccessDenied");
            continue;
        };
        let changed = changed.unwrap();
        assert!(changed.what.contains("AccessDenied"), "{}", changed.what);
        assert_eq!((ways(&wire), steps.verify::<RoleContainment>(&recorded).await), (vec![way], Hold::Holds));
        steps.restore::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!(wire.account(), was);
    }
}

/// A run recorded the containment and ended before it was made. By then another way is planned, since somebody has filled
/// the role or made room.
#[tokio::test]
async fn a_containment_that_was_recorded_for_another_way_is_made() {
    for (before, after, way) in [
        ((|_| {}) as Edit, fill as Edit, Way::Attached),
        (fill, |it: &mut Iam| it.holder("Role", "web").inline.clear(), Way::Attached),
    ] {
        let wire = Wire::of(account(1));
        wire.change(before);
        let steps = Steps::over(&wire);
        let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
        wire.change(after);
        let was = wire.account();
        assert_eq!(steps.record_planned::<RoleContainment>(web()).await.as_ref(), Ok(&recorded));
        steps.change::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!((ways(&wire), steps.verify::<RoleContainment>(&recorded).await), (vec![way], Hold::Holds));
        steps.restore::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!(wire.account(), was);
    }
}

/// Whoever replaces the boundary that contains the role finds it denied again, as often as that.
#[tokio::test]
async fn a_boundary_that_is_replaced_is_denied_again() {
    for (fill, was) in [(fill_both as Edit, "none"), (bounded, OTHER_BOUNDARY)] {
        let wire = Wire::of(account(1));
        wire.change(fill);
        let (before, steps) = (wire.account(), Steps::over(&wire));
        let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
        steps.change::<RoleContainment>(&recorded).await.unwrap();
        for _ in 0..2 {
            wire.change(|it| it.holder("Role", "web").boundary = Some(ADMIN.to_owned()));
            assert_eq!(steps.verify::<RoleContainment>(&recorded).await, Hold::PutBack);
            let changed = steps.change_again::<RoleContainment>(&recorded).await.unwrap();
            assert_eq!(ways(&wire), [Way::Boundary], "{was}");
            let replaced = format!("replaced a boundary that was not recorded: {ADMIN}");
            assert!(changed.what.contains(&replaced), "{}", changed.what);
            assert_eq!(steps.verify::<RoleContainment>(&recorded).await, Hold::Holds);
        }
        let restored = steps.restore::<RoleContainment>(&recorded).await.unwrap();
        let about = restored.changed_meanwhile.iter().filter(|one| one.contains(ADMIN)).count();
        assert_eq!(about, 1, "{:?}", restored.changed_meanwhile);
        assert_eq!(wire.account(), before, "{was}");
    }
}

/// A boundary that is changed all the time does not keep the role from being contained.
#[tokio::test]
async fn a_boundary_that_is_flipped_before_the_change_is_no_obstacle() {
    for flipped in [Some(ADMIN), None] {
        let wire = Wire::of(account(1));
        wire.change(bounded);
        let (before, steps) = (wire.account(), Steps::over(&wire));
        let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
        wire.change(|it| it.holder("Role", "web").boundary = flipped.map(str::to_owned));
        steps.change::<RoleContainment>(&recorded).await.unwrap();
        assert_eq!(
            (ways(&wire), steps.verify::<RoleContainment>(&recorded).await),
            (vec![Way::Boundary], Hold::Holds)
        );
        let restored = steps.restore::<RoleContainment>(&recorded).await.unwrap();
        let name = flipped.unwrap_or("none");
        assert!(restored.changed_meanwhile.iter().any(|one| one.contains(name)), "{restored:?}");
        assert_eq!(wire.account(), before);
    }
}

/// A way that IAM refuses to put once more may be there all the same: the undo takes it back.
#[tokio::test]
async fn what_may_still_be_there_is_not_forgotten() {
    let wire = Wire::of(account(1));
    wire.change(fill);
    let (before, steps) = (wire.account(), Steps::over(&wire));
    let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
    steps.change::<RoleContainment>(&recorded).await.unwrap();
    assert_eq!(ways(&wire), [Way::Attached]);
    let refusing = wire.clone().fails("AttachRolePolicy", 403, "AccessDenied");
    Steps::over(&refusing).change_again::<RoleContainment>(&recorded).await.unwrap();
    assert_eq!(ways(&wire), [Way::Attached, Way::Boundary]);
    assert!(steps.restore::<RoleContainment>(&recorded).await.unwrap().restored);
    assert_eq!(wire.account(), before);
}

/// A try that ends after its note leaves no note about what somebody else attached.
#[tokio::test]
async fn an_attachment_that_was_there_before_is_never_detached() {
    for call in 0..40 {
        let wire = Wire::of(account(1));
        wire.change(fill);
        wire.change(|it| {
            it.holder("Role", "web").attached.insert(DENY_ALL.to_owned());
        });
        let (before, steps) = (wire.account(), Steps::over(&wire));
        let recorded = steps.record_planned::<RoleContainment>(web()).await.unwrap();
        for after in [false, true] {
            wire.fails_at(Some(FailsAt { call, after }));
            let _ = steps.change::<RoleContainment>(&recorded).await;
            wire.fails_at(None);
            let restored = steps.restore::<RoleContainment>(&recorded).await.unwrap();
            assert_eq!(wire.account(), before, "{call} {after}");
            let detach = restored.left_alone.iter().any(|one| one.contains("detach-role-policy"));
            assert!(detach, "{:?}", restored.left_alone);
        }
    }
}
