//! Least privilege, for every step of every kind: each may do what its step does, and nothing of another step.

use crate::kinds::{ChangingKind, LookingKind, StepProfile};
use crate::runtime::permissions::{Effect, Statement};
use contract::kinds;
use std::collections::BTreeSet;

/// The actions that these statements allow and that can change something in an account. The case table is the
/// responder's own.
fn writes(profile: &StepProfile) -> BTreeSet<&'static str> {
    let reads = |action: &str| {
        let name = action.split_once(':').map_or(action, |(_, name)| name);
        ["Get", "List", "Describe", "Generate"].iter().any(|verb| name.starts_with(verb))
    };
    let allowed = profile.iam.iter().filter(|statement| statement.effect == Effect::Allow);
    let actions = allowed.flat_map(|statement| statement.actions.iter().copied());
    actions
        .filter(|action| {
            !reads(action) && !["dynamodb:PutItem", "sts:AssumeRole", "sts:TagSession"].contains(action)
        })
        .collect()
}

/// The records of the case table that these statements allow a call for.
fn records(profile: &StepProfile, action: &str) -> BTreeSet<&'static str> {
    let statements = profile.iam.iter().filter(|statement| statement.actions.contains(&action));
    let conditions = statements.flat_map(|statement: &Statement| statement.conditions);
    let keys = conditions.filter(|condition| condition.operator == "ForAllValues:StringLike");
    keys.flat_map(|condition| condition.values.iter().copied()).collect()
}

fn denied(profile: &StepProfile) -> BTreeSet<&'static str> {
    let denied = profile.iam.iter().filter(|statement| statement.effect == Effect::Deny);
    denied.flat_map(|statement| statement.actions.iter().copied()).collect()
}

fn assert_looking<K: LookingKind>() {
    assert_eq!(writes(&K::LOOK), BTreeSet::new(), "{} look", K::NAME);
    assert_eq!(records(&K::LOOK, "dynamodb:GetItem"), BTreeSet::new(), "{} look", K::NAME);
}

fn assert_changing<K: ChangingKind>() {
    assert_looking::<K>();
    let name = K::NAME;
    for profile in [&K::CHECK_GUARDRAILS, &K::RECORD, &K::VERIFY] {
        assert_eq!(writes(profile), BTreeSet::new(), "{name}: {}", profile.summary);
    }
    for profile in [&K::CHANGE, &K::RESTORE] {
        assert!(!writes(profile).is_empty(), "{name}: {}", profile.summary);
        assert_eq!(denied(profile), writes(profile), "{name}: {}", profile.summary);
    }
    let before = BTreeSet::from(["before#${Kind}#*"]);
    let (get, put) = ("dynamodb:GetItem", "dynamodb:PutItem");
    assert_eq!(
        (records(&K::RECORD, get), records(&K::RECORD, put)),
        (before.clone(), before.clone()),
        "{name}"
    );
    // A look after the change must not depend on the case table: a change that holds would count as not verified.
    assert_eq!((records(&K::VERIFY, get), records(&K::VERIFY, put)), Default::default(), "{name}");
    // A change that could be somebody else's is marked.
    let begun = records(&K::CHANGE, put);
    assert!(begun.iter().all(|key| *key == "begun#${Kind}#*"), "{name}: {begun:?}");
    assert_eq!(records(&K::CHANGE, get), before.union(&begun).copied().collect(), "{name}");
    // The undo is remembered if the guardrails read it, and only then.
    let remembered = records(&K::CHECK_GUARDRAILS, get).contains("restored#${Kind}#*");
    assert_eq!(records(&K::CHECK_GUARDRAILS, put), BTreeSet::from(["breaker#${Kind}"]), "{name}");
    let restored = if remembered { BTreeSet::from(["restored#${Kind}#*"]) } else { BTreeSet::new() };
    assert_eq!(records(&K::RESTORE, put), restored, "{name}");
    assert!(records(&K::RESTORE, get).is_superset(&before), "{name}");
}

/// What a change does and what an undo does are different calls, except where IAM has one call for both.
#[test]
fn a_step_has_the_permissions_of_its_own_step_alone() {
    macro_rules! changing {
        ($($kind:ident)*) => { $( assert_changing::<kinds::$kind>(); )* };
    }
    macro_rules! looking {
        ($($kind:ident)*) => { $( assert_looking::<kinds::$kind>(); )* };
    }
    contract::for_each_changing_kind!(changing);
    contract::for_each_looking_kind!(looking);
    let only = |profile: &StepProfile| writes(profile).into_iter().collect::<Vec<_>>();
    // The former boundary can be any policy. What `change` puts is `AWSDenyAll`, and nothing else.
    assert_eq!(
        only(&kinds::RoleContainment::CHANGE),
        ["iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
    );
    assert_eq!(
        only(&kinds::RoleContainment::RESTORE),
        [
            "iam:DeleteRolePermissionsBoundary",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary"
        ]
    );
    for (profile, action, key) in [
        (&kinds::RoleContainment::CHANGE, "iam:AttachRolePolicy", "iam:PolicyARN"),
        (&kinds::RoleContainment::CHANGE, "iam:PutRolePermissionsBoundary", "iam:PermissionsBoundary"),
        (&kinds::RoleContainment::RESTORE, "iam:DetachRolePolicy", "iam:PolicyARN"),
        (&kinds::RoleContainment::RESTORE, "iam:DeleteRolePermissionsBoundary", "iam:PermissionsBoundary"),
    ] {
        let mut allowing = profile.iam.iter().filter(|statement| statement.effect == Effect::Allow);
        let conditions = allowing.find(|statement| statement.actions.contains(&action)).unwrap().conditions;
        let [condition] = conditions else { panic!("{action}") };
        let values: &[&str] = &["arn:*:iam::aws:policy/AWSDenyAll"];
        assert_eq!((condition.operator, condition.key, condition.values), ("ArnLike", key, values));
    }
    let put = ["iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"];
    assert_eq!(only(&kinds::PermissionsBoundary::CHANGE), put);
    assert!(!writes(&kinds::IamPolicy::CHANGE).iter().any(|action| action.contains("Attach")));
    assert!(!writes(&kinds::IamPolicy::RESTORE).iter().any(|action| action.contains("Detach")));
    assert!(kinds::FindingOnly::LOOK.iam.is_empty());
}
