//! What every scenario promises: it goes as it says, and everything that is said in it the types of the tasks allow.

use crate::errors::can_come;
use crate::workflows::{Told, all, declaration, trouble};
use contract::{APPROVAL_DENIED, Answer, Question};
use engine::scenario::Ending;
use serde_json::Value;
use tests::{Result, on_every_core};

#[test]
fn every_scenario_goes_as_it_says() -> Result<()> {
    let mut wrong = Vec::new();
    for told in all()?.iter().flat_map(|subject| &subject.scenarios) {
        match &told.scenario.expect {
            None => wrong.push(format!(
                "{} expects nothing: `redress test statemachines --accept` writes down what happens",
                told.name
            )),
            Some(expected) => {
                let differences = expected.differences(&told.run()?.outcome);
                wrong.extend(differences.iter().map(|difference| format!("{}: {difference}", told.name)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The execution is thrown away and recovered from its history at every turn.
#[test]
fn every_scenario_goes_the_same_way_when_it_is_recovered_at_every_turn() -> Result<()> {
    let scenarios: Vec<&Told> = all()?.iter().flat_map(|subject| &subject.scenarios).collect();
    let wrong = on_every_core(&scenarios, |told| recovered_otherwise(told))?;
    let wrong = wrong.into_iter().collect::<Result<Vec<_>>>()?.concat();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

fn recovered_otherwise(told: &Told) -> Result<Vec<String>> {
    let (whole, recovered) = (told.run()?, told.run_recovering()?);
    let differences = whole.outcome.differences(&recovered.outcome);
    let mut wrong: Vec<String> =
        differences.iter().map(|difference| format!("{}: {difference}", told.name)).collect();
    if whole.calls != recovered.calls {
        wrong.push(format!("{}: the tasks are called otherwise", told.name));
    }
    let length = whole.history.len().max(recovered.history.len());
    let pairs = (0..length).map(|n| (whole.history.get(n), recovered.history.get(n)));
    if let Some((one, other)) = pairs.into_iter().find(|(one, other)| one != other) {
        wrong.push(format!("{}: the histories differ: {one:?} is {other:?} when recovered", told.name));
    }
    Ok(wrong)
}

#[test]
fn every_payload_is_what_the_task_takes() -> Result<()> {
    let mut wrong = Vec::new();
    for told in all()?.iter().flat_map(|subject| &subject.scenarios) {
        for call in &told.run()?.calls {
            let understood = (declaration(&call.function)?.takes)(call.payload.clone());
            wrong.extend(not_understood(&call.payload, understood).iter().map(|why| {
                format!(
                    "{}: `{}` calls `{}` with what it does not take: {why}; correct the state's Payload",
                    told.name, call.state, call.function
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
fn every_mocked_result_is_what_the_task_gives() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let tasks = subject.machine.tasks();
        for told in &subject.scenarios {
            for (state, outcomes) in &told.scenario.tasks {
                let Some((.., function)) = tasks.iter().find(|(name, ..)| name == state) else {
                    wrong.push(format!("{}: `{state}` is no Task state; correct its name", told.name));
                    continue;
                };
                let gives = declaration(function)?.gives;
                for outcome in outcomes.iter() {
                    let Ending::Return(value) = &outcome.ending else { continue };
                    wrong.extend(not_understood(value, gives(value.clone())).iter().map(|why| {
                        format!(
                            "{}: `{state}` returns what `{function}` does not give: {why}; correct the scenario",
                            told.name
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
fn every_mocked_error_is_one_that_can_come() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for told in &subject.scenarios {
            for (name, outcomes) in &told.scenario.tasks {
                let Some(state) = subject.machine.state(name) else { continue };
                for outcome in outcomes.iter() {
                    let Ending::Fail(error) = &outcome.ending else { continue };
                    if !can_come(state, &error.error)
                        || error.error == "States.ALL"
                        || error.error == APPROVAL_DENIED
                    {
                        wrong.push(format!(
                            "{}: `{name}` fails with `{}`, which is no error of `{}`; correct the scenario",
                            told.name,
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

/// Yes is an `Answer`; no is the error `ApprovalDenied` with the `Answer` as its cause. Whoever answers a token by hand
/// can say something else; then the execution fails.
#[test]
fn every_answer_is_one_that_a_person_can_give() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for told in &subject.scenarios {
            for name in told.scenario.answers.keys() {
                if !subject.machine.state(name).is_some_and(|state| state.waits_for_token()) {
                    wrong.push(format!("{}: nobody can answer `{name}`; correct its name", told.name));
                }
            }
            let failed = told.scenario.expect.as_ref().is_some_and(|expect| expect.status == "FAILED");
            for call in &told.run()?.calls {
                let Some(outcomes) = told.scenario.answers.get(&call.state) else { continue };
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
                                "{}: `{}` is answered with `{}`; a person can only say `{APPROVAL_DENIED}`",
                                told.name, call.state, error.error
                            ));
                            continue;
                        }
                    };
                    match serde_json::from_value::<Answer>(answer) {
                        Ok(answer) if answer.decision == wanted || failed => {}
                        Ok(answer) => wrong.push(format!(
                            "{}: `{}` is answered with `{}`, which must be `{}` there",
                            told.name,
                            call.state,
                            answer.decision.word(),
                            wanted.word()
                        )),
                        Err(why) => wrong.push(format!(
                            "{}: `{}` is answered with what is no `Answer`: {why}",
                            told.name, call.state
                        )),
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// AWS writes a token into the parameters of the call that hands it out; the engine does not even do that.
#[test]
fn no_task_token_gets_into_a_history_or_into_another_call() -> Result<()> {
    let (mut wrong, mut tokens) = (Vec::new(), 0);
    for told in all()?.iter().flat_map(|subject| &subject.scenarios) {
        let run = told.run()?;
        for token in run.calls.iter().filter_map(|call| call.payload.get("taskToken")?.as_str()) {
            tokens += 1;
            let history = run.history.iter().map(|event| event.to_aws(true).to_string());
            let events = history.filter(|event| event.contains(token));
            wrong.extend(events.map(|event| format!("{}: the token stands in {event}", told.name)));
            let calls = run.calls.iter().filter(|call| call.payload.to_string().contains(token));
            wrong.extend(
                calls.skip(1).map(|call| format!("{}: `{}` gets the token too", told.name, call.state)),
            );
        }
    }
    assert!(tokens > 0, "no scenario hands out a task token, so this test proves nothing");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// What is in a value and not in what was understood of it, by its JSON pointer. What is null is not there.
fn not_understood(value: &Value, understood: serde_json::Result<Value>) -> Vec<String> {
    fn compare(value: &Value, understood: &Value, pointer: &str, wrong: &mut Vec<String>) {
        match (value, understood) {
            (Value::Null, _) => {}
            (Value::Object(map), Value::Object(other)) => {
                for (key, value) in map {
                    let other = other.get(key).unwrap_or(&Value::Null);
                    compare(value, other, &format!("{pointer}/{key}"), wrong);
                }
            }
            (Value::Array(items), Value::Array(other)) if items.len() == other.len() => {
                for (n, (value, other)) in items.iter().zip(other).enumerate() {
                    compare(value, other, &format!("{pointer}/{n}"), wrong);
                }
            }
            (Value::Number(number), Value::Number(other)) if number.as_f64() == other.as_f64() => {}
            (value, other) if value == other => {}
            (value, Value::Null) => wrong.push(format!("nobody reads `{pointer}`, which is {value}")),
            (value, other) => wrong.push(format!("`{pointer}` is {value}, and is understood as {other}")),
        }
    }
    let mut wrong = Vec::new();
    match understood {
        Err(why) => wrong.push(trouble(why).0),
        Ok(understood) => compare(value, &understood, "", &mut wrong),
    }
    wrong
}
