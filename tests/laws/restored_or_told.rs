//! The first law over every folder of `statemachines/`: whatever fails, the resource is restored or a human was told.

use crate::account::{Intrusion, Live, Person};
use crate::endings::table;
use crate::fault::{Fault, Lasting, People, Plan, When};
use crate::generated::check;
use crate::law::run;
use crate::sweep::{sweep, without_faults};
use crate::workflows::all;
use contract::tasks::check_guardrails::Ruling;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tests::{Result, repository};

#[test]
fn without_faults_it_ends_as_it_should() -> Result<()> {
    for subject in all()? {
        let wrong = without_faults(subject)?;
        assert!(wrong.is_empty(), "{}:\n{}", subject.workflow.name, wrong.join("\n"));
    }
    Ok(())
}

/// Each call of each way fails with each error that it can end with, before and after its effect, once, a few times and
/// for good. How the executions ended stands in `endings.txt`.
#[test]
fn whatever_fails_it_is_restored_or_people_were_told() -> Result<()> {
    let mut endings = Vec::new();
    for subject in all()? {
        endings.push((subject.workflow.name.as_str(), sweep(subject)?));
    }
    let found = table(&endings);
    println!("{found}");
    let file = repository().join("tests/laws/endings.txt");
    if std::env::var_os("GOLDEN").is_some() {
        return Ok(std::fs::write(file, found)?);
    }
    let expected = std::fs::read_to_string(&file)?;
    assert_eq!(expected, found, "`make golden` writes `{}`; read the difference", file.display());
    Ok(())
}

/// Several calls fail, somebody interferes, people answer anything, and Security Hub lags, all at once.
#[test]
fn whatever_fails_together() -> Result<()> {
    let subjects = all()?;
    let modes = prop_oneof![6 => Just("auto"), 3 => Just("approve"), 1 => Just("plan"), 1 => Just("enrich")];
    let live = prop_oneof![8 => Just(Live::Dangerous), 1 => Just(Live::Harmless), 1 => Just(Live::Gone)];
    let ruling =
        prop_oneof![6 => Just(Ruling::Proceed), 2 => Just(Ruling::AskFirst), 1 => Just(Ruling::HandOver)];
    let lag = prop_oneof![3 => Just(0_u64), 1 => 1_u64..12];
    let which = (any::<Index>(), any::<Index>());
    check("whatever fails together", 512, (which, modes, live, ruling, lag, plan()), |given| {
        let ((workflow, case), mode, live, ruling, lag, plan) = given;
        let subject = workflow.get(subjects);
        let case = case.get(&subject.cases);
        let run = run(subject, &case.input(mode), &case.scene(live, ruling, lag), &plan);
        let run = run.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let name = &subject.workflow.name;
        prop_assert_eq!(
            run.violations(),
            Vec::<String>::new(),
            "\n{}, `{}`:\n{}",
            name,
            case.scenario,
            run.tale()
        );
        Ok(())
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let people = (person(), person()).prop_map(|(act, undo)| People { act, undo });
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
