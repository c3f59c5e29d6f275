//! A small world for an execution: every call is answered at once or after a while, as a script says.

use crate::asl::StateMachine;
use crate::execution::history::HistoryEvent;
use crate::execution::{About, Command, Execution, Stimulus, replay};
use crate::time::after;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How the nth call ends: after so many milliseconds, well or not. `None` never ends.
pub(super) type Script = Box<dyn Fn(usize, &str) -> Option<End>>;

/// After so many milliseconds, with a result or with an error and its cause.
pub(super) type End = (u64, Result<Value, (String, String)>);

pub(super) struct World {
    pub(super) execution: Execution,
    pub(super) history: Vec<HistoryEvent>,
    pub(super) now: Timestamp,
    due: BTreeMap<(Timestamp, usize), Stimulus>,
    calls: usize,
    script: Script,
}

pub(super) fn about(input: &Value) -> About {
    About {
        arn: "arn:aws:states:us-east-1:123456789012:execution:machine:test".to_owned(),
        name: "test".to_owned(),
        machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:machine".to_owned(),
        machine_name: "machine".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/test".to_owned(),
        region: "us-east-1".to_owned(),
        input: input.to_string().into(),
        seed: [1; 32],
    }
}

impl World {
    pub(super) fn new(definition: &Value, input: &Value, script: Script) -> Self {
        let (machine, problems) = StateMachine::parse(&definition.to_string());
        let machine = Arc::new(machine.unwrap_or_else(|| panic!("{problems:?}\n{definition}")));
        let now = Timestamp::from_second(1_767_225_600).unwrap();
        let (execution, commands) = Execution::start(about(input), machine, now);
        let mut world = Self { execution, history: Vec::new(), now, due: BTreeMap::new(), calls: 0, script };
        world.carry_out(commands);
        world
    }

    /// Lets the next thing happen, if there is one.
    pub(super) fn step(&mut self) -> bool {
        let next = self.due.first_key_value().map(|(key, _)| key.0);
        let stimulus = match (next, self.execution.next_timer()) {
            (Some(at), Some((when, timer))) if when < at => Some((when, Stimulus::Elapsed(timer))),
            (Some(_), _) => self.due.pop_first().map(|((at, _), stimulus)| (at, stimulus)),
            (None, Some((when, timer))) => Some((when, Stimulus::Elapsed(timer))),
            (None, None) => None,
        };
        let Some((at, stimulus)) = stimulus else { return false };
        self.now = self.now.max(at);
        if let Ok(commands) = self.execution.advance(self.now, stimulus) {
            self.carry_out(commands);
        }
        true
    }

    /// Forgets the execution and recovers it from its history.
    pub(super) fn recover(&mut self) {
        let (about, machine) = (self.execution.about().clone(), Arc::clone(self.execution.machine()));
        self.execution =
            replay(about, machine, &self.history).unwrap_or_else(|diverged| panic!("{diverged}"));
    }

    fn carry_out(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Record(event) => self.history.push(event),
                Command::Abandon(_) => {}
                Command::Invoke(invocation) => {
                    self.calls += 1;
                    if let Some((delay, end)) = (self.script)(self.calls - 1, &invocation.state) {
                        let attempt = invocation.attempt;
                        let stimulus = match end {
                            Ok(output) => Stimulus::Succeeded { attempt, output },
                            Err((error, cause)) => {
                                Stimulus::Failed { attempt, error: Some(error), cause: Some(cause) }
                            }
                        };
                        self.due.insert((after(self.now, delay), self.calls), stimulus);
                    }
                }
            }
        }
    }
}
