//! Serves one task as a Lambda function.

use super::handlers::Handler;
use super::manifest::Entry;
use super::run::Run;
use super::{log, settings};
use crate::aws::{Aws, Here};
use contract::{Fault, TaskError};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use std::pin::Pin;
use std::process::ExitCode;
use tracing::Instrument;

/// The size of a task's stack. Without optimisation, reading one finding of Security Hub takes more than the 8 MiB that a
/// program starts with.
const STACK: usize = 64 * 1024 * 1024;

/// The answer of a task to one call. It is boxed since the compiler gives up on futures that are nested as deep as these.
pub(super) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Failed>> + 'a>>;

/// Runs the task until the host ends the process.
pub(super) fn serve(handler: &Handler) -> ExitCode {
    log::start(&handler.entry.name);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let thread = thread.spawn_scoped(scope, || serve_on_thread(handler));
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(exit)) => exit,
            // A panic of the task is answered by the runtime and does not come here; this is one of the runtime itself.
            Ok(Err(_)) => ExitCode::FAILURE,
            Err(error) => {
                tracing::error!(%error, "the task could not start");
                ExitCode::FAILURE
            }
        }
    })
}

fn serve_on_thread(handler: &Handler) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(serve_in_runtime(handler)),
        Err(error) => {
            tracing::error!(%error, "the task could not start");
            ExitCode::FAILURE
        }
    }
}

async fn serve_in_runtime(handler: &Handler) -> ExitCode {
    if let Err(fault) = (handler.prepare)() {
        tracing::error!(error = fault.name(), cause = %fault, "the task could not start");
        return ExitCode::FAILURE;
    }
    // Without a setting the task answers every call with the reason. If it ended, Step Functions would see
    // `Runtime.ExitError`, and people would not learn which setting is missing.
    let Entry { environment, settings, .. } = handler.entry;
    let aws = &match settings::read(environment, settings, |name| std::env::var(name).ok()) {
        Ok(settings) => Ok(Aws::from_environment(settings).await),
        Err(fault) => {
            tracing::error!(error = fault.name(), cause = %fault, "the task answers no call");
            Err(fault)
        }
    };
    let name = handler.entry.name.as_str();
    let serve = service_fn(|event: LambdaEvent<Value>| async move {
        let case_id = event.payload.get("caseId").and_then(Value::as_str).unwrap_or_default();
        let span = tracing::info_span!("task", name, request_id = event.context.request_id, case_id);
        let answer = async {
            match aws {
                Ok(aws) => (handler.answer)(event.payload, &event.context.invoked_function_arn, aws).await,
                Err(fault) => Err(Failed::new(fault.name(), fault)),
            }
        };
        logged(answer).instrument(span).await
    });
    match lambda_runtime::run(serve).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the Lambda host could not be reached");
            ExitCode::FAILURE
        }
    }
}

async fn logged(answer: impl Future<Output = Result<Value, Failed>>) -> Result<Value, Failed> {
    let answer = answer.await;
    match &answer {
        Ok(_) => tracing::info!("done"),
        Err(failed) => tracing::warn!(error = failed.name, cause = failed.message, "failed"),
    }
    answer
}

/// Answers one call of a task.
pub(super) fn answer<'a, T: Run>(payload: Value, invoked: &'a str, aws: &'a Aws) -> Answer<'a> {
    Box::pin(async move {
        let answer = Here::of_function(invoked).map_err(T::Error::from);
        let answer = match answer {
            Ok(here) => call::<T>(payload, invoked, &aws.at(here, T::name(), T::NATURE.acts())).await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| Failed::new(error.name(), error))
    })
}

async fn call<T: Run>(payload: Value, invoked: &str, aws: &Aws) -> Result<Value, T::Error> {
    if is_request(&payload) {
        return Box::pin(T::page(payload, invoked, aws)).await;
    }
    let input = serde_path_to_error::deserialize::<_, T::Input>(payload).map_err(|error| {
        Fault::invalid_input(format!(
            "the payload of `{}` cannot be read at `{}`: {}; compare the state's Arguments with the contract",
            T::name(),
            error.path(),
            error.inner(),
        ))
    })?;
    let output = Box::pin(T::run(input, aws)).await?;
    serde_json::to_value(output).map_err(|error| Fault::internal("writing the output as JSON", error).into())
}

/// Whether an event is a request of an HTTP API.
fn is_request(event: &Value) -> bool {
    event.pointer("/requestContext/http").is_some()
}

/// An error as Step Functions sees it: `errorType` is the name of the variant.
#[derive(Debug)]
pub(super) struct Failed {
    name: &'static str,
    message: String,
}

impl Failed {
    fn new(name: &'static str, message: impl ToString) -> Self {
        Self { name, message: message.to_string() }
    }
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        Self { error_type: failed.name.to_owned(), error_message: failed.message }
    }
}

#[cfg(test)]
mod tests;
