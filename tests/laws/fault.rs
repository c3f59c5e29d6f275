//! Faults of calls, and the world in which they happen.

use crate::account::{Account, Intrusion, Person};
use engine::scenario::{function, lambda_result};
use engine::simulation::{Call, Ends, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tests::Trouble;

/// Errors of Step Functions and Lambda, for every task. `States.Timeout` is a call that never returns.
const OF_THE_PLATFORM: &[&str] = &[
    TIMEOUT,
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
];

const TIMEOUT: &str = "States.Timeout";

/// Errors that say that the task did nothing. A task never returns them after its effect.
const WITHOUT_EFFECT: &[&str] = &["AlreadyMade"];

/// How long a person takes to answer, in milliseconds: less than any question is open.
const ANSWERS_AFTER: u64 = 1_800_000;

/// The errors of every task: those that its contract declares, and those of the platform.
static ERRORS: LazyLock<BTreeMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let of = |task: contract::Declaration| (task.name, [task.errors, OF_THE_PLATFORM].concat());
    contract::declarations().into_iter().map(of).collect()
});

/// The errors with which a call of a task can end.
pub(crate) fn errors(task: &str) -> &'static [&'static str] {
    ERRORS.get(task).map_or(OF_THE_PLATFORM, Vec::as_slice)
}

/// A call that fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// The first call that fails, counted from 0.
    pub(crate) at: usize,
    /// The index of the task's error, modulo the number of its errors.
    pub(crate) error: usize,
    /// Whether the task has done its work.
    pub(crate) when: When,
    /// How long the fault lasts.
    pub(crate) lasting: Lasting,
}

/// Whether a call fails before or after it had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum When {
    Before,
    After,
}

/// How long a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasting {
    /// For this many calls of the same state.
    Times(usize),
    /// For all further calls of the same task.
    ForGood,
}

/// Everything that happens to an execution from outside.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The calls that fail.
    pub(crate) faults: Vec<Fault>,
    /// Changes of the target by somebody else, each before a call, counted from 0.
    pub(crate) intrusions: Vec<(usize, Intrusion)>,
    /// How people answer.
    pub(crate) people: People,
}

/// How people answer the two questions of a response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct People {
    pub(crate) change: Person,
    pub(crate) undo: Person,
}

impl Plan {
    /// Nothing fails, and people answer like this.
    pub(crate) fn quiet(people: People) -> Self {
        Self { faults: Vec::new(), intrusions: Vec::new(), people }
    }
}

/// A call that was made.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// The state.
    pub(crate) state: String,
    /// The task.
    pub(crate) task: String,
    /// The error that the workflow received.
    pub(crate) error: Option<String>,
}

/// The world with its faults.
pub(crate) struct Faulty {
    pub(crate) account: Account,
    pub(crate) made: Vec<Made>,
    plan: Plan,
    /// For each fault, the state and the task of its first call, and how many calls have failed.
    struck: Vec<Option<(String, String, usize)>>,
}

impl Faulty {
    pub(crate) fn new(account: Account, plan: Plan) -> Self {
        let struck = plan.faults.iter().map(|_| None).collect();
        Self { account, made: Vec::new(), plan, struck }
    }

    /// The fault of this call, if it fails.
    fn fault(&mut self, call: usize, state: &str, task: &str) -> Option<(&'static str, When)> {
        for (fault, struck) in self.plan.faults.iter().zip(&mut self.struck) {
            if fault.at == call {
                *struck = Some((state.to_owned(), task.to_owned(), 0));
            }
            let Some((at_state, at_task, times)) = struck else { continue };
            let fails = match fault.lasting {
                Lasting::Times(most) => at_state == state && *times < most,
                Lasting::ForGood => at_task == task,
            };
            if fails {
                *times += 1;
                let errors = errors(task);
                let error = errors.get(fault.error % errors.len()).copied().unwrap_or(TIMEOUT);
                let when = if WITHOUT_EFFECT.contains(&error) { When::Before } else { fault.when };
                return Some((error, when));
            }
        }
        None
    }
}

impl World for Faulty {
    type Error = Trouble;

    fn call(&mut self, call: &Call) -> Result<Option<Ends>, Trouble> {
        let number = self.made.len();
        for (before, intrusion) in &self.plan.intrusions {
            if *before == number {
                self.account.intrude(*intrusion);
            }
        }
        let (task, payload) = function(call);
        let fault = self.fault(number, &call.state, &task);
        let result = match fault {
            Some((_, When::Before)) => None,
            _ => Some(self.account.task(&task, payload)?),
        };
        let ends = match (fault, result) {
            (Some((TIMEOUT, _)), _) => None,
            (Some((error, _)), _) => Some(Err((error.to_owned(), "injected".to_owned()))),
            (None, Some(result)) => Some(result),
            (None, None) => None,
        };
        let error = match &ends {
            None => Some(TIMEOUT.to_owned()),
            Some(Err((error, _))) => Some(error.clone()),
            Some(Ok(value)) => {
                self.account.received(&task, value);
                None
            }
        };
        self.made.push(Made { state: call.state.clone(), task, error });
        let with = ends.map(|ends| ends.map(lambda_result).map_err(|(error, cause)| failed(error, &cause)));
        Ok(with.map(|with| Ends { after: 100, with }))
    }

    fn answer(&mut self, call: &Call) -> Result<Option<Ends>, Trouble> {
        let (_, payload) = function(call);
        let question = payload.pointer("/question/kind").and_then(Value::as_str).unwrap_or_default();
        let People { change, undo } = self.plan.people;
        let person = if question == "Undo" { undo } else { change };
        let with = self.account.records.answered(question, person);
        Ok(with.map(|with| Ends { after: ANSWERS_AFTER, with }))
    }
}

/// The error of a Lambda function as Step Functions passes it on.
fn failed(error: String, message: &str) -> (String, String) {
    let cause = json!({ "errorType": error, "errorMessage": message }).to_string();
    (error, cause)
}
