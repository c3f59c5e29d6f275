//! A run as `redress show --json` tells it.

use serde::Deserialize;
use serde_json::Value;
use tests::{Result, Trouble};

/// A run, up to where it was looked at.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Run {
    pub(crate) arn: String,
    pub(crate) status: String,
    pub(crate) error: Option<String>,
    pub(crate) path: Vec<Visit>,
}

/// A stay in a state.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Visit {
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) output: Value,
    #[serde(default)]
    pub(crate) errors: Vec<Value>,
    pub(crate) exited: Option<f64>,
    pub(crate) question: Option<Question>,
}

/// A question to a person.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
    pub(crate) approval_id: String,
    pub(crate) question: String,
}

impl Run {
    /// The names of the states, in the order in which they were entered.
    pub(crate) fn states(&self) -> Vec<&str> {
        self.path.iter().map(|visit| visit.state.as_str()).collect()
    }

    /// Where it ended: the last state, once nothing runs any more.
    pub(crate) fn end(&self) -> &str {
        match (self.status.as_str(), self.path.last()) {
            ("RUNNING", _) | (_, None) => "not ended",
            (_, Some(visit)) => &visit.state,
        }
    }

    /// The last stay in a state.
    pub(crate) fn visit(&self, state: &str) -> Result<&Visit> {
        let visit = self.path.iter().rfind(|visit| visit.state == state);
        visit.ok_or_else(|| Trouble(format!("the run was never in `{state}`: {:?}", self.states())))
    }

    /// The question that it asks now, by its kind.
    pub(crate) fn asks(&self, question: &str) -> Result<String> {
        let mut asked = self.path.iter().filter_map(|visit| visit.question.as_ref());
        let found = asked.find(|asked| asked.question == question).map(|asked| asked.approval_id.clone());
        found.ok_or_else(|| {
            Trouble(format!("the run asks no `{question}`; it is {} after {:?}", self.status, self.states()))
        })
    }

    /// The case, as the run's first state gives it to the message.
    pub(crate) fn case(&self) -> Result<String> {
        let subject = self.path.iter().find_map(|visit| visit.output.get("subject")?.as_str());
        let case = subject.and_then(|subject| subject.strip_prefix("[redress ")?.split(']').next());
        case.map(str::to_owned)
            .ok_or_else(|| Trouble(format!("no message of the run names its case: {:?}", self.states())))
    }

    /// The errors of every try of every state.
    pub(crate) fn errors(&self) -> Vec<&Value> {
        self.path.iter().flat_map(|visit| &visit.errors).collect()
    }
}
