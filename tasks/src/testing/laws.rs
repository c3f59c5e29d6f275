//! The laws of every kind that changes something: taking a change back restores what was there, each step twice is the
//! step once, drift is refused and shown, and a fault at any call is made good by another try.
//!
//! `LAWS_ACCOUNTS` is the number of generated accounts, 60 by default; `LAWS_SEED` repeats a run. A failure names its
//! seed.

use super::Wire;
use super::accounts::{POLICY, SAFE, account, generated};
use super::iam::{Account, FailsAt, Managed};
use super::steps::{RecordOf, Steps, about};
use crate::kinds::ChangingKind;
use contract::steps::verify::Hold;
use contract::{Changing, Finding, IamPrincipal, Plan, TaskError};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// The unique id of a principal or policy that was deleted and created again.
pub(crate) const ANOTHER: &str = "AROAANOTHER0000000001";

/// What the laws need to know of a kind. Each kind implements it in its own folder, in `laws.rs`.
pub(crate) trait Lawful: ChangingKind<Planned = <Self as Changing>::Change> {
    const SETTINGS: &'static [(&'static str, &'static str)] = &[];
    /// Whether a look after the change plans no other one.
    const IS_SETTLED: bool = true;

    /// Whether the change may be made over drift, because what drifted has a name of our own.
    const OVERWRITES_DRIFT: bool = false;

    /// The targets in an account.
    fn targets(account: &Account) -> Vec<Self::Target>;

    /// Somebody changes the target, before the change or after it. Returns a part of what people must be shown.
    fn drift(account: &mut Account, target: &Self::Target) -> &'static str;

    /// Prepares an account in which an undo attaches a managed policy or makes it the boundary again, and returns the
    /// policy's ARN. `None` if no undo of this target does that.
    fn put_back_by_name(_account: &mut Account, _target: &Self::Target) -> Option<String> {
        None
    }

    /// The role, user or group that the target is or has the target.
    fn principal(target: &Self::Target) -> Option<IamPrincipal>;

    /// The numbers of versions of a managed policy for which the calls differ.
    fn versions(_target: &Self::Target) -> &'static [u64] {
        &[3]
    }

    /// Whether AWS cannot give everything back as it was.
    fn loses(_was: &Account, _changed: &Account) -> bool {
        false
    }
}

/// Tries generated accounts, and prints the seed and how often each end was reached.
fn check<S: Strategy>(name: &str, strategy: S, law: impl Fn(S::Value) -> &'static str) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let cases = number("LAWS_ACCOUNTS").map_or(60, |count| u32::try_from(count).unwrap());
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
            match steps.change::<K>(&recorded).await {
                Ok(_) => assert!(K::OVERWRITES_DRIFT),
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

/// A policy that the record names can be changed, replaced or deleted before the undo puts it back.
fn put_back_only_what_was_recorded<K: Lawful>() {
    let another_version = |policy: &mut Managed| {
        policy.last += 1;
        policy.versions.insert(policy.last, SAFE.replace("assets", "replaced"));
        policy.default = policy.last;
    };
    let another_policy = |policy: &mut Managed| policy.id = "ANPAANOTHER0000000001".to_owned();
    for target in K::targets(&account(3)) {
        let mut was = account(3);
        let Some(named) = K::put_back_by_name(&mut was, &target) else { continue };
        type Replaces<'a> = (&'a dyn Fn(&mut Managed), &'a str);
        let replaced: [Replaces<'_>; 2] = [(&another_version, "replaced"), (&another_policy, "ANPAANOTHER")];
        for (replace, shown) in replaced {
            wait(async {
                let wire = Wire::of(was.clone());
                let steps = steps::<K>(&wire);
                let recorded = record::<K>(&wire, &target).await;
                steps.change::<K>(&recorded).await.unwrap();
                let before = wire.account();
                wire.change(|account| replace(account.policies.get_mut(&named).unwrap()));
                let replaced = wire.account();
                let error = steps.restore::<K>(&recorded).await.unwrap_err();
                assert_eq!(error.name(), "Drifted", "{target:?} {shown}");
                assert!(error.to_string().contains(shown), "it shows what is there: {error}");
                assert_eq!(wire.account(), replaced, "{target:?} {shown}");
                assert_eq!(steps.verify::<K>(&recorded).await, Hold::Holds, "the change itself holds");
                wire.change(|account| *account = before.clone());
                steps.restore::<K>(&recorded).await.unwrap();
            });
        }
        wait(async {
            let wire = Wire::of(was.clone());
            let steps = steps::<K>(&wire);
            let recorded = record::<K>(&wire, &target).await;
            steps.change::<K>(&recorded).await.unwrap();
            wire.change(|account| _ = account.policies.remove(&named));
            assert_eq!(steps.restore::<K>(&recorded).await.unwrap_err().name(), "Drifted", "{target:?}");
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

/// Every string of a JSON value, by its pointer.
fn strings(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| strings(item, &format!("{at}/{n}"), found));
        }
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            strings(member, &format!("{at}/{name}"), found);
        }),
        _ => {}
    }
}

/// Whatever of a record is altered, it is not the one on record, and nothing is done.
fn refuse_an_altered_record<K: Lawful>() {
    for target in K::targets(&account(3)) {
        wait(async {
            let wire = Wire::of(account(3));
            let steps = steps::<K>(&wire);
            let recorded = record::<K>(&wire, &target).await;
            let value = serde_json::to_value(&recorded).unwrap();
            let mut pointers = Vec::new();
            strings(&value, "", &mut pointers);
            let mut altered = 0;
            for changed in [false, true] {
                if changed {
                    steps.change::<K>(&recorded).await.unwrap();
                }
                let was = wire.account();
                for pointer in &pointers {
                    let mut forged = value.clone();
                    let text = forged.pointer_mut(pointer).unwrap();
                    *text = format!("{}x", text.as_str().unwrap()).into();
                    // A text that is one of a few words cannot be altered to just any other.
                    let Ok(forged) = serde_json::from_value::<RecordOf<K>>(forged) else { continue };
                    altered += 1;
                    let error = steps.change::<K>(&forged).await.unwrap_err();
                    assert_eq!(error.name(), "InvalidInput", "{target:?} {pointer}");
                    let error = steps.restore::<K>(&forged).await.unwrap_err();
                    assert_eq!(error.name(), "InvalidInput", "{target:?} {pointer}");
                    assert_eq!(wire.account(), was, "{target:?} {pointer}");
                }
            }
            assert!(altered > 10, "{altered}");
        });
    }
}

/// A case whose record is about one target gives nothing back for another one: another target, another change, another
/// account, or another resource of the same name.
fn record_one_target_for_a_case<K: Lawful>() {
    let targets = K::targets(&account(3));
    for target in &targets {
        wait(async {
            let wire = Wire::of(account(3));
            let steps = steps::<K>(&wire);
            let recorded = record::<K>(&wire, target).await;
            let of_others = targets.iter().filter(|other| *other != target);
            for other in of_others {
                let foreign = Wire::of(account(3));
                let change = record::<K>(&foreign, other).await.change;
                for (finding, change) in [(other, &change), (other, &recorded.change), (target, &change)] {
                    let refused = steps.record::<K>(about::<K>(finding), change.clone()).await;
                    assert!(refused.is_err(), "{target:?} {finding:?} {change:?}");
                }
            }
            let elsewhere = Finding { account: super::MEMBER.to_owned(), ..about::<K>(target) };
            assert!(steps.record::<K>(elsewhere, recorded.change.clone()).await.is_err());
            let again = steps.record::<K>(about::<K>(target), recorded.change.clone()).await;
            assert_eq!(again.unwrap(), recorded);
        });
    }
}

/// What is on the list of protected resources is changed only if the step is told who approved it.
fn leave_the_protected_alone<K: Lawful>() {
    for target in K::targets(&account(3)) {
        let Some(who) = <K as Lawful>::principal(&target) else { continue };
        wait(async {
            let wire = Wire::of(account(3));
            wire.change(|account| {
                account.holder(&format!("{:?}", who.kind), &who.name).path = "/break-glass/".to_owned();
            });
            let steps = steps::<K>(&wire);
            let change = planned::<K>(&wire, &target).await.unwrap();
            let recorded = steps.record::<K>(about::<K>(&target), change).await.unwrap();
            let was = wire.account();
            let refused = steps.change_unapproved::<K>(&recorded).await.unwrap_err();
            assert!(
                refused.name() == "InvalidInput" && refused.to_string().contains("protected"),
                "{refused}"
            );
            assert_eq!(wire.account(), was, "{target:?}");
            steps.change::<K>(&recorded).await.unwrap();
            assert_ne!(wire.account(), was, "{target:?}");
        });
    }
}

/// What is the responder's own, linked to a service, or managed by Identity Center is neither recorded nor changed nor
/// restored, also if it was recorded before it came under such a path.
fn leave_the_untouchable_alone<K: Lawful>() {
    for target in K::targets(&account(3)) {
        let Some(who) = <K as Lawful>::principal(&target) else { continue };
        for path in [
            "/redress/",
            "/redress/deep/er/",
            "/aws-service-role/ecs.amazonaws.com/",
            "/aws-reserved/sso.amazonaws.com/",
        ] {
            wait(async {
                let moved = |account: &mut Account| {
                    account.holder(&format!("{:?}", who.kind), &who.name).path = path.to_owned();
                };
                let wire = Wire::of(account(3));
                let steps = steps::<K>(&wire);
                let change = planned::<K>(&wire, &target).await.unwrap();
                wire.change(moved);
                let untouchable = wire.account();
                let refused = steps.record::<K>(about::<K>(&target), change.clone()).await;
                assert!(refused.is_err(), "{target:?} {path}");
                assert!(wire.records().is_empty(), "{target:?} {path}");
                wire.change(|account| *account = super::accounts::account(3));
                let recorded = steps.record::<K>(about::<K>(&target), change.clone()).await.unwrap();
                for changed in [false, true] {
                    if changed {
                        wire.change(|account| *account = super::accounts::account(3));
                        steps.change::<K>(&recorded).await.unwrap();
                    }
                    wire.change(moved);
                    let was = wire.account();
                    assert!(steps.record::<K>(about::<K>(&target), change.clone()).await.is_err());
                    assert_eq!(steps.change::<K>(&recorded).await.unwrap_err().name(), "InvalidInput");
                    assert_eq!(steps.restore::<K>(&recorded).await.unwrap_err().name(), "InvalidInput");
                    assert_eq!(wire.account(), was, "{target:?} {path}");
                }
                assert_ne!(untouchable, account(3));
            });
        }
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
        // What took hold stays, whatever the step reported: nobody has asked to take it back.
        if steps.verify::<K>(&recorded).await == Hold::Holds {
            let changed = wire.account();
            let error = steps.tidy::<K>(&recorded).await.unwrap_err();
            assert_eq!(error.name(), "TookHold", "{target:?} {fault:?}");
            assert_eq!(wire.account(), changed, "{target:?} {fault:?}");
        }
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
    let transient = |name: &&&str| ["Unavailable", "NotReadBack"].contains(*name);
    assert_eq!(
        occurred.iter().filter(transient).count(),
        occurred.len(),
        "{target:?} {fault:?}: {occurred:?}"
    );
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
            fn an_undo_puts_back_only_what_was_recorded() {
                super::put_back_only_what_was_recorded::<Lawful>();
            }

            #[test]
            fn a_step_acts_on_the_record_alone() {
                super::act_on_the_record_alone::<Lawful>();
            }

            #[test]
            fn an_altered_record_is_refused_by_every_step_that_writes() {
                super::refuse_an_altered_record::<Lawful>();
            }

            #[test]
            fn a_case_has_a_record_of_one_target_alone() {
                super::record_one_target_for_a_case::<Lawful>();
            }

            #[test]
            fn what_nobody_may_change_is_refused_by_every_step() {
                super::leave_the_untouchable_alone::<Lawful>();
            }

            #[test]
            fn what_is_protected_is_changed_only_if_a_person_approved() {
                super::leave_the_protected_alone::<Lawful>();
            }

            #[test]
            fn a_fault_at_any_call_is_made_good_by_another_try() {
                super::make_faults_good::<Lawful>();
            }
        }
    )* };
}
contract::for_each_changing_kind!(laws);
