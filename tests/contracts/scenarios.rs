//! Every scenario ends as it expects, and its values are of the tasks' types.

use crate::errors::can_occur;
use crate::subjects::{ScenarioCase, all, declaration};
use crate::typed::differences;
use contract::{APPROVAL_DENIED, Answer, Question};
use engine::scenario::Ending;
use std::collections::BTreeSet;
use tests::{Result, on_every_core};

#[test]
fn every_scenario_ends_as_expected() -> Result<()> {
    let mut wrong = Vec::new();
    for case in all()?.iter().flat_map(|subject| &subject.scenarios) {
        match &case.scenario.expect {
            None => wrong.push(format!(
                "{} expects nothing: `redress test statemachines --accept` adds what happens",
                case.name
            )),
            Some(expected) => {
                let differences = expected.differences(&case.run()?.outcome);
                wrong.extend(differences.iter().map(|difference| format!("{}: {difference}", case.name)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The execution is dropped and recovered from its history at every step.
#[test]
fn every_scenario_is_the_same_if_it_is_recovered_at_every_step() -> Result<()> {
    let scenarios: Vec<&ScenarioCase> = all()?.iter().flat_map(|subject| &subject.scenarios).collect();
    let wrong = on_every_core(&scenarios, |case| differences_when_recovered(case))?;
    let wrong = wrong.into_iter().collect::<Result<Vec<_>>>()?.concat();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

fn differences_when_recovered(case: &ScenarioCase) -> Result<Vec<String>> {
    let (whole, recovered) = (case.run()?, case.run_recovering()?);
    let differences = whole.outcome.differences(&recovered.outcome);
    let mut wrong: Vec<String> =
        differences.iter().map(|difference| format!("{}: {difference}", case.name)).collect();
    if whole.calls != recovered.calls {
        wrong.push(format!("{}: the calls of the tasks differ", case.name));
    }
    let length = whole.history.len().max(recovered.history.len());
    let pairs = (0..length).map(|n| (whole.history.get(n), recovered.history.get(n)));
    if let Some((one, other)) = pairs.into_iter().find(|(one, other)| one != other) {
        wrong.push(format!("{}: the histories differ: {one:?} is {other:?} after a recovery", case.name));
    }
    Ok(wrong)
}

#[test]
fn every_payload_is_of_the_input_type_of_its_task() -> Result<()> {
    let mut wrong = Vec::new();
    for case in all()?.iter().flat_map(|subject| &subject.scenarios) {
        for call in &case.run()?.calls {
            let read = (declaration(&call.function)?.takes)(call.payload.clone());
            wrong.extend(differences(&call.payload, read).iter().map(|why| {
                format!(
                    "{}: `{}` calls `{}` with a payload of another type: {why}; correct the state's Payload",
                    case.name, call.state, call.function
                )
            }));
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_mocked_result_is_of_the_output_type_of_its_task() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let tasks = subject.machine.tasks();
        for case in &subject.scenarios {
            for (state, outcomes) in &case.scenario.tasks {
                let Some((.., function)) = tasks.iter().find(|(name, ..)| name == state) else {
                    wrong.push(format!("{}: there is no Task state `{state}`; correct its name", case.name));
                    continue;
                };
                let gives = declaration(function)?.gives;
                for outcome in outcomes.iter() {
                    let Ending::Return(value) = &outcome.ending else { continue };
                    wrong.extend(differences(value, gives(value.clone())).iter().map(|why| {
                        format!(
                            "{}: `{state}` returns a value that is not of the type of `{function}`: {why}; correct the scenario",
                            case.name
                        )
                    }));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_mocked_error_is_one_that_can_occur() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for case in &subject.scenarios {
            for (name, outcomes) in &case.scenario.tasks {
                let Some(state) = subject.machine.state(name) else { continue };
                for outcome in outcomes.iter() {
                    let Ending::Fail(error) = &outcome.ending else { continue };
                    if !can_occur(state, &error.error)
                        || error.error == "States.ALL"
                        || error.error == APPROVAL_DENIED
                    {
                        wrong.push(format!(
                            "{}: `{name}` fails with `{}`, which is not an error of `{}`; correct the scenario",
                            case.name,
                            error.error,
                            state.function().unwrap_or_default()
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// Yes is an `Answer`. No is the error `ApprovalDenied` with the `Answer` as its cause. An answer past the approval task can
/// be anything else; the execution must fail then.
#[test]
fn every_answer_is_one_that_a_person_can_give() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for case in &subject.scenarios {
            for name in case.scenario.answers.keys() {
                if !subject.machine.state(name).is_some_and(|state| state.waits_for_token()) {
                    wrong.push(format!(
                        "{}: no state `{name}` waits for an answer; correct its name",
                        case.name
                    ));
                }
            }
            let failed = case.scenario.expect.as_ref().is_some_and(|expect| expect.status == "FAILED");
            for call in &case.run()?.calls {
                let Some(outcomes) = case.scenario.answers.get(&call.state) else { continue };
                let question = call.payload.get("question").cloned().unwrap_or_default();
                let [yes, no] = serde_json::from_value::<Question>(question)?.decisions();
                for outcome in outcomes.iter() {
                    let (answer, wanted) = match &outcome.ending {
                        Ending::Never => continue,
                        Ending::Return(value) => (value.clone(), yes),
                        Ending::Fail(error) if error.error == APPROVAL_DENIED => {
                            (serde_json::from_str(&error.cause).unwrap_or_default(), no)
                        }
                        Ending::Fail(error) => {
                            wrong.push(format!(
                                "{}: `{}` is answered with the error `{}`; a person's no is `{APPROVAL_DENIED}`",
                                case.name, call.state, error.error
                            ));
                            continue;
                        }
                    };
                    match serde_json::from_value::<Answer>(answer) {
                        Ok(answer) if answer.decision == wanted || failed => {}
                        Ok(answer) => wrong.push(format!(
                            "{}: `{}` is answered with `{}`, and the answer to its question is `{}`",
                            case.name,
                            call.state,
                            answer.decision.word(),
                            wanted.word()
                        )),
                        Err(why) => wrong.push(format!(
                            "{}: `{}` is answered with a value that is not an `Answer`: {why}",
                            case.name, call.state
                        )),
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// AWS records a task token in the parameters of the call that passes it on. The engine does not even do that.
#[test]
fn no_task_token_is_in_a_history_or_in_another_call() -> Result<()> {
    let (mut wrong, mut tokens) = (Vec::new(), 0);
    for case in all()?.iter().flat_map(|subject| &subject.scenarios) {
        let run = case.run()?;
        for token in run.calls.iter().filter_map(|call| call.payload.get("taskToken")?.as_str()) {
            tokens += 1;
            let history = run.history.iter().map(|event| event.to_aws(true).to_string());
            let events = history.filter(|event| event.contains(token));
            wrong.extend(events.map(|event| format!("{}: the token is in {event}", case.name)));
            let calls = run.calls.iter().filter(|call| call.payload.to_string().contains(token));
            wrong.extend(
                calls.skip(1).map(|call| format!("{}: `{}` gets the token as well", case.name, call.state)),
            );
        }
    }
    assert!(tokens > 0, "no scenario passes a task token on, so this test proves nothing");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// A change that is there after the step that makes it failed may be somebody else's. It is told as the response's own only
/// if that step, or the one that removes a failed change, has found that it took hold.
#[test]
fn a_change_that_its_step_did_not_confirm_is_not_told_as_certain() -> Result<()> {
    let mut uncertain = BTreeSet::new();
    for case in all()?.iter().flat_map(|subject| &subject.scenarios) {
        for call in case.run()?.calls.iter().filter(|call| call.state == "Tell people it is changed") {
            if call.payload.pointer("/message/trouble").is_some_and(|trouble| !trouble.is_null()) {
                uncertain.insert(case.name.rsplit(['/', ' ']).next().unwrap_or_default().to_owned());
            }
        }
    }
    assert_eq!(uncertain.into_iter().collect::<Vec<_>>(), ["change-times-out"]);
    Ok(())
}
