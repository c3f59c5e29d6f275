//! A definition as AWS reads it, parsed independently of the engine's own types.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A state machine, a branch or an item processor.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Machine {
    pub(crate) comment: Option<String>,
    pub(crate) start_at: String,
    pub(crate) timeout_seconds: Option<u64>,
    states: BTreeMap<String, State>,
}

/// A state.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct State {
    #[serde(rename = "Type")]
    pub(crate) kind: String,
    pub(crate) comment: Option<String>,
    resource: Option<String>,
    #[serde(default)]
    pub(crate) arguments: Value,
    pub(crate) timeout_seconds: Option<Value>,
    #[serde(default)]
    pub(crate) retry: Vec<Handler>,
    #[serde(default)]
    pub(crate) catch: Vec<Handler>,
    pub(crate) next: Option<String>,
    #[serde(default)]
    pub(crate) choices: Vec<Handler>,
    pub(crate) default: Option<String>,
    #[serde(default)]
    branches: Vec<Machine>,
    item_processor: Option<Machine>,
}

/// An entry of `Retry`, of `Catch` or of `Choices`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Handler {
    #[serde(default)]
    pub(crate) error_equals: Vec<String>,
    #[serde(default)]
    pub(crate) next: String,
}

impl Machine {
    /// Every state with its name, including those of branches and item processors.
    pub(crate) fn states(&self) -> Vec<(&str, &State)> {
        self.states
            .iter()
            .flat_map(|(name, state)| std::iter::once((name.as_str(), state)).chain(state.states()))
            .collect()
    }

    /// Every Task state that calls a function: its name, itself, and the function.
    pub(crate) fn tasks(&self) -> Vec<(&str, &State, &str)> {
        let states = self.states().into_iter();
        states.filter_map(|(name, state)| Some((name, state, state.function()?))).collect()
    }

    /// A state by its name.
    pub(crate) fn state(&self, name: &str) -> Option<&State> {
        self.states().into_iter().find(|(other, _)| *other == name).map(|(_, state)| state)
    }
}

impl State {
    /// The states inside it.
    pub(crate) fn states(&self) -> Vec<(&str, &State)> {
        self.branches.iter().chain(&self.item_processor).flat_map(Machine::states).collect()
    }

    /// The function that it calls, without the rest of its ARN.
    pub(crate) fn function(&self) -> Option<&str> {
        let resource = self.resource.as_deref()?;
        let name = self.arguments.get("FunctionName")?.as_str()?;
        resource.contains(":lambda:invoke").then(|| name.rsplit(':').next().unwrap_or(name))
    }

    /// Whether it waits until somebody answers its task token.
    pub(crate) fn waits_for_token(&self) -> bool {
        self.resource.as_deref().is_some_and(|resource| resource.ends_with(".waitForTaskToken"))
    }
}
