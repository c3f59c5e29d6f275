//! AWS's history events. They are the log from which an execution is recovered, and what GetExecutionHistory answers.
//!
//! Source: Step Functions API reference, `HistoryEvent`.

use super::data::{Data, Text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The number of an event in its execution, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId(u64);

impl EventId {
    /// What the first event of a thread follows.
    pub(super) const NONE: Self = Self(0);

    /// The event of that number.
    pub fn new(id: u64) -> Self {
        Self(id)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// One event of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// Its number.
    pub id: EventId,
    /// The number of the event that it follows.
    pub previous: EventId,
    /// When it happened, to the millisecond.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// What happened. The variants are AWS's types, and their contents AWS's details.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "details")]
#[expect(missing_docs, reason = "the names are AWS's, and so is what they mean")]
pub enum EventKind {
    ExecutionStarted(Started),
    ExecutionSucceeded(Output),
    ExecutionFailed(Trouble),
    ExecutionAborted(Trouble),
    ExecutionTimedOut(Trouble),
    ExecutionRedriven(Redriven),
    TaskStateEntered(Entered),
    PassStateEntered(Entered),
    ChoiceStateEntered(Entered),
    WaitStateEntered(Entered),
    ParallelStateEntered(Entered),
    MapStateEntered(Entered),
    SucceedStateEntered(Entered),
    FailStateEntered(Entered),
    TaskStateExited(Exited),
    PassStateExited(Exited),
    ChoiceStateExited(Exited),
    WaitStateExited(Exited),
    ParallelStateExited(Exited),
    MapStateExited(Exited),
    SucceedStateExited(Exited),
    TaskScheduled(Scheduled),
    TaskStarted(Resource),
    TaskSubmitted(TaskOutput),
    TaskSucceeded(TaskOutput),
    TaskFailed(TaskTrouble),
    TaskTimedOut(TaskTrouble),
    TaskStateAborted,
    LambdaFunctionScheduled(FunctionScheduled),
    LambdaFunctionStarted,
    LambdaFunctionSucceeded(Output),
    LambdaFunctionFailed(Trouble),
    LambdaFunctionTimedOut(Trouble),
    ActivityScheduled(ActivityScheduled),
    ActivityStarted(Worker),
    ActivitySucceeded(Output),
    ActivityFailed(Trouble),
    ActivityTimedOut(Trouble),
    WaitStateAborted,
    ParallelStateStarted,
    ParallelStateSucceeded,
    ParallelStateFailed,
    ParallelStateAborted,
    MapStateStarted(MapLength),
    MapStateSucceeded,
    MapStateFailed,
    MapStateAborted,
    MapRunStarted(MapRun),
    MapRunRedriven(RedrivenMap),
    MapRunSucceeded(MapRunResult),
    MapRunFailed(Trouble),
    MapRunAborted,
    MapIterationStarted(Iteration),
    MapIterationSucceeded(Iteration),
    MapIterationFailed(Iteration),
    MapIterationAborted(Iteration),
    EvaluationFailed(BadExpression),
}

/// Data as JSON text, and that none of it was cut.
macro_rules! details {
    ($( $(#[$doc:meta])* $name:ident { $( $(#[$attr:meta])* $field:ident: $type:ty ),* $(,)? } )*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            #[expect(missing_docs, reason = "the names are AWS's, and so is what they mean")]
            pub struct $name { $( $(#[$attr])* pub $field: $type ),* }
        )*
    };
}

details! {
    /// `executionStartedEventDetails`
    Started { input: Text, input_details: Cut, role_arn: String }
    /// `executionSucceededEventDetails`
    Output { output: Text, output_details: Cut }
    /// `executionFailedEventDetails`, and those of an abort and of a timeout
    Trouble {
        #[serde(default, skip_serializing_if = "Option::is_none")] error: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")] cause: Option<String>,
    }
    /// `executionRedrivenEventDetails`
    Redriven { redrive_count: u64 }
    /// `mapRunRedrivenEventDetails`
    RedrivenMap { map_run_arn: String, redrive_count: u64 }
    /// `stateEnteredEventDetails`
    Entered { name: String, input: Text, input_details: Cut }
    /// `stateExitedEventDetails`. Each assigned variable is JSON text, as the output is.
    Exited {
        name: String,
        output: Text,
        output_details: Cut,
        #[serde(default, skip_serializing_if = "Option::is_none")] assigned_variables: Option<Map<String, Value>>,
        #[serde(default, skip_serializing_if = "Option::is_none")] assigned_variables_details: Option<Cut>,
    }
    /// `taskCredentials`
    Credentials { role_arn: String }
    /// `lambdaFunctionScheduledEventDetails`
    FunctionScheduled {
        resource: String,
        input: Text,
        input_details: Cut,
        #[serde(default, skip_serializing_if = "Option::is_none")] timeout_in_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")] task_credentials: Option<Credentials>,
    }
    /// `activityScheduledEventDetails`
    ActivityScheduled {
        resource: String,
        input: Text,
        input_details: Cut,
        #[serde(default, skip_serializing_if = "Option::is_none")] timeout_in_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")] heartbeat_in_seconds: Option<u64>,
    }
    /// `activityStartedEventDetails`
    Worker { #[serde(default, skip_serializing_if = "Option::is_none")] worker_name: Option<String> }
    /// `mapRunStartedEventDetails`
    MapRun { map_run_arn: String }
    /// What came of a map run. AWS shows it only as the output of its state; an execution is recovered from it.
    MapRunResult { output: Text }
    /// `taskScheduledEventDetails`
    Scheduled {
        resource_type: String,
        resource: String,
        region: String,
        parameters: Text,
        #[serde(default, skip_serializing_if = "Option::is_none")] timeout_in_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")] heartbeat_in_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")] task_credentials: Option<Credentials>,
    }
    /// `taskStartedEventDetails`
    Resource { resource_type: String, resource: String }
    /// `taskSucceededEventDetails` and `taskSubmittedEventDetails`
    TaskOutput { resource_type: String, resource: String, output: Text, output_details: Cut }
    /// `taskFailedEventDetails` and `taskTimedOutEventDetails`
    TaskTrouble {
        resource_type: String,
        resource: String,
        #[serde(default, skip_serializing_if = "Option::is_none")] error: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")] cause: Option<String>,
    }
    /// `mapStateStartedEventDetails`
    MapLength { length: usize }
    /// `mapIterationStartedEventDetails` and those of its end
    Iteration { name: String, index: usize }
    /// `evaluationFailedEventDetails`
    BadExpression {
        error: String,
        cause: String,
        #[serde(default, skip_serializing_if = "Option::is_none")] location: Option<String>,
        state: String,
    }
    /// `inputDetails`, `outputDetails`: this engine never cuts.
    Cut { truncated: bool }
}

pub(super) const WHOLE: Cut = Cut { truncated: false };

impl Output {
    pub(super) fn of(output: &Data) -> Self {
        Self { output: output.shared_text(), output_details: WHOLE }
    }
}

impl EventKind {
    pub(super) fn execution_started(input: &Arc<str>, role_arn: &str) -> Self {
        Self::ExecutionStarted(Started {
            input: Arc::clone(input).into(),
            input_details: WHOLE,
            role_arn: role_arn.to_owned(),
        })
    }

    pub(super) fn execution_succeeded(output: &Data) -> Self {
        Self::ExecutionSucceeded(Output::of(output))
    }

    pub(super) fn entered(kind: &crate::asl::Kind, name: &str, input: &Data) -> Self {
        use crate::asl::Kind;
        let details = Entered { name: name.to_owned(), input: input.shared_text(), input_details: WHOLE };
        match kind {
            Kind::Task(_) => Self::TaskStateEntered(details),
            Kind::Pass(_) => Self::PassStateEntered(details),
            Kind::Choice(_) => Self::ChoiceStateEntered(details),
            Kind::Wait(_) => Self::WaitStateEntered(details),
            Kind::Parallel(_) => Self::ParallelStateEntered(details),
            Kind::Map(_) => Self::MapStateEntered(details),
            Kind::Succeed(_) => Self::SucceedStateEntered(details),
            Kind::Fail(_) => Self::FailStateEntered(details),
        }
    }

    /// A Fail state is never left.
    pub(super) fn exited(
        kind: &crate::asl::Kind,
        name: &str,
        output: &Data,
        assigned: &Map<String, Value>,
    ) -> Option<Self> {
        use crate::asl::Kind;
        let texts: Map<String, Value> =
            assigned.iter().map(|(name, value)| (name.clone(), Value::String(value.to_string()))).collect();
        let some = !texts.is_empty();
        let details = Exited {
            name: name.to_owned(),
            output: output.shared_text(),
            output_details: WHOLE,
            assigned_variables: some.then_some(texts),
            assigned_variables_details: some.then_some(WHOLE),
        };
        match kind {
            Kind::Task(_) => Some(Self::TaskStateExited(details)),
            Kind::Pass(_) => Some(Self::PassStateExited(details)),
            Kind::Choice(_) => Some(Self::ChoiceStateExited(details)),
            Kind::Wait(_) => Some(Self::WaitStateExited(details)),
            Kind::Parallel(_) => Some(Self::ParallelStateExited(details)),
            Kind::Map(_) => Some(Self::MapStateExited(details)),
            Kind::Succeed(_) => Some(Self::SucceedStateExited(details)),
            Kind::Fail(_) => None,
        }
    }

    pub(super) fn task_output(resource: Resource, output: Text) -> TaskOutput {
        let Resource { resource_type, resource } = resource;
        TaskOutput { resource_type, resource, output, output_details: WHOLE }
    }

    /// The input, the output or the parameters, where it has any.
    pub(crate) fn text_mut(&mut self) -> Option<&mut Text> {
        match self {
            Self::ExecutionStarted(details) => Some(&mut details.input),
            Self::TaskStateEntered(details)
            | Self::PassStateEntered(details)
            | Self::ChoiceStateEntered(details)
            | Self::WaitStateEntered(details)
            | Self::ParallelStateEntered(details)
            | Self::MapStateEntered(details)
            | Self::SucceedStateEntered(details)
            | Self::FailStateEntered(details) => Some(&mut details.input),
            Self::TaskStateExited(details)
            | Self::PassStateExited(details)
            | Self::ChoiceStateExited(details)
            | Self::WaitStateExited(details)
            | Self::ParallelStateExited(details)
            | Self::MapStateExited(details)
            | Self::SucceedStateExited(details) => Some(&mut details.output),
            Self::TaskScheduled(details) => Some(&mut details.parameters),
            Self::LambdaFunctionScheduled(details) => Some(&mut details.input),
            Self::ActivityScheduled(details) => Some(&mut details.input),
            Self::TaskSubmitted(details) | Self::TaskSucceeded(details) => Some(&mut details.output),
            Self::ExecutionSucceeded(details)
            | Self::LambdaFunctionSucceeded(details)
            | Self::ActivitySucceeded(details) => Some(&mut details.output),
            Self::MapRunSucceeded(details) => Some(&mut details.output),
            _ => None,
        }
    }

    /// Whether it is the end of an execution, or lets one that had ended go on.
    pub(super) fn ends_execution(&self) -> bool {
        matches!(
            self,
            Self::ExecutionSucceeded(_)
                | Self::ExecutionFailed(_)
                | Self::ExecutionAborted(_)
                | Self::ExecutionTimedOut(_)
                | Self::ExecutionRedriven(_)
        )
    }

    /// A state that was at work when something else ended it.
    pub(super) fn aborted(kind: &crate::asl::Kind) -> Option<Self> {
        use crate::asl::Kind;
        match kind {
            Kind::Task(_) => Some(Self::TaskStateAborted),
            Kind::Wait(_) => Some(Self::WaitStateAborted),
            Kind::Parallel(_) => Some(Self::ParallelStateAborted),
            Kind::Map(_) => Some(Self::MapStateAborted),
            Kind::Pass(_) | Kind::Choice(_) | Kind::Succeed(_) | Kind::Fail(_) => None,
        }
    }

    pub(super) fn evaluation_failed(
        error: String,
        cause: String,
        location: Option<String>,
        state: String,
    ) -> Self {
        Self::EvaluationFailed(BadExpression { error, cause, location, state })
    }

    /// The type and, where there are any, the details, as JSON.
    fn parts(&self) -> (String, Option<Value>) {
        match serde_json::to_value(self) {
            Ok(Value::Object(mut map)) => {
                let kind = map.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
                (kind, map.remove("details"))
            }
            // An enum with a tag is an object; there is nothing else to say.
            _ => (String::new(), None),
        }
    }
}

impl HistoryEvent {
    /// The type, as AWS names it.
    pub fn type_name(&self) -> String {
        self.kind.parts().0
    }

    /// The event as GetExecutionHistory answers it, with the time in seconds since 1970. Without the data the inputs,
    /// outputs and parameters are left out (`includeExecutionData`).
    pub fn to_aws(&self, include_data: bool) -> Value {
        let (kind, details) = self.kind.parts();
        let mut event = Map::new();
        event.insert("timestamp".to_owned(), crate::time::seconds(self.at));
        event.insert("type".to_owned(), Value::String(kind.clone()));
        event.insert("id".to_owned(), Value::from(self.id.0));
        event.insert("previousEventId".to_owned(), Value::from(self.previous.0));
        let shown = !matches!(self.kind, EventKind::MapRunSucceeded(_));
        if let Some(Value::Object(mut details)) = details.filter(|_| shown) {
            if !include_data {
                for field in ["input", "output", "assignedVariables"] {
                    details.remove(field);
                }
                // AWS's model says that this one is always there.
                if let Some(parameters) = details.get_mut("parameters") {
                    *parameters = Value::String(String::new());
                }
            }
            event.insert(details_key(&kind), Value::Object(details));
        }
        Value::Object(event)
    }
}

/// All events of entering a state share one key, and so do those of leaving one.
fn details_key(kind: &str) -> String {
    let stem = if kind.ends_with("StateEntered") {
        "stateEntered".to_owned()
    } else if kind.ends_with("StateExited") {
        "stateExited".to_owned()
    } else {
        let mut letters = kind.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        first.into_iter().chain(letters).collect()
    };
    format!("{stem}EventDetails")
}
