//! What is transient changes nothing but the time.

use crate::workflows::{Subject, Told, all};
use engine::scenario::{Ending, Error, Outcome, Run};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::{Result, on_every_core};

/// Each Task state fails once with each error that its Retry speaks of, in the first scenario in which it succeeds. The
/// execution goes on as if nothing had happened.
#[test]
fn an_error_that_is_tried_again_changes_nothing_but_the_time() -> Result<()> {
    let (mut wrong, mut tries) = (Vec::new(), Vec::new());
    for subject in all()? {
        let succeeds = successes(subject)?;
        for (name, state, _) in subject.machine.tasks() {
            let Some(told) = succeeds.get(name) else {
                wrong.push(format!("{}: in no scenario `{name}` succeeds", subject.workflow.name));
                continue;
            };
            let errors = state.retry.iter().flat_map(|retry| &retry.error_equals);
            tries.extend(errors.map(|error| (*told, name, error.as_str())));
        }
    }
    assert!(!tries.is_empty(), "no state is ever tried again, so this test proves nothing");
    let changes = on_every_core(&tries, |(told, state, error)| changes(told, state, error))?;
    wrong.extend(changes.into_iter().flatten());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// What is otherwise if a state fails once with an error.
fn changes(told: &Told, state: &str, error: &str) -> Option<String> {
    let what = || format!("{}: `{state}` fails once with `{error}`", told.name);
    let (whole, run) = match (told.run(), fails_once(told, state, error)) {
        (Ok(whole), Ok(run)) => (whole, run),
        (Err(why), _) | (_, Err(why)) => return Some(format!("{}: {why}", what())),
    };
    let calls = |run: &Run| run.calls.iter().filter(|call| call.state == state).count();
    let path_and_end = |run: &Run| {
        let mut path = run.outcome.path.clone();
        // Two branches go at the same time; which is first does not matter.
        path.sort();
        (path, run.outcome.status.clone(), run.outcome.output.clone(), run.outcome.error.clone())
    };
    if calls(&run) == calls(whole) + 1 && path_and_end(&run) == path_and_end(whole) {
        return None;
    }
    Some(format!("{}: {}", what(), whole.outcome.differences(&run.outcome).join("; ")))
}

/// For each state the first scenario in which one of its calls succeeds.
fn successes(subject: &Subject) -> Result<BTreeMap<&str, &Told>> {
    let mut found = BTreeMap::new();
    for told in &subject.scenarios {
        for call in &told.run()?.calls {
            if matches!(call.outcome.ending, Ending::Return(_)) {
                found.entry(call.state.as_str()).or_insert(told);
            }
        }
    }
    Ok(found)
}

/// The scenario, with one failure before everything that it says of the state.
fn fails_once(told: &Told, state: &str, error: &str) -> Result<Run> {
    let mut scenario = told.scenario.clone();
    let failure = Ending::Fail(Error { error: error.to_owned(), cause: "once".to_owned() });
    let failure = Outcome { after: None, ending: failure };
    let then = scenario.tasks.get(state).map(|outcomes| outcomes.iter().cloned().collect::<Vec<_>>());
    let outcomes: Value = json!([vec![failure], then.unwrap_or_default()].concat());
    scenario.tasks.insert(state.to_owned(), serde_json::from_value(outcomes)?);
    told.run_as(&scenario)
}
