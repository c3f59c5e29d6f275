//! What can go wrong at a call, and the world in which it does.

use crate::account::{Account, Intrusion, Person};
use engine::scenario::{function, lambda_result};
use engine::simulation::{Call, Ends, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tests::Trouble;

/// What Step Functions and Lambda say themselves, whatever the task. `States.Timeout` is a call that never ends.
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

/// How long a person thinks, in milliseconds: shorter than any question stands.
const THINKS: u64 = 1_800_000;

/// Every error of every task: those that its contract declares, and those of the platform.
static ERRORS: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let of = |task: contract::Manifest| (task.name, [task.errors, OF_THE_PLATFORM].concat());
    contract::manifest().into_iter().map(of).collect()
});

/// The errors that a call of a task can end with.
pub(crate) fn errors(task: &str) -> &'static [&'static str] {
    ERRORS.get(task).map_or(OF_THE_PLATFORM, Vec::as_slice)
}

/// A call that fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// From which call on, counted from 0.
    pub(crate) at: usize,
    /// Which of the task's errors. What is more than it has begins anew.
    pub(crate) error: usize,
    /// Whether the task had done its work already.
    pub(crate) when: When,
    /// How long that lasts.
    pub(crate) lasting: Lasting,
}

/// Whether a call that fails has had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum When {
    Before,
    After,
}

/// How long a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasting {
    /// So many calls of the same state.
    Times(usize),
    /// Every call of the same task from then on.
    ForGood,
}

/// What happens to an execution from outside.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The calls that fail.
    pub(crate) faults: Vec<Fault>,
    /// What somebody does to the account before a call, counted from 0.
    pub(crate) intrusions: Vec<(usize, Intrusion)>,
    /// How people answer.
    pub(crate) people: People,
}

/// How people answer the two questions that a response may ask: whether it shall act, and whether to take that back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct People {
    pub(crate) act: Person,
    pub(crate) undo: Person,
}

impl Plan {
    /// Nothing goes wrong, and people answer so.
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
    /// The error that the workflow saw.
    pub(crate) error: Option<String>,
}

/// The world with its faults.
pub(crate) struct Faulty {
    pub(crate) account: Account,
    pub(crate) made: Vec<Made>,
    plan: Plan,
    /// For each fault the state and the task that it struck first, and how often it has struck.
    struck: Vec<Option<(String, String, usize)>>,
}

impl Faulty {
    pub(crate) fn new(account: Account, plan: Plan) -> Self {
        let struck = plan.faults.iter().map(|_| None).collect();
        Self { account, made: Vec::new(), plan, struck }
    }

    /// The fault that strikes this call.
    fn fault(&mut self, call: usize, state: &str, task: &str) -> Option<(&'static str, When)> {
        for (fault, struck) in self.plan.faults.iter().zip(&mut self.struck) {
            if fault.at == call {
                *struck = Some((state.to_owned(), task.to_owned(), 0));
            }
            let Some((at_state, at_task, times)) = struck else { continue };
            let strikes = match fault.lasting {
                Lasting::Times(most) => at_state == state && *times < most,
                Lasting::ForGood => at_task == task,
            };
            if strikes {
                *times += 1;
                let errors = errors(task);
                let error = errors.get(fault.error % errors.len()).copied().unwrap_or(TIMEOUT);
                return Some((error, fault.when));
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
            (Some((error, _)), _) => Some(Err((error.to_owned(), "it was asked for".to_owned()))),
            (None, Some(result)) => Some(result),
            (None, None) => None,
        };
        let error = match &ends {
            None => Some(TIMEOUT.to_owned()),
            Some(Err((error, _))) => Some(error.clone()),
            Some(Ok(value)) => {
                self.account.heard(&task, value);
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
        let People { act, undo } = self.plan.people;
        let person = if question == "Undo" { undo } else { act };
        let with = self.account.office.answer(question, person);
        Ok(with.map(|with| Ends { after: THINKS, with }))
    }
}

/// How Step Functions hands on what a Lambda failed with.
fn failed(error: String, message: &str) -> (String, String) {
    let cause = json!({ "errorType": error, "errorMessage": message }).to_string();
    (error, cause)
}
