//! Mocked integrations from a file, `MockConfigFile.json`: results and errors in the place of calls, for executions that
//! are started with a test case (`stateMachineArn#TestCase`).
//!
//! Source: Step Functions developer guide, "Configuration file for mocked service integrations in Step Functions".

use super::Report;
use crate::asl::ErrorName;
use crate::execution::Failure;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A mock configuration without faults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mocks {
    /// For each state machine by its name, for each test case, for each state that is mocked: its responses.
    machines: BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<Response>>>>,
}

/// What a range of calls of a state gives.
#[derive(Debug, Clone, PartialEq)]
struct Response {
    first: u64,
    last: u64,
    outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
enum Outcome {
    Return(Value),
    Throw(Thrown),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Thrown {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    cause: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct File {
    #[serde(default)]
    state_machines: BTreeMap<String, Machine>,
    #[serde(default)]
    mocked_responses: BTreeMap<String, BTreeMap<String, Outcome>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Machine {
    #[serde(default)]
    test_cases: BTreeMap<String, BTreeMap<String, String>>,
}

/// What is wrong with a mock configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMocks {
    /// It is not what such a file must be.
    #[error("the mock configuration cannot be read: {0}")]
    Unreadable(String),
    /// A state is to have responses that are not there.
    #[error("`{machine}`, `{test_case}`, `{state}`: there are no mocked responses `{response}`")]
    NoResponse {
        /// The state machine.
        machine: String,
        /// The test case.
        test_case: String,
        /// The state.
        state: String,
        /// The name of the responses.
        response: String,
    },
    /// A response is for calls that are neither a number nor a range.
    #[error(
        "the mocked responses `{response}` are for the calls `{calls}`; say a number such as `0`, or a range such as `1-2`"
    )]
    Calls {
        /// The name of the responses.
        response: String,
        /// What stands there.
        calls: String,
    },
    /// Two responses are for the same call.
    #[error("the mocked responses `{response}` have several for the call {call}")]
    Twice {
        /// The name of the responses.
        response: String,
        /// The call, from 0.
        call: u64,
    },
}

impl Mocks {
    /// Reads the text of a mock configuration.
    pub fn read(text: &str) -> Result<Self, BadMocks> {
        let file: File =
            serde_json::from_str(text).map_err(|error| BadMocks::Unreadable(error.to_string()))?;
        let mut responses = BTreeMap::new();
        for (name, of_calls) in file.mocked_responses {
            responses.insert(name.clone(), read_responses(&name, of_calls)?);
        }
        let mut machines: BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<Response>>>> =
            BTreeMap::new();
        for (machine, Machine { test_cases }) in file.state_machines {
            let known = machines.entry(machine.clone()).or_default();
            for (test_case, states) in test_cases {
                let known = known.entry(test_case.clone()).or_default();
                for (state, response) in states {
                    let Some(found) = responses.get(&response) else {
                        return Err(BadMocks::NoResponse { machine, test_case, state, response });
                    };
                    known.insert(state, found.clone());
                }
            }
        }
        Ok(Self { machines })
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.machines.is_empty()
    }

    /// Whether a machine has such a test case.
    pub(crate) fn has(&self, machine: &str, test_case: &str) -> bool {
        self.machines.get(machine).is_some_and(|cases| cases.contains_key(test_case))
    }

    /// Whether the calls of a state are mocked in a test case.
    pub(crate) fn mocks(&self, machine: &str, test_case: &str, state: &str) -> bool {
        self.responses(machine, test_case, state).is_some()
    }

    /// What a call of a state gives; calls are counted from 0. A call for which there is no response fails.
    pub(crate) fn response(&self, machine: &str, test_case: &str, state: &str, call: u64) -> Report {
        let responses = self.responses(machine, test_case, state).map(Vec::as_slice).unwrap_or_default();
        let Some(response) = responses.iter().find(|it| (it.first..=it.last).contains(&call)) else {
            let cause = format!(
                "the test case `{test_case}` of `{machine}` has no mocked response for call {call} of the state `{state}`"
            );
            return Err(Failure::new("States.Runtime", cause));
        };
        match &response.outcome {
            Outcome::Return(value) => Ok(value.clone()),
            Outcome::Throw(Thrown { error, cause }) => {
                Err(Failure { error: error.as_deref().map(ErrorName::new), cause: cause.clone() })
            }
        }
    }

    fn responses(&self, machine: &str, test_case: &str, state: &str) -> Option<&Vec<Response>> {
        self.machines.get(machine)?.get(test_case)?.get(state)
    }
}

fn read_responses(name: &str, of_calls: BTreeMap<String, Outcome>) -> Result<Vec<Response>, BadMocks> {
    let mut responses: Vec<Response> = Vec::new();
    for (calls, outcome) in of_calls {
        let (first, last) = calls.split_once('-').unwrap_or((&calls, &calls));
        let (Ok(first), Ok(last)) = (first.trim().parse::<u64>(), last.trim().parse::<u64>()) else {
            return Err(BadMocks::Calls { response: name.to_owned(), calls });
        };
        if first > last {
            return Err(BadMocks::Calls { response: name.to_owned(), calls });
        }
        if let Some(other) = responses.iter().find(|other| first <= other.last && other.first <= last) {
            return Err(BadMocks::Twice { response: name.to_owned(), call: first.max(other.first) });
        }
        responses.push(Response { first, last, outcome });
    }
    Ok(responses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(responses: &Value) -> String {
        json!({
            "StateMachines": { "Orders": { "TestCases": { "Retries": { "Charge": "Flaky" }, "Real": {} } } },
            "MockedResponses": { "Flaky": responses }
        })
        .to_string()
    }

    #[test]
    fn each_call_gives_what_its_range_says() {
        let responses = json!({
            "0": { "Throw": { "Error": "Lambda.ResourceNotReadyException", "Cause": "not yet" } },
            "1-2": { "Throw": { "Error": "Lambda.TimeoutException" } },
            "3": { "Return": { "StatusCode": 200 } }
        });
        let mocks = Mocks::read(&config(&responses)).unwrap();
        let of = |call| mocks.response("Orders", "Retries", "Charge", call);
        assert_eq!(of(0), Err(Failure::new("Lambda.ResourceNotReadyException", "not yet")));
        for call in [1, 2] {
            let failure = of(call).unwrap_err();
            assert_eq!(failure.error.unwrap().as_str(), "Lambda.TimeoutException");
            assert_eq!(failure.cause, None);
        }
        assert_eq!(of(3), Ok(json!({ "StatusCode": 200 })));
        assert!(of(4).unwrap_err().cause.unwrap().contains("no mocked response for call 4"));
        assert!(mocks.has("Orders", "Real") && !mocks.has("Orders", "None") && !mocks.has("None", "Real"));
        assert!(mocks.mocks("Orders", "Retries", "Charge") && !mocks.mocks("Orders", "Real", "Charge"));
    }

    #[test]
    fn a_configuration_with_faults_is_refused() {
        let empty = json!({ "0": { "Return": null } });
        for (text, expected) in [
            ("\"no\"".to_owned(), "cannot be read"),
            (config(&json!({ "0": { "Returns": 1 } })), "unknown variant `Returns`"),
            (config(&json!({ "x": { "Return": 1 } })), "for the calls `x`"),
            (config(&json!({ "2-1": { "Return": 1 } })), "for the calls `2-1`"),
            (config(&json!({ "0-2": { "Return": 1 }, "2": { "Return": 2 } })), "several for the call 2"),
            (
                config(&empty).replace("\"Charge\":\"Flaky\"", "\"Charge\":\"Gone\""),
                "no mocked responses `Gone`",
            ),
            (config(&empty).replace("TestCases", "Testcases"), "unknown field `Testcases`"),
        ] {
            let error = Mocks::read(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
