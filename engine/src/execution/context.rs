//! The context object, `$states.context`.

use super::thread::ThreadId;
use super::{Execution, TaskToken};
use crate::asl::Kind;
use crate::datasets::Item;
use crate::time::iso;
use serde_json::{Value, json};

/// The source of items that stood in the input of the state.
const STATE_DATA: &str = "STATE_DATA";

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
            let item = json!({ "Index": index, "Value": value.value(), "Source": STATE_DATA });
            map.insert("Map".to_owned(), json!({ "Item": item }));
        }
        if let (Some(token), Some(map)) = (token, context.as_object_mut()) {
            map.insert("Task".to_owned(), json!({ "Token": token.expose() }));
        }
        match self.trial {
            Some(_) => self.context_of_trial(context, self.input.value()),
            None => context,
        }
    }
}

/// What the context says of the item that a selector makes something of. Only items of an object have a key.
pub(super) fn context_of_item(index: usize, item: &Item) -> Value {
    let source = item.source.as_deref().unwrap_or(STATE_DATA);
    let mut shown = json!({ "Index": index, "Value": item.value, "Source": source });
    if let (Some(key), Some(shown)) = (&item.key, shown.as_object_mut()) {
        shown.insert("Key".to_owned(), key.as_str().into());
    }
    shown
}
