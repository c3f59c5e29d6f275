//! `samples.json` of every response holds values of the kind's own types, and they tell one story.

use crate::subjects::{all, declaration};
use crate::typed::differences;
use serde_json::{Value, json};
use tests::Result;
use tests::responses::{Response, json as read};

/// The samples that are results: their names, and the steps that return them.
const RESULTS: &[(&str, &str)] = &[
    ("looked", "look"),
    ("nothing", "look"),
    ("forPeople", "look"),
    ("recorded", "record"),
    ("changed", "change"),
    ("restored", "restore"),
];

#[test]
fn every_sample_is_of_the_type_of_its_kind() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()?.iter().filter(|subject| subject.response.workflow.shape.is_some()) {
        for (sample, problem) in problems(subject.response)? {
            wrong.push(format!("{}/samples.json: `{sample}`: {problem}", subject.name()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The samples that are missing or of another type.
fn problems(response: &Response) -> Result<Vec<(&'static str, String)>> {
    let mut problems = Vec::new();
    let mut check = |name, value: &Value, read: serde_json::Result<Value>| {
        problems.extend(differences(value, read).into_iter().map(|problem| (name, problem)));
    };
    let sample = |name: &str| response.samples.get(name).cloned().unwrap_or_default();
    if let Some(look) = response.step("look") {
        let input = json!({ "caseId": "4f1b2c3d4e5f", "finding": sample("finding") });
        check("finding", &input, (declaration(&look)?.takes)(input.clone()));
    }
    let changes = response.step("change").is_some();
    for (name, step) in RESULTS {
        // A kind without changes need not show two results for people.
        let is_optional = *name == "forPeople" && !changes;
        let (Some(function), value) = (response.step(step), sample(name)) else { continue };
        if !(is_optional && value.is_null()) {
            check(name, &value, (declaration(&function)?.gives)(value.clone()));
        }
    }
    for (name, outcome) in [("looked", if changes { "Change" } else { "ForPeople" }), ("nothing", "Nothing")]
    {
        let found = sample(name).pointer("/plan/outcome").cloned().unwrap_or_default();
        if found != outcome {
            problems.push((name, format!("its outcome is {found}, and must be {outcome}")));
        }
    }
    Ok(problems)
}

#[test]
fn every_record_is_of_the_change_that_was_planned() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()?.iter().filter(|subject| subject.response.step("record").is_some()) {
        let samples = &subject.response.samples;
        let at = |pointer: &str| samples.pointer(pointer).cloned().unwrap_or_default();
        let kind = subject.response.workflow.kind.clone();
        for (one, other) in [
            (at("/recorded/change"), at("/looked/plan/change")),
            (at("/recorded/what"), at("/looked/target/what")),
            (at("/recorded/account"), at("/finding/account")),
            (at("/recorded/kind"), json!(kind)),
        ] {
            if one != other {
                wrong.push(format!(
                    "{}/samples.json: `recorded` has {one}, and {other} was expected",
                    subject.name()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_event_of_the_samples_is_one_that_a_rule_takes() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()?.iter().filter(|subject| !subject.response.samples.is_null()) {
        let file = subject.response.sample_event()?;
        if subject.response.workflow.rule_for(&read(&file)?).is_none() {
            wrong.push(format!("{}: no rule takes `{}`", subject.name(), file.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}
