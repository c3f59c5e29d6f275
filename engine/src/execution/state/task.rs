use super::{complete, note_arguments};
use crate::asl::state::{Resource, Task, ranges};
use crate::asl::{ErrorName, Kind, Template};
use crate::execution::command::{Command, Invocation};
use crate::execution::data::{Data, Text};
use crate::execution::evaluate::{Evaluated, Scope, unexpected};
use crate::execution::events_of_calls as events;
use crate::execution::failure::BadEvaluation;
use crate::execution::impossible::Impossible;
use crate::execution::refused::refused;
use crate::execution::thread::{Position, Running, Stage, ThreadId};
use crate::execution::turn::{Flow, Turn, fitting, too_large};
use crate::execution::{Failure, Mock, TaskToken};
use crate::time::after;
use serde_json::Value;

/// What stands in a history where a task token was passed. AWS writes the token itself, and whoever can read a history
/// there can decide.
const REDACTED: &str = "(task token)";

/// What a state says of a call.
struct Call {
    arguments: Data,
    timeout: Option<u64>,
    heartbeat: Option<u64>,
    role_arn: Option<String>,
}

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, task: &Task) -> Flow {
    // An activity that was there for the first try is not looked for again: a turn must leave something in the history.
    let is_retry = turn.visit(id).is_some_and(|visit| visit.retries > 0);
    if let Resource::Activity(arn) = &task.resource
        && !is_retry
        && !turn.is_trial()
    {
        turn.set_position(id, Position::Finding);
        turn.commands.push(Command::Find { thread: id, activity: arn.clone() });
        return Flow::Blocked;
    }
    make(turn, id, task)
}

/// The activity is there, or it is not.
pub(in crate::execution) fn found(turn: &mut Turn, id: ThreadId, there: bool) -> Flow {
    turn.set_position(id, Position::Moving);
    with_task(turn, id, |turn, task| {
        if there {
            return make(turn, id, task);
        }
        let message = format!("The activity {} does not exist.", task.resource);
        let failure = turn.evaluation_failed(id, &BadEvaluation::runtime(message));
        turn.fail_state(id, failure)
    })
}

/// Makes the call.
fn make(turn: &mut Turn, id: ThreadId, task: &Task) -> Flow {
    let attempt = turn.ex.next_attempt();
    let token = task.resource.has_token().then(|| turn.ex.token(attempt));
    let call = match call(turn, id, task, token.as_ref()) {
        Ok(call) => call,
        Err(bad) => {
            let failure = turn.evaluation_failed(id, &bad);
            return turn.fail_state(id, failure);
        }
    };
    note_arguments(turn, id, task.arguments.is_some(), &call.arguments);
    match turn.mock() {
        Some(Mock::Result(result)) => {
            turn.note("result", || result.text().to_owned().into());
            return complete(turn, id, &task.outcome, Some(result), task.then);
        }
        Some(Mock::Failed(failure)) => return turn.fail_state(id, failure),
        None => {}
    }
    if let Resource::Integration(integration) = &task.resource
        && let Some(why) = refused(integration, call.arguments.value())
    {
        // What is wrong is said with the arguments, and the token is among them.
        let why = token.as_ref().map_or_else(|| why.clone(), |token| why.replace(token.expose(), REDACTED));
        let failure = turn.evaluation_failed(id, &BadEvaluation::runtime(why));
        return turn.fail_state(id, failure);
    }
    let what = events::Scheduling {
        region: &turn.ex.about.region,
        arguments: redacted(&call.arguments, token.as_ref()),
        timeout: call.timeout,
        heartbeat: call.heartbeat,
        role_arn: call.role_arn.as_deref(),
    };
    let event = events::scheduled(&task.resource, what);
    turn.record(id, event);
    let stage = Stage::first(&task.resource);
    if stage != Stage::Queued {
        turn.record(id, events::started(&task.resource));
    }
    turn.set_position(
        id,
        Position::Task(Running {
            attempt,
            stage,
            times_out: call.timeout.map(|seconds| after(turn.now, seconds.saturating_mul(1000))),
            // The heartbeats of an activity begin with its worker.
            heartbeat: call.heartbeat.filter(|_| stage != Stage::Queued).map(|seconds| (seconds, turn.now)),
        }),
    );
    let state = turn.visit(id).map(|visit| visit.name().to_owned()).unwrap_or_default();
    turn.commands.push(Command::Invoke(Invocation {
        attempt,
        at: turn.now,
        state,
        resource: task.resource.clone(),
        arguments: call.arguments.value().clone(),
        role_arn: call.role_arn,
        token,
    }));
    Flow::Blocked
}

fn call(turn: &Turn, id: ThreadId, task: &Task, token: Option<&TaskToken>) -> Evaluated<Call> {
    let mut scope = turn.evaluation_with_token(id, token)?;
    let role_arn =
        task.credentials.as_ref().map(|credentials| role_arn(&mut scope, credentials)).transpose()?;
    Ok(Call {
        arguments: match &task.arguments {
            Some(arguments) => {
                let name = turn.visit(id).map_or("", |visit| visit.name());
                fitting(name, scope.template(arguments, "Arguments")?.into())?
            }
            None => turn.effective_input(id)?,
        },
        timeout: task
            .timeout_seconds
            .as_ref()
            .map(|seconds| scope.integer(seconds, "TimeoutSeconds", ranges::TASK_SECONDS))
            .transpose()?,
        heartbeat: task
            .heartbeat_seconds
            .as_ref()
            .map(|seconds| scope.integer(seconds, "HeartbeatSeconds", ranges::TASK_SECONDS))
            .transpose()?,
        role_arn,
    })
}

/// The role of `Credentials`.
fn role_arn(scope: &mut Scope, credentials: &Template) -> Evaluated<String> {
    let found = scope.template(credentials, "Credentials")?;
    match (found.get("RoleArn").unwrap_or(&Value::Null), credentials.of("RoleArn")) {
        (Value::String(role_arn), _) => Ok(role_arn.clone()),
        (found, Some(Template::Expr(expr))) => Err(unexpected(expr, "Credentials/RoleArn", "string", found)),
        (found, _) => {
            let message = format!("The RoleArn of Credentials must be a string, but was: {found}");
            Err(BadEvaluation::runtime(message))
        }
    }
}

fn redacted(data: &Data, token: Option<&TaskToken>) -> Text {
    match token {
        Some(token) => data.text().replace(token.expose(), REDACTED).into(),
        None => data.shared_text(),
    }
}

/// A worker has the task of an activity.
pub(in crate::execution) fn started(turn: &mut Turn, id: ThreadId, worker: Option<String>) -> Flow {
    with_task(turn, id, |turn, task| {
        let heartbeat = match turn.evaluation(id) {
            // It was evaluated when the task was scheduled, and gives the same again.
            Ok(mut scope) => task
                .heartbeat_seconds
                .as_ref()
                .and_then(|seconds| scope.integer(seconds, "HeartbeatSeconds", ranges::TASK_SECONDS).ok()),
            Err(_) => None,
        };
        let now = turn.now;
        if let Some(Position::Task(run)) = turn.position_mut(id) {
            run.stage = Stage::Taken;
            run.heartbeat = heartbeat.map(|seconds| (seconds, now));
        }
        turn.record(id, events::taken(worker));
        Flow::Blocked
    })
}

/// The call came back; what it began goes on.
pub(in crate::execution) fn submitted(turn: &mut Turn, id: ThreadId, output: &Data) -> Flow {
    with_task(turn, id, |turn, task| {
        let token = match turn.position_mut(id) {
            Some(Position::Task(run)) => {
                if let Stage::Submitting(source) = run.stage {
                    run.stage = Stage::Submitted(source);
                }
                run.stage.has_token().then_some(run.attempt)
            }
            _ => None,
        };
        let token = token.map(|attempt| turn.ex.token(attempt));
        let output = redacted(output, token.as_ref());
        if let Some(event) = events::submitted(&task.resource, output) {
            turn.record(id, event);
        }
        Flow::Blocked
    })
}

/// The task is done.
pub(in crate::execution) fn succeeded(turn: &mut Turn, id: ThreadId, output: Data) -> Flow {
    with_task(turn, id, |turn, task| {
        if let Some(failure) = too_large(&task.resource.to_string(), &output) {
            let error = failure.error.as_ref().map(|error| error.as_str().to_owned());
            return failed(turn, id, error, failure.cause);
        }
        settle(turn, id);
        turn.note("result", || output.text().to_owned().into());
        turn.record(id, events::succeeded(&task.resource, &output));
        complete(turn, id, &task.outcome, Some(output), task.then)
    })
}

/// The task failed.
pub(in crate::execution) fn failed(
    turn: &mut Turn,
    id: ThreadId,
    error: Option<String>,
    cause: Option<String>,
) -> Flow {
    with_task(turn, id, |turn, task| {
        settle(turn, id);
        let failure = Failure { error: error.as_deref().map(ErrorName::new), cause };
        turn.record(id, events::failed(&task.resource, &failure));
        turn.fail_state(id, failure)
    })
}

/// The task took too long, or was silent for too long.
pub(in crate::execution) fn timed_out(turn: &mut Turn, id: ThreadId, error: ErrorName) -> Flow {
    with_task(turn, id, |turn, task| {
        if let Some(Position::Task(run)) = turn.position_mut(id) {
            let attempt = run.attempt;
            turn.commands.push(Command::Abandon(attempt));
        }
        settle(turn, id);
        let failure = Failure { error: Some(error), cause: turn.cause(None) };
        turn.record(id, events::timed_out(&task.resource, &failure));
        turn.fail_state(id, failure)
    })
}

/// The task says that it is at work.
pub(in crate::execution) fn heartbeat(turn: &mut Turn, id: ThreadId) -> Flow {
    let now = turn.now;
    if let Some(Position::Task(Running { heartbeat: Some((_, since)), .. })) = turn.position_mut(id) {
        *since = now;
    }
    Flow::Blocked
}

/// The attempt is over.
fn settle(turn: &mut Turn, id: ThreadId) {
    turn.set_position(id, Position::Moving);
}

fn with_task(turn: &mut Turn, id: ThreadId, then: impl FnOnce(&mut Turn, &Task) -> Flow) -> Flow {
    let Some(visit) = turn.visit(id) else { return Flow::Impossible(Impossible::NoState(id)) };
    let (states, state) = (visit.states(), visit.state);
    match &states.get(state).kind {
        Kind::Task(task) => then(turn, task),
        _ => Flow::Impossible(Impossible::OtherState(id)),
    }
}
