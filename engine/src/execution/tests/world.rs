//! A small world for an execution: calls end as a script says, by their number.

use crate::asl::StateMachine;
use crate::execution::About;
use crate::simulation::{Call, Ends, Simulation, World};
use jiff::Timestamp;
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;

/// How the nth call ends, which is made with these arguments.
pub(super) type Script = Box<dyn Fn(usize, &Value) -> Option<Ends>>;

pub(super) struct Scripted {
    calls: usize,
    script: Script,
}

impl World for Scripted {
    type Error = Infallible;

    fn call(&mut self, call: &Call) -> Result<Option<Ends>, Infallible> {
        self.calls += 1;
        Ok((self.script)(self.calls - 1, &call.arguments))
    }

    /// What a worker answers, and what happens to a token, is the next of the script.
    fn answer(&mut self, call: &Call) -> Result<Option<Ends>, Infallible> {
        self.call(call)
    }
}

pub(super) fn start(definition: &Value, input: &Value, script: Script) -> Simulation<Scripted> {
    start_as("execution", definition, input, script)
}

/// The same for an execution whose ARN has this word: `express`, where it is one.
pub(super) fn start_as(
    kind: &str,
    definition: &Value,
    input: &Value,
    script: Script,
) -> Simulation<Scripted> {
    let (machine, problems) = StateMachine::parse(&definition.to_string());
    let machine = Arc::new(machine.unwrap_or_else(|| panic!("{problems:?}\n{definition}")));
    Simulation::start(about(kind, input), machine, start_time(), Scripted { calls: 0, script }).unwrap()
}

/// What an execution is whose ARN has this word.
pub(super) fn about(kind: &str, input: &Value) -> About {
    About {
        arn: format!("arn:aws:states:us-east-1:123456789012:{kind}:machine:test").parse().unwrap(),
        name: "test".to_owned(),
        machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:machine".parse().unwrap(),
        machine_name: "machine".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/test".to_owned(),
        region: "us-east-1".to_owned(),
        input: input.to_string().into(),
        seed: [1; 32],
    }
}

pub(super) fn start_time() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap()
}
