//! What the rules promise: which events they take, and what the workflow gets of them.

use crate::workflows::{Subject, all, declaration, file_name, json, trouble, with_parameters};
use engine::events::input::Delivery;
use engine::scenario;
use engine::simulation::{Call, Ends, Simulation, World};
use engine::workflow::{Workflow, json_files};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use tests::{Result, Trouble};

/// An event that two rules of a workflow take would start it twice.
#[test]
fn every_sample_event_matches_one_rule_and_every_ignored_one_none() -> Result<()> {
    let mut wrong = Vec::new();
    for Subject { workflow, .. } in all()? {
        let (mut unused, mut ignores) =
            (workflow.rules.iter().map(|rule| &rule.name).collect::<BTreeSet<_>>(), 0);
        for file in event_files(workflow)? {
            let (event, name) = (json(&file)?, file_name(&file));
            let takers = workflow.rules.iter().filter(|rule| rule.pattern.matches(&event));
            let takers: Vec<&String> = takers.map(|rule| &rule.name).collect();
            let expected = usize::from(!name.starts_with("ignored-"));
            ignores += 1 - expected;
            unused.retain(|name| !takers.contains(name));
            if takers.len() != expected {
                wrong.push(format!(
                    "{}: `events/{name}` is for {expected} rule, and these take it: {takers:?}",
                    workflow.name
                ));
            }
        }
        wrong.extend(unused.iter().map(|rule| format!("no event of `events/` is for the rule {rule}")));
        if ignores == 0 {
            wrong.push(format!("{}: `events/` needs an `ignored-` one that no rule takes", workflow.name));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// Whatever the parameters of the rules are set to: the input has what the first state reads, and the task that it calls
/// takes it.
#[test]
fn every_sample_event_becomes_an_input_that_the_workflow_can_start_with() -> Result<()> {
    let mut wrong = Vec::new();
    for Subject { workflow, machine, .. } in all()? {
        let definition: Value = serde_json::from_str(&workflow.definition)?;
        let first = definition.get("States").and_then(|states| states.get(&machine.start_at));
        let first = first.cloned().unwrap_or_default().to_string();
        let needs = inputs(&first);
        let mut files = event_files(workflow)?;
        files.retain(|file| !file_name(file).starts_with("ignored-"));
        for set in settings(workflow)? {
            let workflow = with_parameters(workflow, &set)?;
            for file in &files {
                let at = format!("{}: `events/{}` with {set:?}", workflow.name, file_name(file));
                let input = input(&workflow, &json(file)?)?;
                wrong.extend(needs.iter().filter(|name| input.get(name).is_none_or(Value::is_null)).map(
                    |name| {
                        format!(
                            "{at}: `{}` reads `{name}`; add it to the target of its rule",
                            machine.start_at
                        )
                    },
                ));
                let Some((state, function, payload)) = first_call(&workflow, &input)? else { continue };
                if let Err(why) = (declaration(&function)?.takes)(payload) {
                    wrong.push(format!("{at}: `{function}` does not take the payload of `{state}`: {why}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_sample_event_and_every_value_of_a_parameter_is_in_some_scenario() -> Result<()> {
    let mut wrong = Vec::new();
    for Subject { workflow, scenarios, .. } in all()? {
        let told: Vec<_> = scenarios.iter().map(|told| &told.scenario).collect();
        for name in event_files(workflow)?.iter().map(|file| file_name(file)) {
            let path = format!("../events/{name}");
            if !name.starts_with("ignored-")
                && !told.iter().any(|scenario| scenario.event.as_ref() == Some(&path))
            {
                wrong.push(format!("{}: no scenario starts with `events/{name}`; write one", workflow.name));
            }
        }
        for (name, value) in settings(workflow)?.iter().flatten() {
            if !told.iter().any(|scenario| scenario.set.get(name) == Some(value)) {
                wrong.push(format!("{}: no scenario sets `{name}` to `{value}`; write one", workflow.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// `events/*.json` of a workflow.
fn event_files(workflow: &Workflow) -> Result<Vec<PathBuf>> {
    json_files(&workflow.folder.join("events")).map_err(trouble)
}

/// The parameters of the rules as they stand, and then each of their `AllowedValues`, one at a time.
fn settings(workflow: &Workflow) -> Result<Vec<BTreeMap<String, String>>> {
    let parameters = engine::workflow::parameters(&workflow.folder).map_err(trouble)?;
    let values = parameters.into_iter().flat_map(|(name, parameter)| {
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        parameter.allowed_values.into_iter().map(move |value| BTreeMap::from([(name.clone(), text(value))]))
    });
    Ok(std::iter::once(BTreeMap::new()).chain(values).collect())
}

/// What the workflow gets of an event.
fn input(workflow: &Workflow, event: &Value) -> Result<Value> {
    let rule = workflow.rule_for(event);
    let rule = rule.ok_or_else(|| Trouble(format!("{}: no rule takes the event", workflow.name)))?;
    let target = rule.targets.iter().find(|target| target.arn == workflow.arn);
    let target = target
        .ok_or_else(|| Trouble(format!("{}: no target of the rule is `${{StateMachine}}`", rule.name)))?;
    let delivery = Delivery {
        rule_arn: "arn:aws:events:us-east-1:123456789012:rule/contracts",
        rule_name: &rule.name,
        ingested: Timestamp::UNIX_EPOCH,
    };
    target.input_of(event, &delivery).map_err(trouble)
}

/// A world in which the first call is all that happens.
#[derive(Default)]
struct Silent(Option<Call>);

impl World for Silent {
    type Error = Trouble;

    fn call(&mut self, call: &Call) -> Result<Option<Ends>> {
        self.0.get_or_insert_with(|| call.clone());
        Ok(None)
    }

    fn answer(&mut self, _: &Call) -> Result<Option<Ends>> {
        Ok(None)
    }
}

/// The first call: the state, the function and the payload.
fn first_call(workflow: &Workflow, input: &Value) -> Result<Option<(String, String, Value)>> {
    let about = scenario::about(workflow, input);
    let machine = Arc::clone(&workflow.machine);
    let started = Simulation::start(about, machine, Timestamp::UNIX_EPOCH, Silent::default())?;
    Ok(started.world.0.map(|call| {
        let (function, payload) = scenario::function(&call);
        (call.state, function, payload)
    }))
}

/// The fields of its input that a state reads.
fn inputs(state: &str) -> BTreeSet<&str> {
    let paths = state.split("$states.input.").skip(1);
    paths.filter_map(|path| path.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()).collect()
}
