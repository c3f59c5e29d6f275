use super::{
    Ending, Expectation, Outcome, Scenario, ScenarioError, duration, milliseconds, start, unreadable,
};
use crate::arn::Kind;
use crate::execution::history::{EventKind, HistoryEvent};
use crate::execution::{About, Execution, Status};
use crate::simulation::{Call, Ends, Simulation, World};
use crate::workflow::Workflow;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What came of a scenario.
pub struct Run {
    /// What the scenario file could expect.
    pub outcome: Expectation,
    /// Every call of a task, in order.
    pub calls: Vec<Called>,
    /// The history.
    pub history: Vec<HistoryEvent>,
}

/// A call of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Called {
    /// The state that called.
    pub state: String,
    /// The function's name.
    pub function: String,
    /// What it was called with.
    pub payload: Value,
    /// How the call ended, as the scenario has it.
    pub outcome: Outcome,
}

/// Runs a scenario of a response, with the parameters as the scenario sets them. `file` is named in errors.
pub fn run(workflow: &Workflow, scenario: &Scenario, file: &Path) -> Result<Run, ScenarioError> {
    let mut simulation = start_of(workflow, scenario, file)?;
    while simulation.step()? {}
    Ok(ended(simulation))
}

/// Runs a scenario, and at every step forgets the execution and recovers it from its history.
pub fn run_recovering(workflow: &Workflow, scenario: &Scenario, file: &Path) -> Result<Run, ScenarioError> {
    let mut simulation = start_of(workflow, scenario, file)?;
    loop {
        simulation.recover().map_err(|diverged| unreadable(file, diverged.to_string()))?;
        if !simulation.step()? {
            return Ok(ended(simulation));
        }
    }
}

fn start_of<'s>(
    workflow: &Workflow,
    scenario: &'s Scenario,
    file: &'s Path,
) -> Result<Simulation<Script<'s>>, ScenarioError> {
    let world = Script { scenario, file, counts: BTreeMap::new(), calls: Vec::new() };
    let workflow = &scenario.deployed(workflow, file)?;
    let about = about(workflow, &scenario.input(workflow, file)?);
    Simulation::start(about, Arc::clone(&workflow.machine), start(), world)
}

fn ended(simulation: Simulation<Script<'_>>) -> Run {
    let outcome = outcome(simulation.execution(), simulation.history(), simulation.now());
    let history = simulation.history().to_vec();
    Run { outcome, calls: simulation.world.calls, history }
}

/// What an execution of a workflow is, on virtual time.
pub fn about(workflow: &Workflow, input: &Value) -> About {
    About {
        arn: workflow.arn.execution(Kind::Standard, "scenario"),
        name: "scenario".to_owned(),
        machine_arn: workflow.arn.clone(),
        machine_name: workflow.name.clone(),
        role_arn: "arn:aws:iam::123456789012:role/scenario".to_owned(),
        region: "us-east-1".to_owned(),
        input: input.to_string().into(),
        seed: [0; 32],
    }
}

/// The world as a scenario has it.
struct Script<'s> {
    scenario: &'s Scenario,
    file: &'s Path,
    /// How often each state's call and token have been looked up.
    counts: BTreeMap<(bool, String), usize>,
    calls: Vec<Called>,
}

impl World for Script<'_> {
    type Error = ScenarioError;

    fn call(&mut self, call: &Call) -> Result<Option<Ends>, ScenarioError> {
        let (function, payload) = function(call);
        let Some(outcome) = self.next(false, &call.state) else {
            return Err(ScenarioError::Unspoken {
                file: self.file.to_owned(),
                state: call.state.clone(),
                function,
            });
        };
        self.calls.push(Called { state: call.state.clone(), function, payload, outcome: outcome.clone() });
        let ends = self.ends(outcome)?;
        Ok(ends.map(|ends| Ends { with: ends.with.map(lambda_result), ..ends }))
    }

    fn answer(&mut self, call: &Call) -> Result<Option<Ends>, ScenarioError> {
        match self.next(true, &call.state) {
            Some(outcome) => self.ends(outcome),
            None => Ok(None),
        }
    }
}

impl Script<'_> {
    /// The next outcome of a state's call, or of its token.
    fn next(&mut self, answer: bool, state: &str) -> Option<Outcome> {
        let outcomes = if answer { &self.scenario.answers } else { &self.scenario.tasks };
        let count = self.counts.entry((answer, state.to_owned())).or_default();
        let outcome = outcomes.get(state)?.nth(*count).cloned();
        *count += 1;
        outcome
    }

    fn ends(&self, outcome: Outcome) -> Result<Option<Ends>, ScenarioError> {
        let after = outcome.after.as_deref().unwrap_or("0s");
        let after = milliseconds(after).ok_or_else(|| {
            unreadable(
                self.file,
                format!("`{after}` is no duration; write `250ms`, `3s`, `10m`, `2h` or `7d`"),
            )
        })?;
        Ok(match outcome.ending {
            Ending::Never => None,
            Ending::Return(value) => Some(Ends { after, with: Ok(value) }),
            Ending::Fail(error) => Some(Ends { after, with: Err((error.error, error.cause)) }),
        })
    }
}

/// Which function a call invokes, and with what.
pub fn function(call: &Call) -> (String, Value) {
    let payload = call.arguments.get("Payload").cloned().unwrap_or_default();
    (function_name(&call.arguments).to_owned(), payload)
}

/// The name of the function that a Task state of `lambda:invoke` calls with these arguments.
pub fn function_name(arguments: &Value) -> &str {
    crate::arn::function_name(arguments.get("FunctionName").and_then(Value::as_str).unwrap_or_default())
}

/// What `lambda:invoke` gives for what a function returns.
pub fn lambda_result(value: Value) -> Value {
    json!({ "ExecutedVersion": "$LATEST", "Payload": value, "StatusCode": 200 })
}

/// How an execution ended, in the words of a scenario.
pub fn outcome(execution: &Execution, history: &[HistoryEvent], now: jiff::Timestamp) -> Expectation {
    let path = history.iter().filter_map(|event| entered(&event.kind).map(str::to_owned)).collect();
    let (status, output, error, cause) = match execution.status() {
        Status::Running => ("RUNNING", None, None, None),
        Status::Succeeded(output) => ("SUCCEEDED", Some(output.value().clone()), None, None),
        Status::Failed(failure) => {
            let error = failure.error.as_ref().map(|error| error.as_str().to_owned());
            ("FAILED", None, error, failure.cause.clone())
        }
        Status::TimedOut => ("TIMED_OUT", None, None, None),
        Status::Aborted(error, cause) => ("ABORTED", None, error.clone(), cause.clone()),
    };
    let took = now.as_millisecond() - execution.started().as_millisecond();
    let takes = duration(u64::try_from(took).unwrap_or(0));
    Expectation { status: status.to_owned(), path, takes, output, error, cause }
}

/// The name of the state that an event enters.
fn entered(kind: &EventKind) -> Option<&str> {
    match kind {
        EventKind::TaskStateEntered(details)
        | EventKind::PassStateEntered(details)
        | EventKind::ChoiceStateEntered(details)
        | EventKind::WaitStateEntered(details)
        | EventKind::ParallelStateEntered(details)
        | EventKind::MapStateEntered(details)
        | EventKind::SucceedStateEntered(details)
        | EventKind::FailStateEntered(details) => Some(&details.name),
        _ => None,
    }
}
