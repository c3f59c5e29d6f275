//! The Lambda host: runs the executable of the tasks as Lambda does, over the Lambda Runtime API.

mod host;
mod instance;
mod logs;
mod remote;
mod runtime_api;

pub use host::{Host, Options, TASKS};
pub use remote::Remote;

use crate::arn;
use base64::Engine as _;
use bytes::Bytes;
use std::sync::Arc;

/// The most that a function may be given. Source: Lambda quotas.
const MOST_BYTES: usize = 6 * 1024 * 1024;

/// What a function answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The id of the request.
    pub request_id: String,
    /// What it returned: JSON, or the error as JSON.
    pub payload: Bytes,
    /// Whether it is an error.
    pub function_error: bool,
    /// The end of its log, in Base64, where whoever ran it gave that.
    pub log: Option<String>,
}

impl Answer {
    /// The end of its log, in Base64. Where it is not known it is what Lambda itself always writes.
    pub(crate) fn log_tail(&self) -> String {
        let id = &self.request_id;
        let lines = || format!("START RequestId: {id} Version: $LATEST\nEND RequestId: {id}\n");
        self.log.clone().unwrap_or_else(|| base64::engine::general_purpose::STANDARD.encode(lines()))
    }

    /// The answer of a function that did not answer itself: it ended, or it took too long.
    fn error(request_id: &str, kind: &str, message: &str) -> Self {
        let payload = serde_json::json!({ "errorType": kind, "errorMessage": format!("RequestId: {request_id} Error: {message}") });
        Self {
            request_id: request_id.to_owned(),
            payload: payload.to_string().into(),
            function_error: true,
            log: None,
        }
    }
}

/// Why a function could not be invoked.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// There is none.
    #[error("Function not found: {0}")]
    NoSuchFunction(String),
    /// It was given too much.
    #[error("Request must be smaller than {MOST_BYTES} bytes for the InvokeFunction operation, and was {0}")]
    TooLarge(usize),
    /// Who asks may not invoke it, for this reason.
    #[error("{0}")]
    Reserved(String),
    /// Its process could not be started.
    #[error("the function `{function}` could not be started: {why}")]
    Start {
        /// The function.
        function: String,
        /// Why not.
        why: String,
    },
    /// What it was given is not JSON.
    #[error("{why}")]
    Invalid {
        /// What the endpoint says.
        why: String,
    },
    /// The endpoint that has it does not let us.
    #[error("the Lambda endpoint refused the call of `{function}`: {why}")]
    Denied {
        /// The function.
        function: String,
        /// What the endpoint says.
        why: String,
    },
    /// The endpoint that has it has too much to do.
    #[error("the Lambda endpoint has too much to do for `{function}`: {why}")]
    Throttled {
        /// The function.
        function: String,
        /// What the endpoint says.
        why: String,
    },
    /// The endpoint that has it did not answer.
    #[error("the Lambda endpoint could not be reached: {why}")]
    Unreachable {
        /// Why not.
        why: String,
    },
}

/// Functions that can be invoked.
#[derive(Clone)]
pub struct Functions {
    at: Where,
    reserved: Option<Arc<Reserved>>,
}

/// Where functions are: on this machine, or behind an endpoint.
#[derive(Clone)]
enum Where {
    Hosted(Host),
    Remote(Box<Remote>),
}

/// A function that whoever starts the engine keeps for itself: neither a workflow nor a client of the API can invoke it.
#[derive(Debug)]
pub struct Reserved {
    /// Its name.
    pub function: &'static str,
    /// Its version or its alias.
    pub qualifier: &'static str,
    /// What others are told.
    pub why: String,
}

impl Functions {
    /// The engine runs them.
    pub fn hosted(host: Host) -> Self {
        Self { at: Where::Hosted(host), reserved: None }
    }

    /// They answer at an endpoint.
    pub fn remote(remote: Remote) -> Self {
        Self { at: Where::Remote(Box::new(remote)), reserved: None }
    }

    /// The same, of which one is reserved.
    pub fn reserving(self, reserved: Reserved) -> Self {
        Self { reserved: Some(Arc::new(reserved)), ..self }
    }

    /// What runs them, if it is the engine.
    pub(crate) fn host(&self) -> Option<&Host> {
        match &self.at {
            Where::Hosted(host) => Some(host),
            Where::Remote(_) => None,
        }
    }

    /// Invokes a function: by its name, its ARN or its partial ARN, with a qualifier or without.
    pub async fn invoke(&self, function: &str, payload: Bytes) -> Result<Answer, InvokeError> {
        if let Some(Reserved { function: reserved, qualifier, why }) = self.reserved.as_deref()
            && arn::function(function) == (reserved, Some(qualifier))
        {
            return Err(InvokeError::Reserved(why.clone()));
        }
        self.invoke_any(function, payload).await
    }

    /// Invokes the function that is reserved.
    pub(crate) async fn invoke_reserved(&self, payload: Bytes) -> Result<Answer, InvokeError> {
        let Some(Reserved { function, qualifier, .. }) = self.reserved.as_deref() else {
            return Err(InvokeError::NoSuchFunction("no function is reserved".to_owned()));
        };
        self.invoke_any(&format!("{function}:{qualifier}"), payload).await
    }

    async fn invoke_any(&self, function: &str, payload: Bytes) -> Result<Answer, InvokeError> {
        if payload.len() > MOST_BYTES {
            return Err(InvokeError::TooLarge(payload.len()));
        }
        match &self.at {
            Where::Hosted(host) => {
                let (name, qualifier) = arn::function(function);
                host.invoke(name, qualifier, payload).await
            }
            Where::Remote(remote) => remote.invoke(function, payload).await,
        }
    }
}

#[cfg(test)]
mod tests;
