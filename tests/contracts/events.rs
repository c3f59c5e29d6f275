//! The rules of every response: which events they match, and the inputs that they make of them.

use crate::subjects::{Subject, all, declaration};
use crate::typed::differences;
use engine::events::input::Delivery;
use engine::scenario;
use engine::simulation::{Call, Ends, Simulation, World};
use engine::workflow::{Parameter, Workflow, json_files};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tests::responses::{file_name, json, trouble};
use tests::{Result, Trouble};

/// Two rules that match the same event would start a response twice.
#[test]
fn every_sample_event_matches_one_rule_and_every_ignored_one_none() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        let (name, workflow) = (subject.name(), &subject.response.workflow);
        let mut unused: BTreeSet<&String> = workflow.rules.iter().map(|rule| &rule.name).collect();
        let mut ignored = 0;
        for file in json_files(&workflow.folder.join("events")).map_err(trouble)? {
            let (event, file) = (json(&file)?, file_name(&file));
            let rules = workflow.rules.iter().filter(|rule| rule.pattern.matches(&event));
            let matching: Vec<&String> = rules.map(|rule| &rule.name).collect();
            let expected = usize::from(!file.starts_with("ignored-"));
            ignored += 1 - expected;
            unused.retain(|rule| !matching.contains(rule));
            if matching.len() != expected {
                wrong.push(format!(
                    "{name}: `events/{file}` must match {expected} rules, and matches {matching:?}"
                ));
            }
        }
        wrong.extend(
            unused.iter().map(|rule| format!("{name}: no event of `events/` matches the rule {rule}")),
        );
        if ignored == 0 {
            wrong.push(format!("{name}: `events/` needs an event `ignored-*.json` that no rule matches"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// Two responses to one event would get in each other's way.
#[test]
fn no_sample_event_starts_two_responses() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for file in subject.response.events()? {
            let event = json(&file)?;
            let others = all()?.iter().filter(|other| other.name() != subject.name());
            let taking = others.filter(|other| other.response.workflow.rule_for(&event).is_some());
            wrong.extend(taking.map(|other| {
                let (name, file, other) = (subject.name(), file_name(&file), other.name());
                format!("{name}: `events/{file}` matches a rule of {other} as well; narrow one of the two")
            }));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// For the defaults of the parameters and for each of their values, the input has what the first state reads, and the
/// payload of its task is of the right type.
#[test]
fn every_sample_event_becomes_an_input_that_the_response_can_start_with() -> Result<()> {
    let mut wrong = Vec::new();
    for Subject { response, machine, .. } in all()? {
        let definition: Value = serde_json::from_str(&response.workflow.definition)?;
        let first = definition.get("States").and_then(|states| states.get(&machine.start_at));
        let first = first.cloned().unwrap_or_default().to_string();
        // Members with the names of parameters are optional: they lower what the deployment has set.
        let lowers: BTreeSet<String> =
            response.workflow.parameters.keys().map(|name| uncapitalised(name)).collect();
        // An execution that a person asked for has `restore` in the place of an event.
        let is_optional = |name: &str| name == "restore" || lowers.contains(name);
        let needs: Vec<&str> = inputs(&first).into_iter().filter(|name| !is_optional(name)).collect();
        for set in settings(&response.workflow) {
            let workflow = response.workflow.with_parameters(&set).map_err(trouble)?;
            for file in response.events()? {
                let at = format!("{}: `events/{}` with {set:?}", workflow.name, file_name(&file));
                let input = input(&workflow, &json(&file)?)?;
                let missing = needs.iter().filter(|name| input.get(name).is_none_or(Value::is_null));
                wrong.extend(missing.map(|name| {
                    format!("{at}: `{}` reads `{name}`; add it to the `inputTemplate`", machine.start_at)
                }));
                let Some((state, function, payload)) = first_call(&workflow, &input)? else { continue };
                let read = (declaration(&function)?.takes)(payload.clone());
                wrong.extend(
                    differences(&payload, read)
                        .iter()
                        .map(|why| format!("{at}: the payload of `{state}`: {why}")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_allowed_value_of_a_parameter_is_in_some_scenario() -> Result<()> {
    let mut wrong = Vec::new();
    for subject in all()? {
        for (name, value) in settings(&subject.response.workflow).iter().flatten() {
            if !subject.scenarios.iter().any(|case| case.scenario.set.get(name) == Some(value)) {
                wrong.push(format!("{}: no scenario sets `{name}` to `{value}`; add one", subject.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// No parameter, and then each of their `AllowedValues`, one at a time.
fn settings(workflow: &Workflow) -> Vec<BTreeMap<String, String>> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |(name, parameter): (&String, &Parameter)| {
        let values = parameter.allowed_values.iter();
        values.map(|value| BTreeMap::from([(name.clone(), text(value))])).collect::<Vec<_>>()
    };
    let values = workflow.parameters.iter().flat_map(one);
    std::iter::once(BTreeMap::new()).chain(values).collect()
}

/// `undoSeconds` for `UndoSeconds`.
fn uncapitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

/// The input that a rule makes of an event.
fn input(workflow: &Workflow, event: &Value) -> Result<Value> {
    let rule = workflow.rule_for(event);
    let rule = rule.ok_or_else(|| Trouble(format!("{}: no rule matches the event", workflow.name)))?;
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

/// A world that keeps the first call and never answers it.
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

/// The first call of an execution: the state, the function and the payload.
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
