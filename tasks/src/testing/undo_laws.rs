//! The laws of every change, over generated accounts: taking it back gives what was there, each step twice is the step
//! once, and what somebody changed in between is refused and shown.
//!
//! `LAWS_ACCOUNTS` says how many accounts, 200 without it; `LAWS_SEED` repeats a run. A failure says its seed.

use crate::policy::laws::{statement, trusting};
use crate::remediate_policy::tests::{ADMIN, CASE, POLICY, plan, remediate, restore, snapshot, verify, who};
use crate::remediation::account::{Account, Holder, Managed};
use crate::serve::Run;
use crate::testing::{ROLE_ID, Wire, finding};
use contract::tasks::verify_remediation::Hold;
use contract::tasks::{ContainRole, RestoreRole, SnapshotRole};
use contract::tasks::{contain_role, restore_role, snapshot_role};
use contract::{Before, Finding, Outcome, Principal, PrincipalKind, Subject, TaskError, policy_name};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher, RandomState};

/// What nobody recorded, and no remediation makes.
const ELSEWHERE: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"elsewhere","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::elsewhere"}]}"#;

const KINDS: [(PrincipalKind, &str, &str); 3] = [
    (PrincipalKind::Role, "Role", ROLE_ID),
    (PrincipalKind::User, "User", "AIDAEXAMPLE0000000001"),
    (PrincipalKind::Group, "Group", "AGPAEXAMPLE0000000001"),
];

/// Tries as many generated accounts as are asked for, and says with which seed and what came of them.
fn check<S: Strategy>(name: &str, strategy: S, law: impl Fn(S::Value) -> &'static str) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let cases = number("LAWS_ACCOUNTS").map_or(200, |count| u32::try_from(count).unwrap());
    // The standard library has no other source of chance.
    let seed = number("LAWS_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    let config =
        Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..Config::default() };
    let ends: RefCell<BTreeMap<&str, usize>> = RefCell::default();
    let result = TestRunner::new(config).run(&strategy, |account| {
        let end = law(account);
        *ends.borrow_mut().entry(end).or_default() += 1;
        Ok(())
    });
    if let Err(error) = result {
        panic!("{name}: LAWS_SEED={seed} repeats it: {error}");
    }
    println!("{name}: {cases} accounts, LAWS_SEED={seed}: {:?}", ends.borrow());
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// A document as people write it: on one line or on many.
fn document(statements: Vec<Value>, pretty: bool) -> String {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    if pretty { serde_json::to_string_pretty(&document).unwrap() } else { document.to_string() }
}

fn dangerous_or_not() -> impl Strategy<Value = String> {
    let admin = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let statements = prop::collection::vec(prop_oneof![4 => statement(), 1 => Just(admin)], 1..4);
    (statements, any::<bool>()).prop_map(|(statements, pretty)| document(statements, pretty))
}

fn trust() -> impl Strategy<Value = String> {
    (prop::collection::vec(trusting(), 1..4), any::<bool>())
        .prop_map(|(statements, pretty)| document(statements, pretty))
}

/// A policy with one to five versions, in whose numbers there may be gaps, and any of them the default.
fn managed() -> impl Strategy<Value = Managed> {
    let versions = prop::collection::vec((1_u64..4, dangerous_or_not()), 1..=5);
    (versions, any::<Index>(), 0_u64..3).prop_map(|(versions, default, gone)| {
        let mut policy = Managed { id: "ANPAEXAMPLE0000000001".to_owned(), ..Managed::default() };
        for (gap, document) in versions {
            policy.last += gap;
            policy.versions.insert(policy.last, document);
        }
        policy.default = *default.get(&policy.versions.keys().copied().collect::<Vec<_>>());
        policy.last += gone;
        policy
    })
}

fn holder(id: &'static str) -> impl Strategy<Value = Holder> {
    let inline = prop::collection::btree_map("[a-z+=,.@_-]{1,12}", dangerous_or_not(), 0..4);
    let attached = prop::collection::btree_set(select(vec![POLICY.to_owned(), ADMIN.to_owned()]), 0..=2);
    let boundary = prop::option::of(Just(POLICY.to_owned()));
    (inline, attached, boundary, trust()).prop_map(move |(inline, attached, boundary, trust)| Holder {
        id: id.to_owned(),
        path: "/".to_owned(),
        inline,
        attached,
        trust,
        boundary,
        tags: BTreeMap::new(),
    })
}

fn account() -> impl Strategy<Value = Account> {
    let [role, user, group] = KINDS.map(|(_, kind, id)| holder(id).prop_map(move |holder| (kind, holder)));
    (managed(), role, user, group).prop_map(|(policy, role, user, group)| {
        let admin =
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let aws = Managed {
            id: "ANPAEXAMPLE0000000002".to_owned(),
            versions: [(1, admin.to_owned())].into(),
            default: 1,
            last: 1,
            ..Managed::default()
        };
        let holders = [role, user, group].map(|(kind, holder)| ((kind.to_owned(), "web".to_owned()), holder));
        let boundary_of: BTreeSet<String> = holders
            .iter()
            .filter(|((kind, _), holder)| kind == "Role" && holder.boundary.is_some())
            .map(|((_, name), _)| name.clone())
            .collect();
        let policy = Managed { boundary_of, ..policy };
        Account {
            policies: [(POLICY.to_owned(), policy), (ADMIN.to_owned(), aws)].into(),
            holders: holders.into(),
        }
    })
}

/// Everything that a finding can be about in an account.
fn subjects(account: &Account) -> Vec<Subject> {
    let mut subjects =
        vec![Subject::Policy { arn: POLICY.to_owned() }, Subject::Trust { role: "web".to_owned() }];
    for (kind, name, _) in KINDS {
        let holder = &account.holders[&(name.to_owned(), "web".to_owned())];
        let inline = |policy: &String| Subject::Inline { principal: who(kind), policy: policy.clone() };
        subjects.extend(holder.inline.keys().map(inline));
        let attached = |arn: &String| Subject::Attachment { principal: who(kind), policy_arn: arn.clone() };
        subjects.extend(holder.attached.iter().filter(|arn| *arn == ADMIN).map(attached));
    }
    subjects
}

fn account_and_subject() -> impl Strategy<Value = (Account, Subject)> {
    (account(), any::<Index>()).prop_map(|(account, which)| {
        let subject = which.get(&subjects(&account)).clone();
        (account, subject)
    })
}

#[test]
fn generated_policies_are_put_back_exactly() {
    check("put right and put back", account_and_subject(), |(was, subject)| {
        wait(async {
            let wire = Wire::of(was.clone());
            let planned = plan(&wire, &subject).await;
            assert_eq!(wire.account(), was, "looking changes nothing");
            if planned.outcome != Outcome::Change {
                return if planned.outcome == Outcome::Safe { "safe" } else { "for people" };
            }
            let before = snapshot(&wire, &subject).await.unwrap();
            assert_eq!(snapshot(&wire, &subject).await.unwrap(), before);
            assert_eq!(wire.account(), was, "recording changes nothing");
            remediate(&wire, &before).await.unwrap();
            let changed = wire.account();
            assert_ne!(changed, was);
            remediate(&wire, &before).await.unwrap();
            assert_eq!(wire.account(), changed, "twice is once");
            assert_eq!(verify(&wire, &before).await, Hold::Holds);
            assert_ne!(plan(&wire, &subject).await.outcome, Outcome::Change, "one change is enough");
            for first in [true, false] {
                let restored = restore(&wire, &before).await.unwrap();
                assert_eq!((restored.restored, &*restored.changed_meanwhile), (first, &[][..]));
                assert_eq!(wire.account().without_numbers(), was.without_numbers());
                assert_eq!(wire.account().policies[POLICY].default, was.policies[POLICY].default);
                let made_room =
                    changed.policies[POLICY].versions.len() == 5 && was.policies[POLICY].versions.len() == 5;
                let made_room = made_room && changed.policies != was.policies;
                assert_eq!(!restored.not_as_before.is_empty(), made_room, "{restored:?}");
            }
            "changed and restored"
        })
    });
}

/// Somebody changes the subject, before the change or after it.
fn drift(account: &mut Account, subject: &Subject) {
    let other = ELSEWHERE.to_owned();
    match subject {
        Subject::Policy { .. } => {
            let policy = account.policies.get_mut(POLICY).unwrap();
            // A version never changes: somebody makes another the default, and makes room for it if there is none.
            if policy.versions.len() == 5 {
                let oldest =
                    policy.versions.keys().copied().find(|number| *number != policy.default).unwrap();
                policy.versions.remove(&oldest);
            }
            policy.last += 1;
            policy.versions.insert(policy.last, other);
            policy.default = policy.last;
        }
        Subject::Inline { principal, policy } => {
            let key = (format!("{:?}", principal.kind), principal.name.clone());
            account.holders.get_mut(&key).unwrap().inline.insert(policy.clone(), other);
        }
        // An attachment is there or is not: only another principal of that name is something else.
        Subject::Attachment { principal, .. } => {
            let key = (format!("{:?}", principal.kind), principal.name.clone());
            account.holders.get_mut(&key).unwrap().id = "AROAANOTHER0000000001".to_owned();
        }
        _ => account.holders.get_mut(&("Role".to_owned(), "web".to_owned())).unwrap().trust = other,
    }
}

#[test]
fn generated_drift_is_refused_and_shown() {
    check("drift", account_and_subject(), |(was, subject)| {
        wait(async {
            let wire = Wire::of(was.clone());
            if plan(&wire, &subject).await.outcome != Outcome::Change {
                return "nothing to change";
            }
            let before = snapshot(&wire, &subject).await.unwrap();
            wire.change(|account| drift(account, &subject));
            let drifted = wire.account();
            let error = remediate(&wire, &before).await.unwrap_err();
            assert_eq!(error.name(), "PolicyChanged");
            assert_eq!(wire.account(), drifted);
            wire.change(|account| *account = was.clone());
            remediate(&wire, &before).await.unwrap();
            wire.change(|account| drift(account, &subject));
            let drifted = wire.account();
            let error = restore(&wire, &before).await.unwrap_err();
            assert_eq!(error.name(), "Drifted");
            let shown =
                matches!(subject, Subject::Attachment { .. }) || error.to_string().contains("elsewhere");
            assert!(shown, "it shows what is there: {error}");
            assert_eq!(wire.account(), drifted);
            "refused"
        })
    });
}

fn leaked() -> Finding {
    let principal = Principal::Role {
        name: "web".to_owned(),
        id: ROLE_ID.to_owned(),
        session: "i-0a1b2c3d4e5f60718".to_owned(),
        access_key: None,
    };
    Finding { principal, ..finding() }
}

async fn record(wire: &Wire) -> Before {
    let input = snapshot_role::Input { case_id: CASE.to_owned(), finding: leaked() };
    SnapshotRole::run(input, &wire.aws()).await.unwrap()
}

async fn contain(wire: &Wire, before: &Before) -> Result<(), contain_role::Error> {
    let input = contain_role::Input { case_id: CASE.to_owned(), before: before.clone() };
    ContainRole::run(input, &wire.aws()).await.map(|_| ())
}

async fn release(wire: &Wire, before: &Before) -> Result<restore_role::Output, restore_role::Error> {
    let input = restore_role::Input { case_id: CASE.to_owned(), before: before.clone() };
    RestoreRole::run(input, &wire.aws()).await
}

#[test]
fn generated_roles_are_released_exactly() {
    check("contained and released", account(), |was| {
        wait(async {
            let wire = Wire::of(was.clone());
            let before = record(&wire).await;
            assert_eq!(wire.account(), was, "recording changes nothing");
            contain(&wire, &before).await.unwrap();
            let contained = wire.account();
            assert_ne!(contained, was);
            contain(&wire, &before).await.unwrap();
            assert_eq!(wire.account(), contained, "twice is once");
            assert_eq!(record(&wire).await, before, "the first record counts");
            for first in [true, false] {
                let released = release(&wire, &before).await.unwrap();
                assert_eq!((released.removed, &*released.changed_meanwhile), (first, &[][..]));
                assert_eq!(wire.account(), was);
            }
            // What somebody wrote into the responder's policy is left alone, and shown.
            contain(&wire, &before).await.unwrap();
            let role = ("Role".to_owned(), "web".to_owned());
            wire.change(|account| {
                let inline = &mut account.holders.get_mut(&role).unwrap().inline;
                inline.insert(policy_name(CASE), ELSEWHERE.to_owned());
            });
            let drifted = wire.account();
            let error = release(&wire, &before).await.unwrap_err();
            assert_eq!(error.name(), "Drifted");
            assert!(error.to_string().contains("elsewhere"), "{error}");
            assert_eq!(wire.account(), drifted);
            "contained, released, drift refused"
        })
    });
}
