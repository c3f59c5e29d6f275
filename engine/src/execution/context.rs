//! The context object, `$states.context`.

use super::thread::ThreadId;
use super::{Execution, TaskToken};
use crate::asl::Kind;
use crate::datasets::Item;
use crate::jsonata::View;
use crate::time::iso;
use serde_json::Value;

/// The source of items that stood in the input of the state.
const STATE_DATA: &str = "STATE_DATA";

impl Execution {
    /// The context object as a thread sees it.
    pub(super) fn context(&self, id: ThreadId, token: Option<&TaskToken>) -> View {
        let mut execution = View::Fields(vec![
            ("Id", self.about.arn.as_str().into()),
            ("Input", self.input.shared().into()),
            ("StartTime", iso(self.started).as_str().into()),
            ("Name", self.about.name.as_str().into()),
            ("RoleArn", self.about.role_arn.as_str().into()),
            ("RedriveCount", self.redriven.map_or(0, |(count, _)| count).into()),
        ]);
        if let Some((_, at)) = self.redriven {
            execution.set("RedriveTime", iso(at).as_str());
        }
        let machine = View::Fields(vec![
            ("Id", self.about.machine_arn.as_str().into()),
            ("Name", self.about.machine_name.as_str().into()),
        ]);
        let mut context = View::Fields(vec![("Execution", execution), ("StateMachine", machine)]);
        let Some(thread) = self.threads.get(&id) else { return context };
        if let Some(visit) = &thread.visit {
            let mut state = View::Fields(vec![
                ("Name", visit.name().into()),
                ("EnteredTime", iso(visit.entered_at).as_str().into()),
            ]);
            // Only what can be tried again counts how often it was.
            if let Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_) = &visit.of().kind {
                state.set("RetryCount", visit.retries);
            }
            context.set("State", state);
        }
        if let Some((index, value)) = &thread.item {
            let item = View::Fields(vec![
                ("Index", Value::from(*index).into()),
                ("Value", value.shared().into()),
                ("Source", STATE_DATA.into()),
            ]);
            context.set("Map", View::Fields(vec![("Item", item)]));
        }
        if let Some(token) = token {
            context.set("Task", View::Fields(vec![("Token", token.expose().into())]));
        }
        match self.trial {
            Some(_) => self.context_of_trial(context.to_value(), self.input.value()).into(),
            None => context,
        }
    }
}

/// What the context says of the item that a selector makes something of. Only items of an object have a key.
pub(super) fn context_of_item(index: usize, item: &Item) -> View {
    let source = item.source.as_deref().unwrap_or(STATE_DATA);
    let mut shown = View::Fields(vec![
        ("Index", Value::from(index).into()),
        ("Value", item.value.clone().into()),
        ("Source", source.into()),
    ]);
    if let Some(key) = &item.key {
        shown.set("Key", key.as_str());
    }
    shown
}
