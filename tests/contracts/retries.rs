//! Transient errors change nothing but the time.

use crate::subjects::{ScenarioCase, Subject, all};
use engine::scenario::{Ending, Error, Outcome, Run};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::{Result, on_every_core};

/// Each Task state fails once with each error of its Retry, in the first scenario in which it succeeds. The execution
/// takes the same path to the same end.
#[test]
fn an_error_that_is_retried_changes_nothing_but_the_time() -> Result<()> {
    let (mut wrong, mut tries) = (Vec::new(), Vec::new());
    for subject in all()? {
        let succeeds = successes(subject)?;
        for (name, state, _) in subject.machine.tasks() {
            let Some(case) = succeeds.get(name) else {
                wrong.push(format!("{}: `{name}` succeeds in no scenario", subject.name()));
                continue;
            };
            let errors = state.retry.iter().flat_map(|retry| &retry.error_equals);
            tries.extend(errors.map(|error| (*case, name, error.as_str())));
        }
    }
    assert!(!tries.is_empty(), "no state retries anything, so this test proves nothing");
    let changes = on_every_core(&tries, |(case, state, error)| changes(case, state, error))?;
    wrong.extend(changes.into_iter().flatten());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The differences if a state fails once with an error.
fn changes(case: &ScenarioCase, state: &str, error: &str) -> Option<String> {
    let what = || format!("{}: `{state}` fails once with `{error}`", case.name);
    let (whole, run) = match (case.run(), fails_once(case, state, error)) {
        (Ok(whole), Ok(run)) => (whole, run),
        (Err(why), _) | (_, Err(why)) => return Some(format!("{}: {why}", what())),
    };
    let calls = |run: &Run| run.calls.iter().filter(|call| call.state == state).count();
    let path_and_end = |run: &Run| {
        let mut path = run.outcome.path.clone();
        // Branches run in parallel, so their order does not matter.
        path.sort();
        (path, run.outcome.status.clone(), run.outcome.output.clone(), run.outcome.error.clone())
    };
    if calls(&run) == calls(whole) + 1 && path_and_end(&run) == path_and_end(whole) {
        return None;
    }
    Some(format!("{}: {}", what(), whole.outcome.differences(&run.outcome).join("; ")))
}

/// For each state the first scenario in which one of its calls succeeds.
fn successes(subject: &Subject) -> Result<BTreeMap<&str, &ScenarioCase>> {
    let mut found = BTreeMap::new();
    for case in &subject.scenarios {
        for call in &case.run()?.calls {
            if matches!(call.outcome.ending, Ending::Return(_)) {
                found.entry(call.state.as_str()).or_insert(case);
            }
        }
    }
    Ok(found)
}

/// Runs the scenario with one failure of the state before its other outcomes.
fn fails_once(case: &ScenarioCase, state: &str, error: &str) -> Result<Run> {
    let mut scenario = case.scenario.clone();
    let failure = Ending::Fail(Error { error: error.to_owned(), cause: "once".to_owned() });
    let failure = Outcome { after: None, ending: failure };
    let then = scenario.tasks.get(state).map(|outcomes| outcomes.iter().cloned().collect::<Vec<_>>());
    let outcomes: Value = json!([vec![failure], then.unwrap_or_default()].concat());
    scenario.tasks.insert(state.to_owned(), serde_json::from_value(outcomes)?);
    case.run_as(&scenario)
}
