//! The context object, `$states.context`.

use super::thread::ThreadId;
use super::{Execution, TaskToken};
use crate::asl::Kind;
use crate::time::iso;
use serde_json::{Value, json};

impl Execution {
    /// The context object as a thread sees it.
    pub(super) fn context(&self, id: ThreadId, token: Option<&TaskToken>) -> Value {
        let mut context = json!({
            "Execution": {
                "Id": self.about.arn,
                "Input": self.input.value(),
                "StartTime": iso(self.started),
                "Name": self.about.name,
                "RoleArn": self.about.role_arn,
                "RedriveCount": self.redriven.map_or(0, |(count, _)| count),
            },
            "StateMachine": { "Id": self.about.machine_arn, "Name": self.about.machine_name },
        });
        if let (Some((_, at)), Some(execution)) =
            (self.redriven, context.pointer_mut("/Execution").and_then(Value::as_object_mut))
        {
            execution.insert("RedriveTime".to_owned(), iso(at).into());
        }
        let Some(map) = context.as_object_mut() else { return context };
        let Some(thread) = self.threads.get(&id) else { return context };
        if let Some(visit) = &thread.visit {
            let mut state = json!({ "Name": visit.name(), "EnteredTime": iso(visit.entered_at) });
            // Only what can be tried again counts how often it was.
            if let (Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_), Some(state)) =
                (&visit.of().kind, state.as_object_mut())
            {
                state.insert("RetryCount".to_owned(), Value::from(visit.retries));
            }
            map.insert("State".to_owned(), state);
        }
        if let Some((index, value)) = &thread.item {
            map.insert("Map".to_owned(), json!({ "Item": { "Index": index, "Value": value.value() } }));
        }
        if self.trial.is_some() {
            context = self.context_of_trial(context, self.input.value());
        }
        if let (Some(token), Some(map)) = (token, context.as_object_mut()) {
            map.insert("Task".to_owned(), json!({ "Token": token.expose() }));
        }
        context
    }
}
