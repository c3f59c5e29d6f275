//! The first law over every response: whatever fails, the target is restored or a person was told.

use crate::account::{Intrusion, Live, Person};
use crate::endings::table;
use crate::fault::{Fault, Lasting, People, Plan, When};
use crate::generated::check;
use crate::law::run;
use crate::subjects::{Subject, all};
use crate::sweep::{Share, sweep, without_faults};
use contract::steps::check_guardrails::Ruling;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::BTreeMap;
use tests::{Result, golden};

#[test]
fn every_response_ends_as_expected_if_nothing_fails() -> Result<()> {
    for subject in all()? {
        let wrong = without_faults(subject)?;
        assert!(wrong.is_empty(), "{}:\n{}", subject.name(), wrong.join("\n"));
    }
    Ok(())
}

/// Each call of each way fails with each error that it can have, before and after its effect, once, a few times and for
/// good. The first response of each shape meets all of them, and `endings.txt` shows how its executions ended. The other
/// responses of the shape run the same definition with other data, so each fault is tried on one of them in turn; with
/// `LAWS_ALL` set, on every one, and they must end alike.
#[test]
fn whatever_fails_the_target_is_restored_or_people_are_told() -> Result<()> {
    let everything = std::env::var_os("LAWS_ALL").is_some();
    let mut by_shape: BTreeMap<String, Vec<&Subject>> = BTreeMap::new();
    for subject in all()? {
        match subject.response.shape() {
            Some(shape) => by_shape.entry(shape).or_default().push(subject),
            // A definition of a response's own has no part in the table.
            None => drop(sweep(subject, Share::ALL)?),
        }
    }
    let mut endings = Vec::new();
    for (shape, subjects) in &by_shape {
        let Some((first, others)) = subjects.split_first() else { continue };
        let expected = sweep(first, Share::ALL)?;
        for (nth, subject) in others.iter().enumerate() {
            let share = if everything { Share::ALL } else { Share { nth, of: others.len() } };
            let found = sweep(subject, share)?;
            if everything {
                let (first, other) = (first.name(), subject.name());
                assert_eq!(expected, found, "{first} and {other} have the same shape, and end differently");
            }
        }
        endings.push((shape.as_str(), expected));
    }
    let table = table(&endings.iter().map(|(shape, found)| (*shape, found)).collect::<Vec<_>>());
    println!("{table}");
    golden("tests/laws/endings.txt", &table)
}

/// Several calls fail, somebody interferes, people answer anything, and Security Hub lags, all at once.
#[test]
fn generated_faults_together_break_no_law() -> Result<()> {
    let subjects = all()?;
    let modes = prop_oneof![6 => Just("auto"), 3 => Just("approve"), 1 => Just("plan"), 1 => Just("enrich")];
    let live = prop_oneof![8 => Just(Live::Dangerous), 1 => Just(Live::Harmless), 1 => Just(Live::Gone)];
    let ruling =
        prop_oneof![6 => Just(Ruling::Proceed), 2 => Just(Ruling::AskFirst), 1 => Just(Ruling::HandOver)];
    let lag = prop_oneof![3 => Just(0_u64), 1 => 1_u64..12];
    let which = (any::<Index>(), any::<Index>());
    check("faults together", 512, (which, modes, live, ruling, lag, plan()), |given| {
        let ((subject, case), mode, live, ruling, lag, plan) = given;
        let subject = subject.get(subjects);
        let case = case.get(&subject.cases);
        let run = run(subject, &case.input(mode), &case.scene(live, ruling, lag), &plan);
        let run = run.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let (name, case) = (subject.name(), &case.name);
        prop_assert_eq!(run.violations(), Vec::<String>::new(), "\n{}, `{}`:\n{}", name, case, run.log());
        Ok(())
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let people = (person(), person()).prop_map(|(change, undo)| People { change, undo });
    let intrusion = (0_usize..20, select(Intrusion::ALL));
    (prop::collection::vec(fault(), 2..5), prop::collection::vec(intrusion, 0..4), people)
        .prop_map(|(faults, intrusions, people)| Plan { faults, intrusions, people })
}

fn fault() -> impl Strategy<Value = Fault> {
    let when = prop_oneof![Just(When::Before), Just(When::After)];
    let lasting = prop_oneof![3 => (1_usize..6).prop_map(Lasting::Times), 1 => Just(Lasting::ForGood)];
    (0_usize..24, 0_usize..40, when, lasting).prop_map(|(at, error, when, lasting)| Fault {
        at,
        error,
        when,
        lasting,
    })
}

fn person() -> impl Strategy<Value = Person> {
    prop_oneof![
        4 => Just(Person::Yes),
        2 => Just(Person::No),
        2 => Just(Person::Nobody),
        1 => Just(Person::YesByHand),
        1 => Just(Person::NoByHand),
    ]
}
