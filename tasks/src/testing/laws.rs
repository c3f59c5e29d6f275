//! The laws of every kind that changes something: taking a change back restores what was there, each step twice is the
//! step once, drift is refused and shown, and a fault at any call is made good by another try.
//!
//! `LAWS_ACCOUNTS` is the number of generated accounts, 200 by default; `LAWS_SEED` repeats a run. A failure names its
//! seed.

use super::accounts::{ADMIN, ELSEWHERE, POLICY, PRINCIPALS, account, generated, who};
use super::iam::{Account, FailsAt};
use super::steps::{RecordOf, Steps, about};
use super::{CASE, ROLE_ID, Wire};
use crate::kinds::ChangingKind;
use contract::kinds;
use contract::kinds::{iam_policy, permissions_boundary, role_containment};
use contract::steps::verify::Hold;
use contract::{Changing, Kind, Plan, PrincipalKind, TaskError};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// The unique id of a principal or policy that was deleted and created again.
const ANOTHER: &str = "AROAANOTHER0000000001";

/// What the laws need to know of a kind.
trait Lawful: ChangingKind<Planned = <Self as Changing>::Change> {
    const SETTINGS: &'static [(&'static str, &'static str)] = &[];
    /// Whether a look after the change plans no other one.
    const IS_SETTLED: bool = true;

    /// The targets in an account.
    fn targets(account: &Account) -> Vec<Self::Target>;

    /// Somebody changes the target, before the change or after it. Returns a part of what people must be shown.
    fn drift(account: &mut Account, target: &Self::Target) -> &'static str;

    /// The numbers of versions of a managed policy for which the calls differ.
    fn versions(_target: &Self::Target) -> &'static [u64] {
        &[3]
    }

    /// Whether AWS cannot give everything back as it was.
    fn loses(_was: &Account, _changed: &Account) -> bool {
        false
    }
}

impl Lawful for kinds::RoleContainment {
    /// The role is still there, and its credentials are still in other hands.
    const IS_SETTLED: bool = false;

    fn targets(_: &Account) -> Vec<role_containment::Target> {
        let (role_name, role_id) = ("web".to_owned(), ROLE_ID.to_owned());
        vec![role_containment::Target { role_name, role_id, instance_id: None }]
    }

    fn drift(account: &mut Account, _: &role_containment::Target) -> &'static str {
        let name = role_containment::policy_name(CASE);
        account.holder("Role", "web").inline.insert(name, ELSEWHERE.to_owned());
        "elsewhere"
    }
}

impl Lawful for kinds::IamPolicy {
    fn targets(account: &Account) -> Vec<iam_policy::Target> {
        use iam_policy::Target;
        let mut targets =
            vec![Target::Managed { arn: POLICY.to_owned() }, Target::Trust { role: "web".to_owned() }];
        for (kind, name, _) in PRINCIPALS {
            let holder = &account.holders[&(name.to_owned(), "web".to_owned())];
            let inline = |policy: &String| Target::Inline { principal: who(kind), policy: policy.clone() };
            targets.extend(holder.inline.keys().map(inline));
            let attached = |arn: &String| Target::Attached { principal: who(kind), policy_arn: arn.clone() };
            targets.extend(holder.attached.iter().filter(|arn| *arn == ADMIN).map(attached));
        }
        targets
    }

    fn drift(account: &mut Account, target: &iam_policy::Target) -> &'static str {
        use iam_policy::Target;
        let other = ELSEWHERE.to_owned();
        match target {
            Target::Managed { .. } | Target::ManagedId { .. } => {
                let policy = account.policies.get_mut(POLICY).unwrap();
                // The document of a version never changes: somebody makes another version the default, and deletes the
                // oldest one if there is no room.
                if policy.versions.len() == 5 {
                    let mut numbers = policy.versions.keys().copied();
                    let oldest = numbers.find(|number| *number != policy.default).unwrap();
                    policy.versions.remove(&oldest);
                }
                policy.last += 1;
                policy.versions.insert(policy.last, other);
                policy.default = policy.last;
            }
            Target::Inline { principal, policy } => {
                let kind = format!("{:?}", principal.kind);
                account.holder(&kind, &principal.name).inline.insert(policy.clone(), other);
            }
            // A policy is attached or it is not, so only another principal of the same name is drift.
            Target::Attached { principal, .. } => {
                account.holder(&format!("{:?}", principal.kind), &principal.name).id = ANOTHER.to_owned();
                return ANOTHER;
            }
            Target::Trust { role } => account.holder("Role", role).trust = other,
        }
        "elsewhere"
    }

    fn versions(target: &iam_policy::Target) -> &'static [u64] {
        if matches!(target, iam_policy::Target::Managed { .. }) { &[3, 5] } else { &[3] }
    }

    /// A version that made room comes back under another number.
    fn loses(was: &Account, changed: &Account) -> bool {
        let full = |account: &Account| account.policies[POLICY].versions.len() == 5;
        full(was) && full(changed) && changed.policies != was.policies
    }
}

impl Lawful for kinds::PermissionsBoundary {
    const SETTINGS: &'static [(&'static str, &'static str)] = &[("REQUIRED_BOUNDARIES", "web=teams/deploy")];

    fn targets(_: &Account) -> Vec<permissions_boundary::Target> {
        let principal = |kind| permissions_boundary::Target { principal: who(kind) };
        [PrincipalKind::Role, PrincipalKind::User].map(principal).into()
    }

    fn drift(account: &mut Account, target: &permissions_boundary::Target) -> &'static str {
        let kind = format!("{:?}", target.principal.kind);
        account.holder(&kind, &target.principal.name).boundary = Some(ADMIN.to_owned());
        "AdministratorAccess"
    }
}

/// Tries generated accounts, and prints the seed and how often each end was reached.
fn check<S: Strategy>(name: &str, strategy: S, law: impl Fn(S::Value) -> &'static str) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let cases = number("LAWS_ACCOUNTS").map_or(200, |count| u32::try_from(count).unwrap());
    // The standard library has no other source of randomness.
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

fn account_and_target<K: Lawful>() -> impl Strategy<Value = (Account, K::Target)> {
    (generated(), any::<Index>()).prop_map(|(account, which)| {
        let target = which.get(&K::targets(&account)).clone();
        (account, target)
    })
}

fn steps<K: Lawful>(wire: &Wire) -> Steps<'_> {
    Steps { wire, settings: K::SETTINGS }
}

/// The planned change, if there is one.
async fn planned<K: Lawful>(wire: &Wire, target: &K::Target) -> Result<K::Change, &'static str> {
    match steps::<K>(wire).look::<K>(about::<K>(target)).await.unwrap().plan {
        Plan::Change(proposal) => Ok(proposal.change),
        Plan::Nothing { .. } => Err("nothing to do"),
        Plan::ForPeople { .. } => Err("for people"),
    }
}

async fn record<K: Lawful>(wire: &Wire, target: &K::Target) -> RecordOf<K> {
    steps::<K>(wire).record_planned::<K>(about::<K>(target)).await.unwrap()
}

fn put_back_exactly<K: Lawful>() {
    check(&format!("{} put back", K::NAME), account_and_target::<K>(), |(was, target)| {
        wait(async {
            let wire = Wire::of(was.clone());
            let steps = steps::<K>(&wire);
            let planned_change = planned::<K>(&wire, &target).await;
            assert_eq!(wire.account(), was, "a look changes nothing");
            let change = match planned_change {
                Ok(change) => change,
                Err(end) => return end,
            };
            let recorded = steps.record::<K>(about::<K>(&target), change.clone()).await.unwrap();
            assert_eq!(steps.record::<K>(about::<K>(&target), change.clone()).await.unwrap(), recorded);
            assert_eq!(wire.account(), was, "a record changes nothing");
            assert_eq!(steps.verify::<K>(&recorded).await, Hold::PutBack);
            steps.change::<K>(&recorded).await.unwrap();
            let changed = wire.account();
            assert_ne!(changed, was);
            steps.change::<K>(&recorded).await.unwrap();
            assert_eq!(wire.account(), changed, "twice is once");
            assert_eq!(steps.verify::<K>(&recorded).await, Hold::Holds);
            assert_eq!(steps.record::<K>(about::<K>(&target), change).await.unwrap(), recorded);
            assert!(!K::IS_SETTLED || planned::<K>(&wire, &target).await.is_err(), "one change is enough");
            for first in [true, false] {
                let restored = steps.restore::<K>(&recorded).await.unwrap();
                assert_eq!((restored.restored, &*restored.changed_meanwhile), (first, &[][..]));
                assert_eq!(wire.account().without_numbers(), was.without_numbers());
                assert_eq!(wire.account().policies[POLICY].default, was.policies[POLICY].default);
                assert_eq!(!restored.not_as_before.is_empty(), K::loses(&was, &changed), "{restored:?}");
                assert_eq!(steps.verify::<K>(&recorded).await, Hold::PutBack);
            }
            "changed and restored"
        })
    });
}

fn refuse_drift<K: Lawful>() {
    check(&format!("{} drifted", K::NAME), account_and_target::<K>(), |(was, target)| {
        wait(async {
            let wire = Wire::of(was.clone());
            let steps = steps::<K>(&wire);
            if let Err(end) = planned::<K>(&wire, &target).await {
                return end;
            }
            let recorded = record::<K>(&wire, &target).await;
            wire.change(|account| _ = K::drift(account, &target));
            let drifted = wire.account();
            // Only a containment may be made over drift: the policy is its own.
            match steps.change::<K>(&recorded).await {
                Ok(_) => assert_eq!(K::NAME, kinds::RoleContainment::NAME),
                Err(error) => {
                    assert_eq!(error.name(), "TargetChanged");
                    assert_eq!(wire.account(), drifted);
                }
            }
            wire.change(|account| *account = was.clone());
            steps.change::<K>(&recorded).await.unwrap();
            let mut shown = "";
            wire.change(|account| shown = K::drift(account, &target));
            let drifted = wire.account();
            let error = steps.restore::<K>(&recorded).await.unwrap_err();
            assert_eq!(error.name(), "Drifted");
            assert!(error.to_string().contains(shown), "it shows what is there: {error}");
            assert_eq!(wire.account(), drifted);
            "refused"
        })
    });
}

fn refuse_another_of_the_same_name<K: Lawful>() {
    for target in K::targets(&account(3)) {
        wait(async {
            let wire = Wire::of(account(3));
            let steps = steps::<K>(&wire);
            let recorded = record::<K>(&wire, &target).await;
            wire.change(|account| {
                account
                    .policies
                    .values_mut()
                    .for_each(|policy| policy.id = "ANPAANOTHER0000000001".to_owned());
                account.holders.values_mut().for_each(|holder| holder.id = ANOTHER.to_owned());
            });
            let another = wire.account();
            assert_eq!(steps.change::<K>(&recorded).await.unwrap_err().name(), "TargetChanged", "{target:?}");
            assert_eq!(steps.restore::<K>(&recorded).await.unwrap_err().name(), "Drifted", "{target:?}");
            assert_eq!(steps.verify::<K>(&recorded).await, Hold::Gone, "{target:?}");
            assert_eq!(wire.account(), another);
        });
    }
}

/// The input of a task can be anything.
fn act_on_the_record_alone<K: Lawful>() {
    for target in K::targets(&account(3)) {
        wait(async {
            let wire = Wire::of(account(3));
            let steps = steps::<K>(&wire);
            let recorded = record::<K>(&wire, &target).await;
            let was = wire.account();
            for forged in [
                RecordOf::<K> { account: super::MEMBER.to_owned(), ..recorded.clone() },
                RecordOf::<K> { case_id: "another".to_owned(), ..recorded.clone() },
                RecordOf::<K> { kind: "another".to_owned(), ..recorded.clone() },
                RecordOf::<K> { taken_at: "2026-01-01T00:00:00Z".to_owned(), ..recorded.clone() },
            ] {
                assert_eq!(steps.change::<K>(&forged).await.unwrap_err().name(), "InvalidInput");
                assert_eq!(steps.restore::<K>(&forged).await.unwrap_err().name(), "InvalidInput");
                assert_eq!(wire.account(), was);
            }
            let unrecorded = Wire::of(account(3));
            let error = self::steps::<K>(&unrecorded).change::<K>(&recorded).await.unwrap_err();
            assert_eq!(error.name(), "InvalidInput");
            assert_eq!(unrecorded.account(), was);
        });
    }
}

/// Makes and undoes the change with this fault in each of the two, and returns in how many of them it occurred.
async fn faults<K: Lawful>(target: &K::Target, versions: u64, fault: FailsAt) -> usize {
    let wire = Wire::of(account(versions));
    let steps = steps::<K>(&wire);
    let was = wire.account();
    let recorded = record::<K>(&wire, target).await;
    wire.fails_at(Some(fault));
    let changed = steps.change::<K>(&recorded).await.err().map(|error| error.name());
    wire.fails_at(None);
    if changed.is_some() {
        steps.change::<K>(&recorded).await.unwrap();
    }
    assert_eq!(steps.verify::<K>(&recorded).await, Hold::Holds, "{target:?} {fault:?}");
    wire.fails_at(Some(fault));
    let restored = steps.restore::<K>(&recorded).await.err().map(|error| error.name());
    wire.fails_at(None);
    if restored.is_some() {
        steps.restore::<K>(&recorded).await.unwrap();
    }
    let is = wire.account();
    assert_eq!(is.without_numbers(), was.without_numbers(), "{target:?} {fault:?}");
    assert_eq!(is.policies[POLICY].default, versions, "{target:?} {fault:?}");
    let occurred: Vec<&str> = changed.into_iter().chain(restored).collect();
    assert!(occurred.iter().all(|name| *name == "Unavailable"), "{target:?} {fault:?}: {occurred:?}");
    occurred.len()
}

/// Fails at every call of the change and of the undo, before and after its effect.
fn make_faults_good<K: Lawful>() {
    let mut injected = 0;
    for target in K::targets(&account(3)) {
        for &versions in K::versions(&target) {
            let mut call = 0;
            // Until neither the change nor the undo has such a call.
            while wait(faults::<K>(&target, versions, FailsAt { call, after: false })) > 0 {
                injected += 1 + wait(faults::<K>(&target, versions, FailsAt { call, after: true }));
                call += 1;
            }
        }
    }
    assert!(injected >= 10, "{injected} faults");
}

/// The laws of each kind, in a module of its name.
macro_rules! laws {
    ($($kind:ident)*) => { $(
        mod $kind {
            use contract::kinds::$kind as Lawful;

            #[test]
            fn generated_accounts_are_put_back_exactly() {
                super::put_back_exactly::<Lawful>();
            }

            #[test]
            fn generated_drift_is_refused_and_shown() {
                super::refuse_drift::<Lawful>();
            }

            #[test]
            fn another_target_of_the_same_name_is_never_touched() {
                super::refuse_another_of_the_same_name::<Lawful>();
            }

            #[test]
            fn a_step_acts_on_the_record_alone() {
                super::act_on_the_record_alone::<Lawful>();
            }

            #[test]
            fn a_fault_at_any_call_is_made_good_by_another_try() {
                super::make_faults_good::<Lawful>();
            }
        }
    )* };
}
contract::for_each_changing_kind!(laws);
