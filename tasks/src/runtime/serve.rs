//! The one way in which a task becomes a Lambda.

use crate::aws::{Aws, Here};
use crate::log;
use contract::{Fault, Setting, Task, TaskError};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use std::process::ExitCode;
use tracing::Instrument;

/// What a task does with its input.
pub trait Run: Task {
    /// Does it. Called twice with the same input, it has the effect of once.
    fn run(input: Self::Input, aws: &Aws) -> impl Future<Output = Result<Self::Output, Self::Error>>;

    /// Answers a request of an HTTP API, for a task that people reach with a browser. The function was invoked as this
    /// ARN.
    fn page(_event: Value, _invoked: &str, _aws: &Aws) -> impl Future<Output = Result<Value, Self::Error>> {
        let refused = Fault::InvalidInput(format!("`{}` has no page", Self::NAME));
        std::future::ready(Err(Self::Error::fault(refused)))
    }
}

/// Whether an event is a request of an HTTP API.
fn is_request(event: &Value) -> bool {
    event.pointer("/requestContext/http").is_some()
}

/// Runs the task as a Lambda until the host ends it.
pub fn serve<T: Run + 'static>() -> ExitCode {
    log::start(T::NAME);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(serve_on_thread::<T>);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit,
        // A panic of the task is answered by the runtime and does not come here; this is one of the runtime itself.
        Ok(Err(_)) => ExitCode::FAILURE,
        Err(error) => {
            tracing::error!(%error, "the task could not start");
            ExitCode::FAILURE
        }
    }
}

/// How much stack a task gets. Unoptimised, reading one finding of Security Hub takes more than the 8 MiB that a
/// program starts with.
const STACK: usize = 64 * 1024 * 1024;

fn serve_on_thread<T: Run>() -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(serve_in_runtime::<T>()),
        Err(error) => {
            tracing::error!(%error, "the task could not start");
            ExitCode::FAILURE
        }
    }
}

async fn serve_in_runtime<T: Run>() -> ExitCode {
    let settings = match read_settings(T::ENVIRONMENT, T::SETTINGS, |name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => {
            tracing::error!(%error, "the task could not start");
            return ExitCode::FAILURE;
        }
    };
    let aws = &Aws::from_environment(settings).await;
    let handler = service_fn(|event: LambdaEvent<Value>| async move {
        let case_id = event.payload.get("caseId").and_then(Value::as_str).unwrap_or_default();
        let span =
            tracing::info_span!("task", name = T::NAME, request_id = event.context.request_id, case_id);
        answer::<T>(event, aws).instrument(span).await
    });
    match lambda_runtime::run(handler).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the Lambda host could not be reached");
            ExitCode::FAILURE
        }
    }
}

async fn answer<T: Run>(event: LambdaEvent<Value>, aws: &Aws) -> Result<Value, Failed> {
    let invoked = &event.context.invoked_function_arn;
    // Boxed, since the compiler gives up on futures that are nested as deep as these.
    let result = if is_request(&event.payload) {
        match Here::of_function(invoked) {
            Ok(here) => Box::pin(T::page(event.payload, invoked, &aws.at(here, T::NAME))).await,
            Err(fault) => Err(T::Error::fault(fault)),
        }
    } else {
        Box::pin(run::<T>(event.payload, invoked, aws)).await.and_then(|output| {
            serde_json::to_value(output)
                .map_err(|error| T::Error::fault(Fault::InvalidInput(error.to_string())))
        })
    };
    match result {
        Ok(output) => {
            tracing::info!("done");
            Ok(output)
        }
        Err(error) => {
            tracing::warn!(error = error.name(), cause = %error, "failed");
            Err(Failed { name: error.name(), message: error.to_string() })
        }
    }
}

async fn run<T: Run>(payload: Value, invoked: &str, aws: &Aws) -> Result<T::Output, T::Error> {
    match serde_path_to_error::deserialize::<_, T::Input>(payload) {
        Err(error) => Err(T::Error::fault(Fault::InvalidInput(format!(
            "the payload of `{}` cannot be read at `{}`: {}; compare the state's Arguments with the contract",
            T::NAME,
            error.path(),
            error.inner(),
        )))),
        Ok(input) => match Here::of_function(invoked) {
            Ok(here) => T::run(input, &aws.at(here, T::NAME)).await,
            Err(fault) => Err(T::Error::fault(fault)),
        },
    }
}

/// An error as Step Functions is to see it: `errorType` is the variant's name.
#[derive(Debug)]
struct Failed {
    name: &'static str,
    message: String,
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        Self { error_type: failed.name.to_owned(), error_message: failed.message }
    }
}

type Settings = std::collections::HashMap<&'static str, String>;

/// Reads the environment variables that a task needs, all or none, and those that have a default.
fn read_settings(
    names: &[&'static str],
    settings: &[Setting],
    read: impl Fn(&str) -> Option<String>,
) -> Result<Settings, String> {
    let missing: Vec<&str> =
        names.iter().copied().filter(|name| read(name).is_none_or(|value| value.is_empty())).collect();
    if missing.is_empty() {
        let set = |setting: &Setting| read(setting.name).filter(|value| !value.is_empty());
        let with_default = settings
            .iter()
            .map(|setting| (setting.name, set(setting).unwrap_or_else(|| setting.default.to_owned())));
        Ok(names.iter().filter_map(|name| Some((*name, read(name)?))).chain(with_default).collect())
    } else {
        Err(format!("the environment variables `{}` must be set", missing.join("`, `")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_setting_is_named_at_once() {
        let read = |name: &str| (name == "CASE_TABLE").then(|| "cases".to_owned());
        let error = read_settings(&["CASE_TABLE", "TOPIC_ARN", "EXECUTION_LINK"], &[], read).unwrap_err();
        assert_eq!(error, "the environment variables `TOPIC_ARN`, `EXECUTION_LINK` must be set");
    }

    #[test]
    fn a_setting_that_is_not_set_has_its_default() {
        let setting = |name| Setting { name, default: "1", meaning: "Which it is." };
        let read = |name: &str| match name {
            "SET" => Some("2".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let settings =
            read_settings(&[], &[setting("SET"), setting("EMPTY"), setting("UNSET")], read).unwrap();
        let value = |name| settings.get(name).map(String::as_str);
        assert_eq!((value("SET"), value("EMPTY"), value("UNSET")), (Some("2"), Some("1"), Some("1")));
    }

    #[test]
    fn the_error_type_is_the_name_of_the_variant() {
        let diagnostic = Diagnostic::from(Failed { name: "Drifted", message: "it moved".to_owned() });
        assert_eq!(diagnostic.error_type, "Drifted");
        assert_eq!(diagnostic.error_message, "it moved");
    }
}
