//! Every response of the repository, and the findings that its executions can start from.

use crate::account::{Live, Scene};
use contract::steps::check_guardrails::Ruling;
use contract::{Finding, Source, Target};
use engine::events::input::Delivery;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;
use tests::responses::{Response, responses, responses_in, trouble};
use tests::{Result, Trouble};

/// The sources of findings. A shape may treat them differently, whatever the response.
const SOURCES: [Source; 5] =
    [Source::GuardDuty, Source::SecurityHub, Source::CloudTrail, Source::Config, Source::AccessAnalyzer];

/// A response.
pub(crate) struct Subject {
    pub(crate) response: &'static Response,
    /// The states in which an execution can end. The name of each is how it ended.
    pub(crate) ends: BTreeSet<String>,
    /// The findings that its executions can start from.
    pub(crate) cases: Vec<Case>,
}

/// The finding of an execution.
#[derive(Debug)]
pub(crate) struct Case {
    /// The source, and whether the finding has a resource.
    pub(crate) name: String,
    finding: Finding,
    samples: &'static Value,
    input: Value,
    has_modes: bool,
}

impl Subject {
    /// The name of the response.
    pub(crate) fn name(&self) -> &str {
        &self.response.workflow.name
    }

    /// The case of a finding of this source that has a resource.
    pub(crate) fn case_of(&self, source: Source) -> Option<&Case> {
        self.cases.iter().find(|case| case.finding.source == source && case.has_resource())
    }
}

impl Case {
    /// The account of this case.
    pub(crate) fn scene(&self, live: Live, ruling: Ruling, lag: u64) -> Scene {
        Scene { finding: self.finding.clone(), samples: self.samples, live, ruling, lag }
    }

    /// The input of an execution in this mode, for shapes that have modes.
    pub(crate) fn input(&self, mode: &str) -> Value {
        let mut input = self.input.clone();
        if let Some(members) = input.as_object_mut().filter(|_| self.has_modes) {
            members.insert("mode".to_owned(), json!(mode));
        }
        input
    }

    /// Whether the finding has a resource.
    pub(crate) fn has_resource(&self) -> bool {
        matches!(self.finding.target, Target::Resource { .. })
    }
}

/// The responses of the repository. They are read once for all tests.
pub(crate) fn all() -> Result<&'static [Subject]> {
    static ALL: LazyLock<Result<Vec<Subject>>> = LazyLock::new(|| responses()?.iter().map(subject).collect());
    ALL.as_deref().map_err(trouble)
}

/// The responses in a folder. They are kept until the test program ends.
pub(crate) fn read(folder: &Path) -> Result<Vec<Subject>> {
    let responses: &'static [Response] = Box::leak(responses_in(folder)?.into_boxed_slice());
    responses.iter().map(subject).collect()
}

/// A response in a deployment that allows everything: the input of an execution lowers its mode. The change is verified
/// once more before the undo is offered, and once while it is. All other parameters have the defaults of the shape, so that
/// the responses of a shape differ in nothing but their samples.
fn deployed(response: &Response) -> Result<&'static Response> {
    let mut set = defaults_of_the_shape(response)?;
    for (name, value) in [("Mode", "auto"), ("WatchSeconds", "1"), ("LookSeconds", "43200")] {
        if let Some(parameter) = set.get_mut(name) {
            value.clone_into(parameter);
        }
    }
    let workflow = response.workflow.with_parameters(&set).map_err(trouble)?;
    Ok(Box::leak(Box::new(Response { workflow, samples: response.samples.clone() })))
}

fn subject(response: &Response) -> Result<Subject> {
    let response = deployed(response)?;
    let definition: Value = serde_json::from_str(&response.workflow.definition)?;
    let states = definition.get("States").and_then(Value::as_object).into_iter().flatten();
    let is_end =
        |state: &Value| matches!(state.get("Type").and_then(Value::as_str), Some("Succeed" | "Fail"));
    let ends = states.filter(|(_, state)| is_end(state)).map(|(name, _)| name.clone()).collect();
    Ok(Subject { response, ends, cases: cases(response)? })
}

/// The sample finding as each source reports it, and without a resource.
fn cases(response: &'static Response) -> Result<Vec<Case>> {
    let sample: Finding = serde_json::from_value(response.sample("finding")?.clone())?;
    let input = input(response)?;
    let has_modes = response.workflow.parameters.contains_key("Mode");
    let case = |name: String, finding| Case {
        name,
        finding,
        samples: &response.samples,
        input: input.clone(),
        has_modes,
    };
    let mut cases: Vec<Case> = SOURCES
        .into_iter()
        .map(|source| case(format!("{source:?}"), Finding { source, ..sample.clone() }))
        .collect();
    for source in [Source::GuardDuty, Source::CloudTrail] {
        let target =
            Target::Other { what: "the root user".to_owned(), why: "it is not a resource".to_owned() };
        let name = format!("{source:?} without a resource");
        cases.push(case(name, Finding { source, target, ..sample.clone() }));
    }
    Ok(cases)
}

/// The input that the rule makes of the sample event.
fn input(response: &Response) -> Result<Value> {
    let event = tests::responses::json(&response.sample_event()?)?;
    let workflow = &response.workflow;
    let rule = workflow.rule_for(&event);
    let rule = rule.ok_or_else(|| Trouble(format!("{}: no rule matches the sample event", workflow.name)))?;
    let target = rule.targets.iter().find(|target| target.arn == workflow.arn);
    let target =
        target.ok_or_else(|| Trouble(format!("the rule `{}` does not start the response", rule.name)))?;
    let delivery = Delivery { rule_arn: "", rule_name: &rule.name, ingested: Timestamp::UNIX_EPOCH };
    target.input_of(&event, &delivery).map_err(trouble)
}

fn defaults_of_the_shape(response: &Response) -> Result<BTreeMap<String, String>> {
    let Some(shape) = &response.workflow.shape else { return Ok(BTreeMap::new()) };
    let shape = tests::responses::json(&shape.join("shape.json"))?;
    let parameters = shape.get("parameters").and_then(Value::as_object).into_iter().flatten();
    let defaults = parameters.filter_map(|(name, parameter)| {
        let default = parameter.get("Default")?;
        Some((name.clone(), default.as_str().map_or_else(|| default.to_string(), str::to_owned)))
    });
    Ok(defaults.collect())
}
