use super::complete;
use crate::asl::state::Task;
use crate::asl::{ErrorName, Kind};
use crate::execution::command::{Command, Invocation};
use crate::execution::evaluate::{Evaluated, Scope};
use crate::execution::history::{EventKind, Resource, Scheduled, TaskTrouble};
use crate::execution::thread::{Position, Running, ThreadId};
use crate::execution::turn::{Flow, Turn, too_large};
use crate::execution::{Failure, TaskToken};
use crate::time::after;
use serde_json::Value;

/// What stands in a history where a task token was passed. AWS writes the token itself, and whoever can read a history
/// there can decide.
const REDACTED: &str = "(task token)";

/// What a state says of a call.
struct Call {
    arguments: Value,
    timeout: Option<u64>,
    heartbeat: Option<u64>,
}

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, task: &Task) -> Flow {
    let attempt = turn.ex.next_event();
    let token = task.integration.waits_for_token.then(|| turn.ex.token(attempt));
    let mut scope = turn.evaluation_with_token(id, None, token.as_ref());
    let input = turn.visit(id).map(|visit| visit.input.clone()).unwrap_or_default();
    let call = match call(&mut scope, task, input) {
        Ok(call) => call,
        Err(bad) => {
            let failure = turn.evaluation_failed(id, &bad);
            return turn.fail_state(id, failure);
        }
    };
    let Resource { resource_type, resource } = resource(task);
    let scheduled = Scheduled {
        region: turn.ex.about.region.clone(),
        parameters: redacted(&call.arguments, token.as_ref()),
        timeout_in_seconds: call.timeout,
        heartbeat_in_seconds: call.heartbeat,
        resource_type,
        resource,
    };
    turn.record(id, EventKind::TaskScheduled(scheduled));
    turn.record(id, EventKind::TaskStarted(self::resource(task)));
    turn.set_position(
        id,
        Position::Task(Running {
            attempt,
            waits_for_token: task.integration.waits_for_token,
            submitted: false,
            times_out: call.timeout.map(|seconds| after(turn.now, seconds.saturating_mul(1000))),
            heartbeat: call.heartbeat.map(|seconds| (seconds, turn.now)),
        }),
    );
    let state = turn.visit(id).map(|visit| visit.name().to_owned()).unwrap_or_default();
    let (integration, arguments) = (task.integration.clone(), call.arguments);
    turn.commands.push(Command::Invoke(Invocation { attempt, state, integration, arguments, token }));
    Flow::Blocked
}

fn call(scope: &mut Scope, task: &Task, input: Value) -> Evaluated<Call> {
    Ok(Call {
        arguments: match &task.arguments {
            Some(arguments) => scope.template(arguments, "Arguments")?,
            None => input,
        },
        timeout: task
            .timeout_seconds
            .as_ref()
            .map(|seconds| scope.integer(seconds, "TimeoutSeconds"))
            .transpose()?,
        heartbeat: task
            .heartbeat_seconds
            .as_ref()
            .map(|seconds| scope.integer(seconds, "HeartbeatSeconds"))
            .transpose()?,
    })
}

fn resource(task: &Task) -> Resource {
    Resource { resource_type: task.integration.service.clone(), resource: task.integration.resource() }
}

fn redacted(arguments: &Value, token: Option<&TaskToken>) -> String {
    let text = arguments.to_string();
    match token {
        Some(token) => text.replace(token.expose(), REDACTED),
        None => text,
    }
}

/// The call came back; the token is still to be answered.
pub(in crate::execution) fn submitted(turn: &mut Turn, id: ThreadId, output: &Value) -> Flow {
    with_task(turn, id, |turn, task| {
        if let Some(Position::Task(run)) = turn.position_mut(id) {
            run.submitted = true;
        }
        let event = EventKind::TaskSubmitted(EventKind::task_output(resource(task), output));
        turn.record(id, event);
        Flow::Blocked
    })
}

/// The task is done.
pub(in crate::execution) fn succeeded(turn: &mut Turn, id: ThreadId, output: Value) -> Flow {
    with_task(turn, id, |turn, task| {
        let Some((name, entered)) = turn.visit(id).map(|visit| (visit.name().to_owned(), visit.entered))
        else {
            return Flow::Blocked;
        };
        if let Some(failure) = too_large(&name, entered, &output) {
            let error = failure.error.as_ref().map(|error| error.as_str().to_owned());
            return failed(turn, id, error, failure.cause);
        }
        settle(turn, id);
        let event = EventKind::TaskSucceeded(EventKind::task_output(resource(task), &output));
        turn.record(id, event);
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
        let event = EventKind::TaskFailed(trouble(task, &failure));
        turn.record(id, event);
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
        let event = EventKind::TaskTimedOut(trouble(task, &failure));
        turn.record(id, event);
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

fn trouble(task: &Task, failure: &Failure) -> TaskTrouble {
    let Resource { resource_type, resource } = resource(task);
    let error = failure.error.as_ref().map(|error| error.as_str().to_owned());
    TaskTrouble { resource_type, resource, error, cause: failure.cause.clone() }
}

/// The attempt is over.
fn settle(turn: &mut Turn, id: ThreadId) {
    turn.set_position(id, Position::Moving);
}

fn with_task(turn: &mut Turn, id: ThreadId, then: impl FnOnce(&mut Turn, &Task) -> Flow) -> Flow {
    let Some(visit) = turn.visit(id) else { return Flow::Blocked };
    let (states, state) = (visit.states(), visit.state);
    match &states.get(state).kind {
        Kind::Task(task) => then(turn, task),
        _ => Flow::Blocked,
    }
}
