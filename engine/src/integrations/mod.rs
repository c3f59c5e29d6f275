//! What a Task state can call. One file per integration.

mod lambda_invoke;

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

    /// Makes a call. What the language takes and this engine does not call was refused when the definition was read.
    pub(crate) async fn call(&self, invocation: Invocation) -> Report {
        match (invocation.integration.service.as_str(), invocation.integration.action.as_str()) {
            ("lambda", "invoke") => lambda_invoke::call(&self.functions, invocation.arguments).await,
            (service, action) => {
                Err(Failure::new("States.Runtime", format!("this engine cannot call `{service}:{action}`")))
            }
        }
    }
}
