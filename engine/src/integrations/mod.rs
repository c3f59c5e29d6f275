//! What a Task state can call. One file per integration.

mod lambda_function;
mod lambda_invoke;

use crate::asl::state::Resource;
use crate::execution::{Failure, Invocation};
use crate::lambda::Functions;
use serde_json::Value;

/// How a call ended.
pub(crate) type Report = Result<Value, Failure>;

/// The integrations, and what they need.
#[derive(Clone)]
pub struct Integrations {
    functions: Functions,
}

impl Integrations {
    /// The integrations over these functions.
    pub fn new(functions: Functions) -> Self {
        Self { functions }
    }

    /// Makes a call. What the language takes and this engine does not call fails as what it is.
    pub(crate) async fn call(&self, invocation: Invocation) -> Report {
        let Invocation { resource, arguments, .. } = invocation;
        let integration = match &resource {
            Resource::Function(arn) => return lambda_function::call(&self.functions, arn, arguments).await,
            Resource::Integration(integration) => integration,
            Resource::Activity(arn) => {
                return Err(Failure::new("States.Runtime", format!("`{arn}` is for workers to ask for")));
            }
        };
        match (integration.service.as_str(), integration.action.as_str()) {
            ("lambda", "invoke") => lambda_invoke::call(&self.functions, arguments).await,
            (service, action) => {
                Err(Failure::new("States.Runtime", format!("this engine cannot call `{service}:{action}`")))
            }
        }
    }
}
