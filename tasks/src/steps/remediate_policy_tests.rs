//! The whole way of a policy, over an account in memory: plan, record, change, look again, and take back.

use super::*;
use crate::remediation::account::{Account, FailsAt, Holder, Managed};
use crate::testing::{Wire, finding};
use contract::tasks::restore_policy::Output as Restored;
use contract::tasks::verify_remediation::Hold;
use contract::tasks::{PlanRemediation, RestorePolicy, SnapshotPolicy, VerifyRemediation};
use contract::tasks::{plan_remediation, restore_policy, snapshot_policy, verify_remediation};
use contract::{
    Change, Finding, IamPrincipal, Outcome, Plan, PolicyBefore, PrincipalKind, Source, Subject, TaskError,
};

pub(crate) const CASE: &str = "4f1b2c3d4e5f";
pub(crate) const POLICY: &str = "arn:aws:iam::123456789012:policy/teams/deploy";
pub(crate) const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const DANGEROUS: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": [\"s3:GetObject\"], \"Resource\": \"arn:aws:s3:::assets/*\"},\n    {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}\n  ]\n}";
const ONLY_DANGEROUS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const SAFE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::assets/*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}"#;

pub(crate) fn who(kind: PrincipalKind) -> IamPrincipal {
    IamPrincipal { kind, name: "web".to_owned() }
}

/// An account with a dangerous policy in every place where there can be one.
pub(crate) fn account(versions: u64) -> Account {
    let mut account = Account::default();
    let mut policy = Managed { id: "ANPAEXAMPLE0000000001".to_owned(), ..Managed::default() };
    for number in 1..=versions {
        policy.versions.insert(number, SAFE.replace("assets", &format!("assets-{number}")));
    }
    policy.versions.insert(versions, DANGEROUS.to_owned());
    (policy.default, policy.last) = (versions, versions);
    account.policies.insert(POLICY.to_owned(), policy);
    let aws = Managed {
        id: "ANPAEXAMPLE0000000002".to_owned(),
        versions: [(1, ONLY_DANGEROUS.to_owned())].into(),
        default: 1,
        last: 1,
        ..Managed::default()
    };
    account.policies.insert(ADMIN.to_owned(), aws);
    for (kind, id) in [
        ("Role", "AROAEXAMPLE0000000001"),
        ("User", "AIDAEXAMPLE0000000001"),
        ("Group", "AGPAEXAMPLE0000000001"),
    ] {
        let holder = Holder {
            id: id.to_owned(),
            path: "/".to_owned(),
            inline: [
                ("some".to_owned(), DANGEROUS.to_owned()),
                ("all".to_owned(), ONLY_DANGEROUS.to_owned()),
            ]
            .into(),
            attached: [POLICY.to_owned(), ADMIN.to_owned()].into(),
            trust: if kind == "Role" { TRUST.to_owned() } else { "{}".to_owned() },
            boundary: None,
            tags: [].into(),
        };
        account.holders.insert((kind.to_owned(), "web".to_owned()), holder);
    }
    account
}

pub(crate) fn about(subject: Subject) -> Finding {
    Finding { source: Source::CloudTrail, subject: Some(subject), ..finding() }
}

/// Everything that a finding can be about in this account.
pub(crate) fn subjects() -> Vec<Subject> {
    let mut subjects =
        vec![Subject::Policy { arn: POLICY.to_owned() }, Subject::Trust { role: "web".to_owned() }];
    for kind in [PrincipalKind::Role, PrincipalKind::User, PrincipalKind::Group] {
        let inline = |policy: &str| Subject::Inline { principal: who(kind), policy: policy.to_owned() };
        subjects.extend([inline("some"), inline("all")]);
        subjects.push(Subject::Attachment { principal: who(kind), policy_arn: ADMIN.to_owned() });
    }
    subjects
}

pub(crate) async fn plan(wire: &Wire, subject: &Subject) -> Plan {
    let input = plan_remediation::Input { case_id: CASE.to_owned(), finding: about(subject.clone()) };
    PlanRemediation::run(input, &wire.aws()).await.unwrap()
}

pub(crate) async fn snapshot(wire: &Wire, subject: &Subject) -> Result<PolicyBefore, snapshot_policy::Error> {
    let change = plan(wire, subject).await.change.unwrap();
    record(wire, subject, change).await
}

pub(crate) async fn record(
    wire: &Wire,
    subject: &Subject,
    change: Change,
) -> Result<PolicyBefore, snapshot_policy::Error> {
    let finding = about(subject.clone());
    SnapshotPolicy::run(snapshot_policy::Input { case_id: CASE.to_owned(), finding, change }, &wire.aws())
        .await
}

pub(crate) async fn remediate(wire: &Wire, before: &PolicyBefore) -> Result<Remediated, Error> {
    RemediatePolicy::run(Input { case_id: CASE.to_owned(), before: before.clone() }, &wire.aws()).await
}

pub(crate) async fn verify(wire: &Wire, before: &PolicyBefore) -> Hold {
    let input = verify_remediation::Input { case_id: CASE.to_owned(), before: before.clone() };
    VerifyRemediation::run(input, &wire.aws()).await.unwrap().state
}

pub(crate) async fn restore(wire: &Wire, before: &PolicyBefore) -> Result<Restored, restore_policy::Error> {
    let input = restore_policy::Input { case_id: CASE.to_owned(), before: before.clone() };
    RestorePolicy::run(input, &wire.aws()).await
}

#[tokio::test]
async fn every_kind_of_policy_is_put_right_and_taken_back_exactly() {
    for subject in subjects() {
        let wire = Wire::of(account(3));
        let was = wire.account();
        let planned = plan(&wire, &subject).await;
        assert_eq!(planned.outcome, Outcome::Change, "{subject:?}: {}", planned.reason);
        let before = snapshot(&wire, &subject).await.unwrap();
        assert_eq!(wire.account(), was, "looking changes nothing: {subject:?}");
        assert_eq!(verify(&wire, &before).await, Hold::PutBack, "{subject:?}");
        remediate(&wire, &before).await.unwrap();
        assert_eq!(verify(&wire, &before).await, Hold::Holds, "{subject:?}");
        assert_eq!(plan(&wire, &subject).await.outcome, Outcome::Safe, "{subject:?}");
        let changed = wire.account();
        assert_ne!(changed, was, "{subject:?}");
        remediate(&wire, &before).await.unwrap();
        assert_eq!(wire.account(), changed, "twice is once: {subject:?}");
        let restored = restore(&wire, &before).await.unwrap();
        assert!(restored.restored && restored.changed_meanwhile.is_empty(), "{subject:?} {restored:?}");
        assert!(restored.not_as_before.is_empty(), "{restored:?}");
        assert_eq!(wire.account().without_numbers(), was.without_numbers(), "{subject:?}");
        assert_eq!(verify(&wire, &before).await, Hold::PutBack);
        let again = restore(&wire, &before).await.unwrap();
        assert!(!again.restored && again.changed_meanwhile.is_empty(), "{subject:?} {again:?}");
        assert_eq!(wire.account().without_numbers(), was.without_numbers(), "{subject:?}");
    }
}

#[tokio::test]
async fn with_five_versions_the_oldest_other_one_makes_room_and_comes_back_under_another_number() {
    let subject = Subject::Policy { arn: POLICY.to_owned() };
    let wire = Wire::of(account(5));
    let was = wire.account();
    let planned = plan(&wire, &subject).await;
    assert!(planned.effect.contains("so v1 is recorded and deleted"), "{}", planned.effect);
    let before = snapshot(&wire, &subject).await.unwrap();
    let done = remediate(&wire, &before).await.unwrap();
    assert_eq!((done.version.as_deref(), done.deleted_version.as_deref()), (Some("v6"), Some("v1")));
    for _ in 0..2 {
        let restored = restore(&wire, &before).await.unwrap();
        assert_eq!(restored.not_as_before.len(), 1);
        assert!(
            restored.not_as_before[0].contains("v1") && restored.not_as_before[0].contains("version v7 now")
        );
        assert!(restored.changed_meanwhile.is_empty(), "{restored:?}");
        assert_eq!(wire.account().without_numbers(), was.without_numbers());
        assert_eq!(wire.account().policies[POLICY].default, 5);
    }
}

#[tokio::test]
async fn what_was_put_back_is_put_right_again_without_another_version() {
    let subject = Subject::Policy { arn: POLICY.to_owned() };
    let wire = Wire::of(account(5));
    let before = snapshot(&wire, &subject).await.unwrap();
    remediate(&wire, &before).await.unwrap();
    let changed = wire.account();
    wire.change(|account| account.policies.get_mut(POLICY).unwrap().default = 5);
    assert_eq!(verify(&wire, &before).await, Hold::PutBack);
    remediate(&wire, &before).await.unwrap();
    assert_eq!(wire.account(), changed);
}

#[tokio::test]
async fn what_is_not_as_it_was_recorded_is_neither_changed_nor_taken_back() {
    let other = SAFE.replace("assets", "elsewhere");
    for subject in subjects() {
        if matches!(subject, Subject::Attachment { .. }) {
            continue;
        }
        let drift = |account: &mut Account| {
            match &subject {
                Subject::Policy { .. } => {
                    let policy = account.policies.get_mut(POLICY).unwrap();
                    policy.last += 1;
                    policy.versions.insert(policy.last, other.clone());
                    policy.default = policy.last;
                }
                Subject::Inline { principal, policy } => {
                    let key = (format!("{:?}", principal.kind), "web".to_owned());
                    account.holders.get_mut(&key).unwrap().inline.insert(policy.clone(), other.clone());
                }
                _ => {
                    let key = ("Role".to_owned(), "web".to_owned());
                    account.holders.get_mut(&key).unwrap().trust = other.clone();
                }
            };
        };
        let wire = Wire::of(account(3));
        let before = snapshot(&wire, &subject).await.unwrap();
        wire.change(drift);
        let drifted = wire.account();
        assert_eq!(remediate(&wire, &before).await.unwrap_err().name(), "PolicyChanged", "{subject:?}");
        assert_eq!(wire.account(), drifted, "{subject:?}");
        let wire = Wire::of(account(3));
        let before = snapshot(&wire, &subject).await.unwrap();
        remediate(&wire, &before).await.unwrap();
        wire.change(drift);
        let drifted = wire.account();
        assert_eq!(verify(&wire, &before).await, Hold::Drifted, "{subject:?}");
        let error = restore(&wire, &before).await.unwrap_err();
        assert_eq!(error.name(), "Drifted", "{subject:?}");
        assert!(error.to_string().contains("elsewhere"), "it shows what is there: {error}");
        assert_eq!(wire.account(), drifted, "{subject:?}");
    }
}

#[tokio::test]
async fn one_that_was_made_again_under_the_same_name_is_another() {
    for subject in subjects() {
        let wire = Wire::of(account(3));
        let before = snapshot(&wire, &subject).await.unwrap();
        wire.change(|account| {
            account.policies.values_mut().for_each(|policy| policy.id = "ANPAANOTHER0000000001".to_owned());
            account.holders.values_mut().for_each(|holder| holder.id = "AROAANOTHER0000000001".to_owned());
        });
        let another = wire.account();
        assert_eq!(remediate(&wire, &before).await.unwrap_err().name(), "PolicyChanged", "{subject:?}");
        assert_eq!(restore(&wire, &before).await.unwrap_err().name(), "Drifted", "{subject:?}");
        assert_eq!(verify(&wire, &before).await, Hold::Gone, "{subject:?}");
        assert_eq!(wire.account(), another);
    }
}

#[tokio::test]
async fn only_what_was_recorded_and_worked_out_here_is_done() {
    let subject = Subject::Policy { arn: POLICY.to_owned() };
    let wire = Wire::of(account(3));
    let forged = Change::NewVersion { arn: POLICY.to_owned(), document: ONLY_DANGEROUS.to_owned() };
    let error = record(&wire, &subject, forged.clone()).await.unwrap_err();
    assert_eq!(error.name(), "PolicyChanged");
    let before = snapshot(&wire, &subject).await.unwrap();
    let was = wire.account();
    let forged = PolicyBefore { change: forged, ..before.clone() };
    assert_eq!(remediate(&wire, &forged).await.unwrap_err().name(), "InvalidInput");
    assert_eq!(restore(&wire, &forged).await.unwrap_err().name(), "InvalidInput");
    assert_eq!(wire.account(), was);
    // What is recorded once stays recorded, also after the change.
    remediate(&wire, &before).await.unwrap();
    assert_eq!(record(&wire, &subject, before.change.clone()).await, Ok(before));
}

#[tokio::test]
async fn a_policy_that_somebody_filled_up_is_left_to_people() {
    let subject = Subject::Policy { arn: POLICY.to_owned() };
    let wire = Wire::of(account(3));
    let before = snapshot(&wire, &subject).await.unwrap();
    wire.change(|account| {
        let policy = account.policies.get_mut(POLICY).unwrap();
        for number in 4..=5 {
            policy.versions.insert(number, SAFE.replace("assets", &format!("late-{number}")));
        }
        policy.last = 5;
    });
    let full = wire.account();
    let error = remediate(&wire, &before).await.unwrap_err();
    assert_eq!(error.name(), "CannotBeRemediated");
    assert!(error.to_string().contains("LimitExceeded"), "{error}");
    assert_eq!(wire.account(), full);
}

#[tokio::test]
async fn an_undo_says_what_else_changed_and_gives_back_a_version_that_was_deleted() {
    let subject = Subject::Policy { arn: POLICY.to_owned() };
    let wire = Wire::of(account(3));
    let before = snapshot(&wire, &subject).await.unwrap();
    remediate(&wire, &before).await.unwrap();
    wire.change(|account| {
        account.policies.get_mut(POLICY).unwrap().versions.remove(&3);
        let role = account.holders.get_mut(&("Role".to_owned(), "web".to_owned())).unwrap();
        role.attached.remove(POLICY);
    });
    let restored = restore(&wire, &before).await.unwrap();
    assert_eq!(restored.changed_meanwhile, ["It was detached from the role web."]);
    assert!(restored.not_as_before[0].contains("The version v3 was deleted meanwhile"), "{restored:?}");
    let policy = wire.account().policies[POLICY].clone();
    assert_eq!(policy.versions[&policy.default], DANGEROUS);
    assert!(!restore(&wire, &before).await.unwrap().restored);
}

/// Makes and undoes the change with this fault in each of the two, and says in how many of them it was met.
async fn faults(subject: &Subject, versions: u64, fault: FailsAt) -> usize {
    let wire = Wire::of(account(versions));
    let was = wire.account();
    let before = snapshot(&wire, subject).await.unwrap();
    wire.fails_at(Some(fault));
    let changed = remediate(&wire, &before).await.err().map(|error| error.name());
    wire.fails_at(None);
    if changed.is_some() {
        remediate(&wire, &before).await.unwrap();
    }
    assert_eq!(verify(&wire, &before).await, Hold::Holds, "{subject:?} {fault:?}");
    wire.fails_at(Some(fault));
    let restored = restore(&wire, &before).await.err().map(|error| error.name());
    wire.fails_at(None);
    if restored.is_some() {
        restore(&wire, &before).await.unwrap();
    }
    let is = wire.account();
    assert_eq!(is.without_numbers(), was.without_numbers(), "{subject:?} {fault:?}");
    assert_eq!(is.policies[POLICY].default, versions, "{subject:?} {fault:?}");
    let met: Vec<&str> = changed.into_iter().chain(restored).collect();
    assert!(met.iter().all(|name| *name == "Unavailable"), "{subject:?} {fault:?}: {met:?}");
    met.len()
}

/// Fails at every call of the change and of the undo, before and after its effect. A task that is tried again ends as
/// if nothing had happened.
#[tokio::test]
async fn a_fault_at_any_call_is_made_good_by_another_try() {
    let mut injected = 0;
    for subject in subjects() {
        // Only a managed policy has versions.
        let versions: &[u64] = if matches!(subject, Subject::Policy { .. }) { &[3, 5] } else { &[3] };
        for &versions in versions {
            let mut call = 0;
            // Until there is no such call any more, neither in the change nor in the undo.
            while faults(&subject, versions, FailsAt { call, after: false }).await > 0 {
                injected += 1 + faults(&subject, versions, FailsAt { call, after: true }).await;
                call += 1;
            }
        }
    }
    assert!(injected > 100, "{injected} faults");
}
