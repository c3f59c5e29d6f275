//! A danger that is gone when the response looks.

use super::super::tests::targets;
use super::*;
use crate::testing::Wire;
use crate::testing::accounts::{ADMIN, DANGEROUS, ONLY_DANGEROUS, POLICY, SAFE, account, who};
use crate::testing::steps::{Steps, about};
use contract::kinds::iam_policy::Change;
use contract::{Finding, Looked, Plan, PrincipalKind, Written};

const OPEN_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
const SERVICE_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn called(call: &str, target: &Target, document: Option<&str>, version: Option<&str>) -> Finding<Target> {
    let written = Written {
        document: document.map(str::to_owned),
        version: version.map(str::to_owned),
        boundary: None,
    };
    Finding { kind: format!("IAM:{call}"), written: Some(written), ..about::<IamPolicy>(target) }
}

async fn look(wire: &Wire, finding: Finding<Target>) -> Looked<Target, Change> {
    Steps::over(wire).look::<IamPolicy>(finding).await.unwrap()
}

#[track_caller]
fn is_told(looked: &Looked<Target, Change>, what: &str) {
    assert!(matches!(looked.plan, Plan::ForPeople { .. }), "{what}: {looked:?}");
    assert!(!looked.past.is_empty(), "{what}");
    assert!(looked.past.iter().all(|danger| looked.dangers.contains(danger)), "{what}");
}

#[track_caller]
fn is_silent(looked: &Looked<Target, Change>, what: &str) {
    assert!(matches!(looked.plan, Plan::Nothing { .. }), "{what}: {looked:?}");
    assert!(looked.past.is_empty() && looked.dangers.is_empty(), "{what}: {looked:?}");
}

fn attached() -> Target {
    Target::Attached { principal: who(PrincipalKind::User), policy_arn: ADMIN.to_owned() }
}

fn inline() -> Target {
    Target::Inline { principal: who(PrincipalKind::Role), policy: "some".to_owned() }
}

fn managed() -> Target {
    Target::Managed { arn: POLICY.to_owned() }
}

fn trust() -> Target {
    Target::Trust { role: "web".to_owned() }
}

/// Attached, used, and detached before CloudTrail had reported it; and the same in every other place of a policy.
#[tokio::test]
async fn a_danger_that_was_taken_back_at_once_is_told() {
    let wire = Wire::of(account(3));
    wire.change(|account| {
        account.holder("User", "web").attached.clear();
        account.holder("Role", "web").inline.insert("some".to_owned(), SAFE.to_owned());
        account.holder("Role", "web").trust = SERVICE_TRUST.to_owned();
        account.policies.get_mut(POLICY).unwrap().default = 1;
    });
    let was = wire.account();
    for (call, target, document, version) in [
        ("AttachUserPolicy", attached(), None, None),
        ("PutRolePolicy", inline(), Some(ONLY_DANGEROUS), None),
        ("UpdateAssumeRolePolicy", trust(), Some(OPEN_TRUST), None),
        ("CreateRole", trust(), Some(OPEN_TRUST), None),
        ("CreatePolicyVersion", managed(), Some(DANGEROUS), None),
        ("CreatePolicy", managed(), Some(DANGEROUS), None),
        ("SetDefaultPolicyVersion", managed(), None, Some("v3")),
    ] {
        let looked = look(&wire, called(call, &target, document, version)).await;
        is_told(&looked, call);
        assert!(looked.past[0].starts_with("Not any more: Critical: "), "{call}: {:?}", looked.past);
    }
    assert_eq!(wire.account(), was);
}

/// The principal or the policy was deleted as well.
#[tokio::test]
async fn a_danger_whose_holder_was_deleted_is_told() {
    let wire = Wire::of(account(3));
    wire.change(|account| {
        account.holders.clear();
        account.policies.remove(POLICY);
    });
    let of_policy = Target::Attached { principal: who(PrincipalKind::User), policy_arn: POLICY.to_owned() };
    for (call, target, document, version) in [
        ("AttachUserPolicy", attached(), None, None),
        ("AttachUserPolicy", of_policy, None, None),
        ("PutRolePolicy", inline(), Some(ONLY_DANGEROUS), None),
        ("CreateRole", trust(), Some(OPEN_TRUST), None),
        ("CreatePolicy", managed(), Some(DANGEROUS), None),
        ("SetDefaultPolicyVersion", managed(), None, Some("v3")),
    ] {
        is_told(&look(&wire, called(call, &target, document, version)).await, call);
    }
}

/// What the event does not tell is not taken for harmless.
#[tokio::test]
async fn a_call_that_cannot_be_judged_is_told_if_nothing_else_is() {
    let wire = Wire::of(account(3));
    wire.change(|account| {
        account.holder("Role", "web").inline.insert("some".to_owned(), SAFE.to_owned());
        let policy = account.policies.get_mut(POLICY).unwrap();
        policy.default = 1;
        policy.versions.remove(&3);
    });
    for (call, target, document, version) in [
        ("PutRolePolicy", inline(), None, None),
        ("PutRolePolicy", inline(), Some("{\"Version\":"), None),
        ("SetDefaultPolicyVersion", managed(), None, Some("v3")),
        ("SetDefaultPolicyVersion", managed(), None, None),
    ] {
        let looked = look(&wire, called(call, &target, document, version)).await;
        is_told(&looked, call);
        assert!(looked.past[0].starts_with("Not any more: Unknown: "), "{:?}", looked.past);
    }
}

/// A danger that is still there is shown with the one before it, and is changed as it would be without.
#[tokio::test]
async fn a_worse_danger_of_before_is_shown_with_the_one_of_now() {
    let wire = Wire::of(account(3));
    let trusted = called("UpdateAssumeRolePolicy", &trust(), Some(OPEN_TRUST), None);
    let looked = look(&wire, trusted).await;
    assert!(matches!(looked.plan, Plan::Change(_)), "{looked:?}");
    assert!(!looked.past.is_empty() && looked.dangers.len() > looked.past.len());
}

#[tokio::test]
async fn what_was_harmless_or_is_still_there_is_no_news() {
    let wire = Wire::of(account(3));
    for target in targets() {
        // Findings of other services, and calls of which nothing was kept.
        let looked = look(&wire, about::<IamPolicy>(&target)).await;
        assert!(looked.past.is_empty(), "{target:?}");
    }
    let spaced = DANGEROUS.replace('{', "{ ");
    for (call, target, document, version) in [
        ("AttachUserPolicy", attached(), None, None),
        ("PutRolePolicy", inline(), Some(spaced.as_str()), None),
        ("CreatePolicyVersion", managed(), Some(DANGEROUS), None),
        ("SetDefaultPolicyVersion", managed(), None, Some("v3")),
    ] {
        let looked = look(&wire, called(call, &target, document, version)).await;
        assert!(looked.past.is_empty() && matches!(looked.plan, Plan::Change(_)), "{call}: {looked:?}");
    }
    wire.change(|account| {
        account.holder("Role", "web").inline.clear();
        account.holder("User", "web").attached.clear();
        account.policies.get_mut(ADMIN).unwrap().versions.insert(1, SAFE.to_owned());
        account.policies.get_mut(POLICY).unwrap().default = 1;
    });
    for (call, target, document, version) in [
        ("AttachUserPolicy", attached(), None, None),
        ("PutRolePolicy", inline(), Some(SAFE), None),
        ("CreatePolicyVersion", managed(), Some(SAFE), None),
        ("SetDefaultPolicyVersion", managed(), None, Some("v2")),
    ] {
        is_silent(&look(&wire, called(call, &target, document, version)).await, call);
    }
    // AWS's own policy for the role of a service, which a deployment attached and took away.
    let glue = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole";
    wire.change(|account| {
        let policy = crate::testing::accounts::managed_policy("ANPAEXAMPLE0000000009", ONLY_DANGEROUS);
        account.policies.insert(glue.to_owned(), policy);
        account.holder("Role", "web").trust = SERVICE_TRUST.replace("ec2", "glue");
    });
    let target = Target::Attached { principal: who(PrincipalKind::Role), policy_arn: glue.to_owned() };
    is_silent(&look(&wire, called("AttachRolePolicy", &target, None, None)).await, "glue");
}
