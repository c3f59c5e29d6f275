//! `TestState`: runs one state, and says what became of its data on the way.

mod context;
mod mock;
mod subject;

use super::describe::Answer;
use super::members::{COUNT, DATA, MOST_DEFINITION, may, must, secret, structure, text};
use super::shape::{Member, Shape};
use super::{Api, ApiError, Caller, arn, execution_input};
use crate::arn::Kind as MachineKind;
use crate::asl::Kind;
use crate::asl::state::{Pattern, Resource};
use crate::execution::{About, Command, Ending, Execution, Plan, Status, Stimulus};
use crate::integrations::Trace;
use crate::service::ExecutorError;
use serde::Deserialize;
use serde_json::{Map, Value};
use subject::Subject;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("definition", secret(1, MOST_DEFINITION)),
    may("roleArn", text(1, 256)),
    may("input", DATA),
    may("inspectionLevel", Shape::OneOf(&["INFO", "DEBUG", "TRACE"])),
    may("revealSecrets", Shape::Flag),
    may("variables", DATA),
    may("stateName", secret(1, 80)),
    may("mock", structure("MockInput", MOCK)),
    may("context", DATA),
    may("stateConfiguration", structure("TestStateConfiguration", CONFIGURATION)),
];

const MOCK: &[Member] = &[
    may("result", DATA),
    may(
        "errorOutput",
        structure("MockErrorOutput", &[may("error", secret(0, 256)), may("cause", secret(0, 32_768))]),
    ),
    may("fieldValidationMode", Shape::OneOf(&["STRICT", "PRESENT", "NONE"])),
];
const CONFIGURATION: &[Member] = &[
    may("retrierRetryCount", COUNT),
    may("errorCausedByState", secret(1, 80)),
    may("mapIterationFailureCount", COUNT),
    may("mapItemReaderData", DATA),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    definition: String,
    role_arn: Option<String>,
    input: Option<String>,
    inspection_level: Option<String>,
    reveal_secrets: Option<bool>,
    variables: Option<String>,
    state_name: Option<String>,
    mock: Option<mock::Input>,
    context: Option<String>,
    state_configuration: Option<Configuration>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    retrier_retry_count: Option<u64>,
    error_caused_by_state: Option<String>,
    map_iteration_failure_count: Option<u64>,
    map_item_reader_data: Option<String>,
}

/// `TestState`
pub(super) async fn run(api: &Api, caller: &Caller, request: Input) -> Result<Value, ApiError> {
    let Subject { states, state, parents } =
        subject::read(&request.definition, request.state_name.as_deref())?;
    let tested = states.get(state);
    let is_mocked = request.mock.is_some();
    let reveals = request.reveal_secrets.unwrap_or(false);
    let mock = mock::read(request.mock, tested, reveals)?;
    if request.context.is_some() && !is_mocked {
        return Err(ApiError::validation("TestState does not support Context unless a mock is specified."));
    }
    let context = request.context.as_deref().map(context::read).transpose()?;
    let configuration = request.state_configuration.unwrap_or_default();
    check_configuration(&configuration, &tested.kind)?;
    if let Some(role) = &request.role_arn {
        arn::check_role(role)?;
    }
    if let (Kind::Task(task), false) = (&tested.kind, is_mocked) {
        check_resource(&task.resource, request.role_arn.is_some())?;
    }
    execution_input::check_input(request.input.as_deref())?;
    let plan = Plan {
        parents,
        variables: variables(request.variables.as_deref())?,
        context,
        mock,
        retries: configuration.retrier_retry_count.unwrap_or(0),
        failed_iterations: configuration.map_iteration_failure_count,
        dataset: configuration.map_item_reader_data,
        has_role: request.role_arn.is_some(),
    };
    let about = about(caller, request.role_arn, request.input);
    let (execution, commands) = Execution::try_state(about, (states, state), plan, api.clock.now());
    let level = request.inspection_level.as_deref().unwrap_or("INFO");
    let trace = (level == "TRACE").then(|| Trace::new(reveals));
    let execution = finish(api, execution, commands, trace.as_ref()).await?;
    Ok(answer(&execution, level, trace))
}

/// Tests run as Express executions of machines that nobody has made.
fn about(caller: &Caller, role_arn: Option<String>, input: Option<String>) -> About {
    let (machine, name) = (uuid::Uuid::new_v4().to_string(), uuid::Uuid::new_v4().to_string());
    let machine_arn = caller.place.machine(&machine);
    About {
        arn: machine_arn.execution(MachineKind::Express, &name),
        name,
        machine_arn,
        machine_name: machine,
        role_arn: role_arn.unwrap_or_default(),
        region: caller.place.region.clone(),
        input: input.unwrap_or_else(|| "{}".to_owned()).into(),
        seed: crate::service::seed(),
    }
}

/// Makes the call that the state makes, or waits as it waits.
async fn finish(
    api: &Api,
    mut execution: Execution,
    mut commands: Vec<Command>,
    trace: Option<&Trace>,
) -> Result<Execution, ApiError> {
    loop {
        let is_over = *execution.status() != Status::Running
            || execution.tried().is_some_and(|tried| matches!(tried.ending, Some(Ending::Retriable(_))));
        if is_over {
            return Ok(execution);
        }
        let call = commands.into_iter().find_map(|command| match command {
            Command::Invoke(invocation) => Some(invocation),
            _ => None,
        });
        let timer = execution.next_timer();
        let stimulus = match (call, timer) {
            (Some(invocation), Some((at, timer))) => tokio::select! {
                stimulus = api.executor.made(execution.about(), invocation, trace) => stimulus,
                () = api.clock.sleep_until(at) => Stimulus::Elapsed(timer),
            },
            (Some(invocation), None) => api.executor.made(execution.about(), invocation, trace).await,
            (None, Some((at, timer))) => {
                api.clock.sleep_until(at).await;
                Stimulus::Elapsed(timer)
            }
            (None, None) => return Err(ApiError::internal("the state waits for nothing")),
        };
        commands = execution.advance(api.clock.now(), stimulus).map_err(ExecutorError::NotAwaited)?;
    }
}

fn answer(execution: &Execution, level: &str, trace: Option<Trace>) -> Value {
    let mut tried = execution.tried().unwrap_or_default();
    let mut answer = Answer::default();
    answer.may("nextState", tried.next);
    let (status, failure) = match (tried.ending, execution.status()) {
        (Some(Ending::Retriable(failure)), _) => ("RETRIABLE", Some(failure)),
        (Some(Ending::Caught(failure)), Status::Succeeded(_)) => ("CAUGHT_ERROR", Some(failure)),
        (_, Status::Succeeded(_)) => ("SUCCEEDED", None),
        (_, Status::Failed(failure)) => ("FAILED", Some(failure.clone())),
        (_, Status::TimedOut) => ("FAILED", Some(crate::execution::Failure::timeout())),
        (_, Status::Aborted(..) | Status::Running) => ("FAILED", None),
    };
    if let Some(failure) = failure {
        answer.may("error", failure.error.as_ref().map(crate::asl::ErrorName::as_str));
        answer.may("cause", failure.cause);
    }
    if let Status::Succeeded(output) = execution.status() {
        answer.put("output", output.text());
    }
    answer.put("status", status);
    if level != "INFO" {
        tried.notes.extend(trace.map(Trace::into_notes).unwrap_or_default());
        answer.put("inspectionData", Value::Object(tried.notes));
    }
    answer.finish()
}

fn check_configuration(configuration: &Configuration, kind: &Kind) -> Result<(), ApiError> {
    let is_map = matches!(kind, Kind::Map(_));
    let of_map = [
        ("mapIterationFailureCount", configuration.map_iteration_failure_count.is_some()),
        ("mapItemReaderData", configuration.map_item_reader_data.is_some()),
    ];
    if let Some((name, _)) = of_map.iter().find(|(_, is_there)| *is_there && !is_map) {
        return Err(ApiError::validation(format!("{name} can only be specified when testing a Map state")));
    }
    let Some(name) = &configuration.error_caused_by_state else { return Ok(()) };
    let is_inside = match kind {
        Kind::Map(map) => subject::find(&map.processor, name).is_some(),
        Kind::Parallel(parallel) => parallel.branches.iter().any(|it| subject::find(it, name).is_some()),
        _ => {
            return Err(ApiError::validation(
                "errorCausedByState can only be specified when testing a Map or Parallel state",
            ));
        }
    };
    if is_inside { Ok(()) } else { Err(ApiError::validation(subject::NOT_FOUND)) }
}

/// What cannot be called without a mock.
fn check_resource(resource: &Resource, has_role: bool) -> Result<(), ApiError> {
    let what = match resource {
        Resource::Activity(_) => Some("Activity"),
        other => match other.pattern() {
            Pattern::RequestResponse => None,
            Pattern::Sync | Pattern::Sync2 => Some(".sync"),
            Pattern::WaitForTaskToken => Some(".waitForTaskToken"),
        },
    };
    match what {
        Some(what) => Err(ApiError::client(
            "InvalidDefinition",
            format!("TestState API does not support '{what}' Task states unless a mock is specified"),
        )),
        None if !has_role => Err(ApiError::validation("RoleArn must be specified when testing a Task state")),
        None => Ok(()),
    }
}

fn variables(text: Option<&str>) -> Result<std::collections::BTreeMap<String, Value>, ApiError> {
    let Some(text) = text else { return Ok(std::collections::BTreeMap::new()) };
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(variables) => Ok(variables.into_iter().collect()),
        Err(_) => Err(ApiError::validation("Variables must be a JSON object")),
    }
}
