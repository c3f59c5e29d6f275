use super::{Ending, Expectation, Outcome, Scenario, ScenarioError, duration, milliseconds, start};
use crate::execution::history::{EventKind, HistoryEvent};
use crate::execution::{About, Command, Execution, Invocation, Status, Stimulus, replay};
use crate::time::after;
use crate::workflow::Workflow;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
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

/// Runs a scenario.
pub fn run(workflow: &Workflow, scenario: &Scenario, file: &Path) -> Result<Run, ScenarioError> {
    simulate(workflow, scenario, file, false)
}

/// Runs a scenario, and at every step forgets the execution and recovers it from its history.
pub fn run_recovering(workflow: &Workflow, scenario: &Scenario, file: &Path) -> Result<Run, ScenarioError> {
    simulate(workflow, scenario, file, true)
}

fn simulate(
    workflow: &Workflow,
    scenario: &Scenario,
    file: &Path,
    recovering: bool,
) -> Result<Run, ScenarioError> {
    let input = scenario.input(file, workflow)?;
    let about = About {
        arn: workflow.arn.replace(":stateMachine:", ":execution:") + ":scenario",
        name: "scenario".to_owned(),
        machine_arn: workflow.arn.clone(),
        machine_name: workflow.name.clone(),
        role_arn: "arn:aws:iam::123456789012:role/scenario".to_owned(),
        region: "us-east-1".to_owned(),
        input: input.to_string().into(),
        seed: [0; 32],
    };
    let (execution, commands) = Execution::start(about, Arc::clone(&workflow.machine), start());
    let mut simulation = Simulation {
        scenario,
        file,
        execution,
        recovering,
        now: start(),
        due: BTreeMap::new(),
        sequence: 0,
        counts: BTreeMap::new(),
        calls: Vec::new(),
        history: Vec::new(),
    };
    simulation.carry_out(commands)?;
    while simulation.step()? {}
    Ok(simulation.finish())
}

/// An execution, and a world in which tasks and people do what the scenario says.
struct Simulation<'s> {
    scenario: &'s Scenario,
    file: &'s Path,
    execution: Execution,
    recovering: bool,
    now: Timestamp,
    /// What is going to happen, by time and then by the order in which it was decided.
    due: BTreeMap<(Timestamp, u64), Stimulus>,
    sequence: u64,
    /// How often each state's call and token have been looked up.
    counts: BTreeMap<(bool, String), usize>,
    calls: Vec<Called>,
    history: Vec<HistoryEvent>,
}

impl Simulation<'_> {
    /// Lets the next thing happen. False when nothing ever will.
    fn step(&mut self) -> Result<bool, ScenarioError> {
        let next = self.due.first_key_value().map(|((at, _), _)| *at);
        let timer = self.execution.next_timer();
        let stimulus = match (next, timer) {
            (Some(at), Some((when, _))) if at <= when => self.due.pop_first(),
            (Some(_), None) => self.due.pop_first(),
            (_, Some((when, timer))) => Some(((when, 0), Stimulus::Elapsed(timer))),
            (None, None) => None,
        };
        let Some(((at, _), stimulus)) = stimulus else { return Ok(false) };
        self.now = self.now.max(at);
        if self.recovering {
            self.recover()?;
        }
        // What nobody waits for any more has no effect, here as anywhere.
        if let Ok(commands) = self.execution.advance(self.now, stimulus) {
            self.carry_out(commands)?;
        }
        Ok(true)
    }

    fn recover(&mut self) -> Result<(), ScenarioError> {
        let (about, machine) = (self.execution.about().clone(), Arc::clone(self.execution.machine()));
        let unreadable = |why: String| ScenarioError::Unreadable { file: self.file.to_owned(), why };
        self.execution =
            replay(about, machine, &self.history).map_err(|diverged| unreadable(diverged.to_string()))?;
        Ok(())
    }

    fn carry_out(&mut self, commands: Vec<Command>) -> Result<(), ScenarioError> {
        let mut commands = VecDeque::from(commands);
        while let Some(command) = commands.pop_front() {
            match command {
                Command::Record(event) => self.history.push(event),
                Command::Invoke(invocation) => self.invoke(invocation)?,
                Command::Abandon(_) => {}
            }
        }
        Ok(())
    }

    fn invoke(&mut self, invocation: Invocation) -> Result<(), ScenarioError> {
        let Invocation { attempt, state, integration, arguments, .. } = invocation;
        let function = arguments.get("FunctionName").and_then(Value::as_str).unwrap_or_default();
        let function = function.rsplit(':').next().unwrap_or_default().to_owned();
        let Some(outcome) = self.next(false, &state) else {
            return Err(ScenarioError::Unspoken { file: self.file.to_owned(), state, function });
        };
        let at = self.after(&outcome)?;
        let payload = arguments.get("Payload").cloned().unwrap_or(Value::Null);
        self.calls.push(Called { state: state.clone(), function, payload, outcome: outcome.clone() });
        let returned =
            |value: Value| json!({ "ExecutedVersion": "$LATEST", "Payload": value, "StatusCode": 200 });
        match outcome.ending {
            Ending::Never => {}
            Ending::Fail(error) => {
                let stimulus =
                    Stimulus::Failed { attempt, error: Some(error.error), cause: Some(error.cause) };
                self.at(at, stimulus);
            }
            Ending::Return(value) if !integration.waits_for_token => {
                self.at(at, Stimulus::Succeeded { attempt, output: returned(value) });
            }
            Ending::Return(value) => {
                self.at(at, Stimulus::Submitted { attempt, output: returned(value) });
                let Some(answer) = self.next(true, &state) else { return Ok(()) };
                let when = after(at, milliseconds_between(self.now, self.after(&answer)?));
                match answer.ending {
                    Ending::Never => {}
                    Ending::Return(output) => self.at(when, Stimulus::Succeeded { attempt, output }),
                    Ending::Fail(error) => {
                        let stimulus =
                            Stimulus::Failed { attempt, error: Some(error.error), cause: Some(error.cause) };
                        self.at(when, stimulus);
                    }
                }
            }
        }
        Ok(())
    }

    /// The next outcome of a state's call, or of its token.
    fn next(&mut self, answer: bool, state: &str) -> Option<Outcome> {
        let outcomes = if answer { &self.scenario.answers } else { &self.scenario.tasks };
        let count = self.counts.entry((answer, state.to_owned())).or_default();
        let outcome = outcomes.get(state)?.nth(*count).cloned();
        *count += 1;
        outcome
    }

    fn after(&self, outcome: &Outcome) -> Result<Timestamp, ScenarioError> {
        let Some(text) = &outcome.after else { return Ok(self.now) };
        match milliseconds(text) {
            Some(length) => Ok(after(self.now, length)),
            None => Err(ScenarioError::Unreadable {
                file: self.file.to_owned(),
                why: format!("`{text}` is no duration; write `250ms`, `3s`, `10m`, `2h` or `7d`"),
            }),
        }
    }

    fn at(&mut self, at: Timestamp, stimulus: Stimulus) {
        self.sequence += 1;
        self.due.insert((at, self.sequence), stimulus);
    }

    fn finish(self) -> Run {
        let path = self.history.iter().filter_map(|event| entered(&event.kind).map(str::to_owned)).collect();
        let (status, output, error, cause) = match self.execution.status() {
            Status::Running => ("RUNNING", None, None, None),
            Status::Succeeded(output) => ("SUCCEEDED", Some(output.clone()), None, None),
            Status::Failed(failure) => {
                let error = failure.error.as_ref().map(|error| error.as_str().to_owned());
                ("FAILED", None, error, failure.cause.clone())
            }
            Status::TimedOut => ("TIMED_OUT", None, None, None),
            Status::Aborted(error, cause) => ("ABORTED", None, error.clone(), cause.clone()),
        };
        let takes = duration(milliseconds_between(start(), self.now));
        let outcome = Expectation { status: status.to_owned(), path, takes, output, error, cause };
        Run { outcome, calls: self.calls, history: self.history }
    }
}

fn milliseconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or(0)
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
